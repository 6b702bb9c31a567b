"""Specimens: resources that set every property of their type, to see what the APIs show of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bidops_cfn_sandbox.models.registry import TYPES
from bidops_cfn_sandbox.properties import Leaf, Tree, is_intrinsic
from tests.sandbox.account import Account

# What a property is set to, by its type and its name, where nothing else is given.
VALUES: Mapping[Leaf, Callable[[str], Any]] = {
    Leaf.STRING: lambda name: f"a-{name.lower()}",
    Leaf.INTEGER: lambda _name: 7,
    Leaf.NUMBER: lambda _name: 70.5,
    Leaf.BOOLEAN: lambda _name: True,
    Leaf.DOCUMENT: lambda name: allow(f"{name.lower()}:*"),
    Leaf.MAP: lambda name: {f"{name}.Key": "Kept as it is"},
}


def allow(action: str) -> dict[str, Any]:
    """Return a policy that allows an action."""
    allowed = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [allowed]}


def filled(type_: str, **given: Any) -> dict[str, Any]:
    """Return properties that set every part of a type; of ``given``, None leaves a part out."""
    properties: dict[str, Any] = _filled(TYPES[type_].properties, given)
    return properties


def _filled(tree: Tree, given: Any, name: str = "") -> Any:
    if isinstance(tree, dict) and isinstance(given, dict) and not is_intrinsic(given):
        parts = {key: _filled(branch, given.get(key, {}), key) for key, branch in tree.items()}
        return {key: one for key, one in parts.items() if given.get(key, {}) is not None}
    if isinstance(tree, list) and isinstance(given, dict) and not is_intrinsic(given):
        return [_filled(tree[0], given, name)]
    return given if given != {} else VALUES[tree](name)  # type: ignore[index] # a leaf


def listed(tree: Tree, path: str) -> Iterator[str]:
    """Yield every property below ``path``, with its type."""
    if isinstance(tree, dict):
        for name, branch in sorted(tree.items()):
            yield from listed(branch, f"{path}/{name}")
    elif isinstance(tree, list):
        yield from listed(tree[0], f"{path}/*")
    else:
        yield f"{path} {tree.value}"


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


def pairs(answer: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key with its value, at any depth."""
    if isinstance(answer, list):
        for item in answer:
            yield from pairs(item)
    elif isinstance(answer, dict):
        for key, value in answer.items():
            yield key.lower(), value
            yield from pairs(value)


def covers(found: Any, wanted: Any) -> bool:
    """Tell whether an answer says what a property says; keys may differ in case and prefix."""
    if isinstance(wanted, list):
        if isinstance(found, dict) and wanted and "Key" in wanted[0]:  # tags as a mapping
            return all(found.get(one["Key"]) == one["Value"] for one in wanted)
        items = found if isinstance(found, list) else [found]
        if isinstance(found, dict):  # a list in a structure of its own
            items = [
                found,
                *(one for inner in found.values() if isinstance(inner, list) for one in inner),
            ]
        return all(any(covers(one, item) for one in items) for item in wanted)
    if isinstance(wanted, dict):
        if isinstance(found, str):
            return bool(json.loads(found) == wanted)
        shown = {key.lower(): value for key, value in found.items()} if found else {}
        return all(
            any(covers(shown.get(prefix + key.lower()), value) for prefix in ("", "tag", "apply"))
            for key, value in wanted.items()
        )
    if isinstance(found, dict):  # what is named by its id, among more
        return any(covers(one, wanted) for one in found.values())
    return bool(found == wanted or str(found) == str(wanted))


def resolved(value: Any, ids: Mapping[str, str]) -> Any:
    """Return a property with the physical ids that it refers to."""
    if isinstance(value, list):
        return [resolved(one, ids) for one in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return ids[value["Ref"]]
    if "Fn::Sub" in value:
        return f"service/{ids['Cluster']}/{ids['Service'].rpartition('/')[2]}"
    return {key: resolved(one, ids) for key, one in value.items()}


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
        return [reason for _, reason in self.account.failures(self.name)]

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
