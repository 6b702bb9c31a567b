"""The API's actions on change sets, exports and templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bidops_cfn.sandbox.cloudformation import stack_actions
from bidops_cfn.sandbox.cloudformation.answers import (
    Answer,
    change_set_answer,
    change_set_summary,
)
from bidops_cfn.sandbox.cloudformation.change_sets import ChangeSets
from bidops_cfn.sandbox.cloudformation.errors import ValidationError
from bidops_cfn.sandbox.cloudformation.stack_actions import (
    Parameters,
    goal_of,
    require_updatable,
)
from bidops_cfn.sandbox.cloudformation.template import read_template


def create_change_set(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Create a change set; one that creates a stack makes the stack in review."""
    kind = parameters.get("ChangeSetType") or "UPDATE"
    name = parameters["StackName"]
    if kind == "CREATE":
        goal = goal_of(change_sets, None, parameters)
        stack = change_sets.stacks.review(name)
    elif kind == "UPDATE":
        stack = change_sets.stacks.get(name)
        require_updatable(stack)
        goal = goal_of(change_sets, stack, parameters)
    else:
        raise ValidationError(f"The sandbox does not know change sets of type {kind}")
    change_set = change_sets.create(stack, parameters["ChangeSetName"], kind, goal, parameters)
    return {"Id": change_set.id, "StackId": stack.id}


def describe_change_set(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Describe a change set; values when ``IncludePropertyValues`` asks for them."""
    change_set = change_sets.get(parameters["ChangeSetName"], parameters.get("StackName"))
    wanted = bool(parameters.get("IncludePropertyValues"))
    return change_set_answer(change_set, with_values=wanted)


def list_change_sets(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """List the change sets of a stack."""
    stack = change_sets.stacks.get(parameters["StackName"])
    return {"Summaries": [change_set_summary(item) for item in change_sets.of(stack)]}


def delete_change_set(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Delete a change set that is not being executed."""
    change_set = change_sets.get(parameters["ChangeSetName"], parameters.get("StackName"))
    change_sets.delete(change_set)
    return {}


def execute_change_set(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Execute a change set; the stack is finished when this returns."""
    change_sets.execute(
        change_sets.get(parameters["ChangeSetName"], parameters.get("StackName")),
        disable_rollback=bool(parameters.get("DisableRollback")),
        token=parameters.get("ClientRequestToken"),
    )
    return {}


def list_exports(change_sets: ChangeSets, parameters: Parameters) -> Answer:  # noqa: ARG001 - one signature for all actions
    """List the exports of this place."""
    return {
        "Exports": [
            {"ExportingStackId": owner, "Name": name, "Value": value}
            for name, (value, owner) in sorted(change_sets.stacks.exports().items())
        ]
    }


def list_imports(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """List the stacks that import an export; raise ValidationError when none does."""
    name = parameters["ExportName"]
    users = [stack.name for stack in change_sets.stacks.importers(name)]
    if not users:
        raise ValidationError(f"Export '{name}' is not imported by any stack.")
    return {"Imports": users}


def validate_template(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Check a template's format and return what it declares."""
    template = read_template(parameters["TemplateBody"], change_sets.stacks.types)
    return {
        "Description": template.description,
        "Capabilities": ["CAPABILITY_IAM"] if template.needs_iam else [],
        "Parameters": [
            {
                "ParameterKey": name,
                "DefaultValue": None if "Default" not in item else str(item["Default"]),
                "NoEcho": str(item.get("NoEcho", False)).lower() == "true",
                "Description": item.get("Description"),
            }
            for name, item in template.section("Parameters").items()
        ],
    }


def get_template_summary(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Return what a template, given or deployed, declares."""
    text = parameters.get("TemplateBody")
    if text is None:
        text = stack_actions.get_template(change_sets, parameters)["TemplateBody"]
    template = read_template(text, change_sets.stacks.types)
    return {
        **validate_template(change_sets, {"TemplateBody": text}),
        "ResourceTypes": sorted({item["Type"] for item in template.resources.values()}),
    }


Action = Callable[[ChangeSets, Mapping[str, Any]], Answer]

# Every action of the API that the sandbox answers.
ACTIONS: dict[str, Action] = {
    "CancelUpdateStack": stack_actions.cancel_update_stack,
    "CreateChangeSet": create_change_set,
    "CreateStack": stack_actions.create_stack,
    "DeleteChangeSet": delete_change_set,
    "DeleteStack": stack_actions.delete_stack,
    "DescribeChangeSet": describe_change_set,
    "DescribeEvents": stack_actions.describe_events,
    "DescribeStackEvents": stack_actions.describe_stack_events,
    "DescribeStackResource": stack_actions.describe_stack_resource,
    "DescribeStackResources": stack_actions.describe_stack_resources,
    "DescribeStacks": stack_actions.describe_stacks,
    "ExecuteChangeSet": execute_change_set,
    "GetStackPolicy": stack_actions.get_stack_policy,
    "GetTemplate": stack_actions.get_template,
    "GetTemplateSummary": get_template_summary,
    "ListChangeSets": list_change_sets,
    "ListExports": list_exports,
    "ListImports": list_imports,
    "ListStackResources": stack_actions.list_stack_resources,
    "ListStacks": stack_actions.list_stacks,
    "SetStackPolicy": stack_actions.set_stack_policy,
    "UpdateStack": stack_actions.update_stack,
    "UpdateTerminationProtection": stack_actions.update_termination_protection,
    "ValidateTemplate": validate_template,
}
