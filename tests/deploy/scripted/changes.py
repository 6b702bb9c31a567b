"""What changes between two templates and parameters: the sandbox's change sets work it out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NoReturn

from bidops_cfn_sandbox.cloudformation.answers import change_answer
from bidops_cfn_sandbox.cloudformation.changes import Preview
from bidops_cfn_sandbox.cloudformation.intrinsics import Scope
from bidops_cfn_sandbox.cloudformation.parameters import typed_parameters
from bidops_cfn_sandbox.cloudformation.stack import Resource
from bidops_cfn_sandbox.cloudformation.template import Template
from bidops_cfn_sandbox.resource_type import Made, Place, ResourceType
from tests.deploy.scripted.network import export_value
from tests.deploy.scripted.stack import ACCOUNT, ScriptedChangeSet, ScriptedStack, read

Json = dict[str, Any]
TASK_DEFINITION = "AWS::ECS::TaskDefinition"


class Named(dict[str, str]):
    """A value for every name: what other stacks export, and what resources have."""

    def __missing__(self, name: str) -> str:
        return export_value(name)

    def __contains__(self, name: object) -> bool:
        return True


def differences(made: ScriptedChangeSet) -> list[Json]:
    """What changes between the stack's template and the change set's, resource by resource."""
    stack = made.stack
    before = _scope(stack, stack.template, stack.parameters) if stack.template else None
    renewed: set[str] = set()
    after = _scope(stack, made.template, made.parameters, renewed)
    old = before.active_resources() if before else {}
    resources = {
        one: Resource(
            one,
            definition["Type"],
            Made(stack.resources[one].physical_id, Named()),
            before.resolve(definition.get("Properties", {})),
            {},
            definition,
            "CREATE_COMPLETE",
            stack.created,
        )
        for one, definition in old.items()
        if before and one in stack.resources
    }
    kinds = {
        one["Type"]: _kind(one["Type"])
        for one in [*old.values(), *after.template.resources.values()]
    }
    changed = {key for key, value in made.parameters.items() if stack.parameters.get(key) != value}
    found = Preview(after, kinds, resources, frozenset(changed), {}, renewed).changes()
    # A service runs what its task definition has become.
    found.sort(key=lambda one: (one.action != "Remove", one.type != TASK_DEFINITION))
    return [{"Type": "Resource", "ResourceChange": change_answer(one, False)} for one in found]


def _scope(stack: ScriptedStack, text: str, given: Json, renewed: Collection[str] = ()) -> Scope:
    """What names mean in a template; resources that are made anew are known after that."""

    def look_up(logical_id: str) -> Made | None:
        known = None if logical_id in renewed else stack.resources.get(logical_id)
        return Made(known.physical_id, Named()) if known else None

    template = Template(text, read(text))
    declared = template.section("Parameters")
    defaults = {key: str(one["Default"]) for key, one in declared.items() if "Default" in one}
    values = {key: value for key, value in {**defaults, **given}.items() if key in declared}
    return Scope(
        template,
        Place(ACCOUNT, "us-east-1"),
        stack.name,
        stack.id,
        typed_parameters(template, values),
        Named(),
        look_up,
        lambda *_: Named(),
    )


def _kind(name: str) -> ResourceType:
    """A type whose properties all change in place; of a task definition none does."""
    update = None if name == TASK_DEFINITION else _never
    return ResourceType(name, {}, _never, _never, update)


def _never(*request: object) -> NoReturn:
    raise AssertionError(request)


def beyond_resources(made: ScriptedChangeSet) -> bool:
    """Tell whether tags or outputs change: DescribeChangeSet lists neither among the changes."""
    old, new = (
        read(text).get("Outputs", {}) if text else {}
        for text in (made.stack.template, made.template)
    )
    return made.tags != made.stack.tags or old != new


def change(
    action: str,
    logical_id: str,
    type_: str,
    *,
    replacement: str = "",
    cause: str = "",
    before: str = "",
    after: str = "",
    path: str = "/Properties/Thing",
    physical: str = "",
) -> Json:
    """One of the Changes of DescribeChangeSet."""
    one: Json = {"Action": action, "LogicalResourceId": logical_id, "ResourceType": type_}
    if physical:
        one["PhysicalResourceId"] = physical
    if action == "Modify":
        one["Replacement"] = replacement or "False"
        target: Json = {
            "Attribute": "Properties",
            "Name": path.split("/")[2],
            "Path": path,
            "RequiresRecreation": "Always" if replacement == "True" else "Never",
        }
        if before or after:
            target |= {"BeforeValue": before, "AfterValue": after}
        detail: Json = {
            "Target": target,
            "Evaluation": "Static",
            "ChangeSource": "DirectModification",
        }
        if cause:
            detail |= {"CausingEntity": cause, "ChangeSource": "ParameterReference"}
        one["Details"] = [detail]
    return {"Type": "Resource", "ResourceChange": one}
