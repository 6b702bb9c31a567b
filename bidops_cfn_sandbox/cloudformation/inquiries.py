"""The API's actions that ask, and those on change sets and hooks."""

from __future__ import annotations

import json

from bidops_cfn_sandbox.cloudformation.answers import (
    Answer,
    change_set_answer,
    change_set_summary,
    operation_event_answer,
    resource_answer,
    stack_answer,
    stack_summary,
)
from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSets
from bidops_cfn_sandbox.cloudformation.stack_actions import (
    Parameters,
    goal_of,
    require_updatable,
)
from bidops_cfn_sandbox.cloudformation.template import read_template
from bidops_cfn_sandbox.engine.answers import AwsError, ValidationError
from bidops_cfn_sandbox.engine.engine import HOOK_EVENT, HOOK_RESULT


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


def create_change_set(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Create a change set; one that creates a stack makes the stack in review."""
    if "DeploymentMode" in parameters:
        raise ValidationError("The sandbox does not model drift-aware change sets")
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
        raise ValidationError(f"The sandbox does not model change sets of type {kind}")
    change_set = change_sets.create(stack, parameters["ChangeSetName"], kind, goal, parameters)
    return {"Id": change_set.id, "StackId": stack.id}


def describe_change_set(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Describe a change set; values when ``IncludePropertyValues`` asks for them."""
    change_set = change_sets.get(parameters["ChangeSetName"], parameters.get("StackName"))
    wanted = bool(parameters.get("IncludePropertyValues"))
    return change_set_answer(change_set, with_values=wanted)


def describe_change_set_hooks(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Describe a change set's hooks: the sandbox has none."""
    change_set = change_sets.get(parameters["ChangeSetName"], parameters.get("StackName"))
    return {
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "StackId": change_set.stack.id,
        "StackName": change_set.stack.name,
        "Status": "PLANNED",
        "Hooks": [],
    }


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
    """Begin to execute a change set."""
    change_sets.execute(
        change_sets.get(parameters["ChangeSetName"], parameters.get("StackName")),
        disable_rollback=bool(parameters.get("DisableRollback")),
        token=parameters.get("ClientRequestToken"),
    )
    return {}


HOOK = "HOOK"
EVERY_TYPE = "AWS::*"


def activate_type(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Activate a hook under its alias or its name."""
    if parameters.get("Type") != HOOK:
        raise ValidationError("The sandbox knows extensions of type HOOK only")
    name = parameters.get("TypeNameAlias") or parameters.get("TypeName")
    if not name:
        raise ValidationError("The sandbox activates a hook by TypeName")
    arn = change_sets.stacks.place.arn("cloudformation", f"type/hook/{name.replace('::', '-')}")
    change_sets.stacks.hooks.setdefault(arn, {"name": name, "configuration": "{}"})
    return {"Arn": arn}


def set_type_configuration(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Set what a hook's configuration says."""
    arn, hook = _find(change_sets, parameters, "TypeArn")
    hook["configuration"] = parameters["Configuration"]
    return {"ConfigurationArn": f"{arn.replace(':type/', ':type-configuration/')}/default"}


def list_types(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """List the activated hooks; the sandbox has no other extension."""
    if parameters.get("Type", HOOK) != HOOK:
        return {"TypeSummaries": []}
    return {
        "TypeSummaries": [
            {"Type": HOOK, "TypeName": hook["name"], "TypeArn": arn, "IsActivated": True}
            for arn, hook in sorted(change_sets.stacks.hooks.items())
        ]
    }


def describe_type(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Describe a hook, with a schema that names its targets."""
    arn, hook = _find(change_sets, parameters, "Arn")
    events = ("preCreate", "preUpdate", "preDelete")
    handlers = {event: {"targetNames": [EVERY_TYPE], "permissions": []} for event in events}
    schema = {"typeName": hook["name"], "handlers": handlers}
    return {"Arn": arn, "Type": HOOK, "TypeName": hook["name"], "Schema": json.dumps(schema)}


def batch_describe_type_configurations(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Describe the configuration of several hooks."""
    found = [
        _find(change_sets, one, "TypeArn") for one in parameters["TypeConfigurationIdentifiers"]
    ]
    return {
        "TypeConfigurations": [
            {"TypeArn": arn, "TypeName": hook["name"], "Configuration": hook["configuration"]}
            for arn, hook in found
        ]
    }


def get_hook_result(change_sets: ChangeSets, parameters: Parameters) -> Answer:  # noqa: ARG001 - one signature for all actions
    """Return what the rehearsed hook found; raise HookResultNotFound for another."""
    if parameters["HookResultId"] != HOOK_EVENT["HookInvocationId"]:
        what = f"Hook result {parameters['HookResultId']} not found"
        raise AwsError("HookResultNotFound", what)
    return {"HookResultId": HOOK_EVENT["HookInvocationId"], **HOOK_RESULT}


def _find(change_sets: ChangeSets, named: Parameters, key: str) -> tuple[str, dict[str, str]]:
    """Return a hook's ARN and what is kept of it, by the ARN at ``key`` or by its name."""
    for arn, hook in change_sets.stacks.hooks.items():
        if arn == named.get(key) or (not named.get(key) and hook["name"] == named.get("TypeName")):
            return arn, hook
    what = named.get(key) or named.get("TypeName")
    raise AwsError("TypeNotFoundException", f"The type '{what}' cannot be found.")
