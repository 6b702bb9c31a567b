"""Specimens: resources that set every property of their type, to see what the APIs show of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bidops_cfn_sandbox.models.registry import TYPES
from bidops_cfn_sandbox.properties import Tree, is_intrinsic
from tests.sandbox.account import Account


def unset(value: Any, tree: Tree, path: str = "") -> Iterator[str]:
    """Yield the paths of ``tree`` that no part of ``value`` sets."""
    if is_intrinsic(value):
        return
    if isinstance(tree, dict):
        for name, branch in tree.items():
            if name in value:
                yield from unset(value[name], branch, f"{path}/{name}")
            else:
                yield f"{path}/{name}"
    elif isinstance(tree, list):
        # What one item leaves out, another may set.
        missing = [set(unset(item, tree[0], path)) for item in value]
        yield from sorted(set.intersection(*missing) if missing else {path})


def unset_of(type_: str, *specimens: Mapping[str, Any]) -> set[str]:
    """Return the property paths of a type that none of ``specimens`` sets."""
    tree = TYPES[type_].properties
    return set.intersection(*(set(unset(specimen, tree)) for specimen in specimens))


class Stack:
    """A small stack of a test: deployed, changed and deleted without ceremony."""

    def __init__(self, account: Account, name: str) -> None:
        self.account = account
        self.name = name

    def deploy(self, resources: Mapping[str, Any]) -> dict[str, str]:
        """Create or update the stack; return its physical ids. What AWS refuses fails the test."""
        status = self.attempt(resources)
        assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), self.failures()
        return self.account.resources(self.name)

    def attempt(self, resources: Mapping[str, Any]) -> str:
        """Create or update the stack; return the status in which that ends."""
        template = json.dumps({"Resources": resources})
        known = {
            item["StackName"] for item in self.account.cloudformation.describe_stacks()["Stacks"]
        }
        act = "update_stack" if self.name in known else "create_stack"
        getattr(self.account.cloudformation, act)(
            StackName=self.name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        return str(self.account.stack(self.name)["StackStatus"])

    def failures(self) -> list[str]:
        """Return the reasons why resources failed, oldest first."""
        events = self.account.cloudformation.describe_stack_events(StackName=self.name)
        return [
            event["ResourceStatusReason"]
            for event in reversed(events["StackEvents"])
            if event["ResourceStatus"].endswith("_FAILED")
        ]

    def delete(self) -> None:
        """Delete the stack and everything in it."""
        self.account.cloudformation.delete_stack(StackName=self.name)


def resource(type_: str, properties: Mapping[str, Any], **attributes: Any) -> dict[str, Any]:
    """Return the definition of a resource."""
    return {"Type": type_, "Properties": properties, **attributes}


def untagged(tags: list[dict[str, str]]) -> dict[str, str]:
    """Return tags as a dictionary, without those that CloudFormation sets."""
    pairs = (
        (tag.get("Key", tag.get("key", "")), tag.get("Value", tag.get("value", ""))) for tag in tags
    )
    return {key: value for key, value in pairs if not key.startswith("aws:")}
