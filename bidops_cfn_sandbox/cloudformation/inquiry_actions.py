"""The API's actions that only ask: about stacks, their events, resources, templates and exports."""

from __future__ import annotations

from bidops_cfn_sandbox.cloudformation.answers import (
    Answer,
    operation_event_answer,
    resource_answer,
    stack_answer,
    stack_summary,
)
from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSets
from bidops_cfn_sandbox.cloudformation.errors import ValidationError
from bidops_cfn_sandbox.cloudformation.stack_actions import Parameters
from bidops_cfn_sandbox.cloudformation.template import read_template


def describe_stacks(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Describe one stack, or every live one."""
    name = parameters.get("StackName")
    found = [change_sets.stacks.get(name)] if name else change_sets.stacks.live()
    return {"Stacks": [stack_answer(stack) for stack in found]}


def list_stacks(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """List stacks, deleted ones included, optionally of some statuses only."""
    wanted = parameters.get("StackStatusFilter")
    stacks = reversed(change_sets.stacks.all.values())
    return {
        "StackSummaries": [stack_summary(s) for s in stacks if not wanted or s.status in wanted]
    }


def describe_stack_events(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Return a stack's events, newest first."""
    stack = change_sets.stacks.get(parameters["StackName"])
    return {"StackEvents": stack.events}


def describe_events(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Return events by operation, newest first, optionally the failed ones only."""
    if parameters.get("ChangeSetName"):
        # The sandbox validates a change set at once: its reasons stand in its status reason.
        change_sets.get(parameters["ChangeSetName"], parameters.get("StackName"))
        return {"OperationEvents": []}
    operation_id = parameters.get("OperationId")
    failed_only = bool((parameters.get("Filters") or {}).get("FailedEvents"))
    name = parameters.get("StackName")
    stacks = [change_sets.stacks.get(name)] if name else list(change_sets.stacks.all.values())
    return {
        "OperationEvents": [
            operation_event_answer(stack, event)
            for stack in stacks
            for event in stack.events
            if operation_id in (None, event["OperationId"])
            and (not failed_only or event["ResourceStatus"].endswith("_FAILED"))
        ]
    }


def describe_stack_resources(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Describe a stack's resources, or one of them."""
    stack = change_sets.stacks.get(parameters["StackName"])
    wanted = parameters.get("LogicalResourceId")
    return {
        "StackResources": [
            resource_answer(stack, resource)
            for logical_id, resource in sorted(stack.resources.items())
            if wanted in (None, logical_id)
        ]
    }


def describe_stack_resource(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Describe one resource; raise ValidationError when the stack has none of that id."""
    found = describe_stack_resources(change_sets, parameters)["StackResources"]
    if not found:
        raise ValidationError(
            f"Resource {parameters['LogicalResourceId']} does not exist for stack"
            f" {parameters['StackName']}"
        )
    return {"StackResourceDetail": found[0]}


def list_stack_resources(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """List a stack's resources."""
    found = describe_stack_resources(change_sets, {"StackName": parameters["StackName"]})
    return {"StackResourceSummaries": found["StackResources"]}


def get_template(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Return the template of a stack or change set, as it was submitted."""
    if parameters.get("ChangeSetName"):
        found = change_sets.get(parameters["ChangeSetName"], parameters.get("StackName"))
        return {"TemplateBody": found.goal.template.text, "StagesAvailable": ["Original"]}
    stack = change_sets.stacks.get(parameters["StackName"])
    text = stack.template.text if stack.template else ""
    return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}


def get_stack_policy(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Return a stack's policy."""
    policy = change_sets.stacks.get(parameters["StackName"]).policy
    return {} if policy is None else {"StackPolicyBody": policy}


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
        text = get_template(change_sets, parameters)["TemplateBody"]
    template = read_template(text, change_sets.stacks.types)
    return {
        **validate_template(change_sets, {"TemplateBody": text}),
        "ResourceTypes": sorted({item["Type"] for item in template.resources.values()}),
    }
