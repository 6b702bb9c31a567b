"""The API's actions on hooks: one that is activated is listed with its configuration, never run.

The one that a rehearsal runs has a result.

A hook judges resources of every type, unless its configuration's target filters name some.
"""

from __future__ import annotations

import json

from bidops_cfn_sandbox.cloudformation.answers import Answer
from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSets
from bidops_cfn_sandbox.cloudformation.errors import CloudFormationError, ValidationError
from bidops_cfn_sandbox.cloudformation.stack_actions import Parameters
from bidops_cfn_sandbox.engine.rehearsal import HOOK_EVENT, HOOK_RESULT

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
        raise CloudFormationError("HookResultNotFound", what)
    return {"HookResultId": HOOK_EVENT["HookInvocationId"], **HOOK_RESULT}


def _find(change_sets: ChangeSets, named: Parameters, key: str) -> tuple[str, dict[str, str]]:
    """Return a hook's ARN and what is kept of it, by the ARN at ``key`` or by its name."""
    for arn, hook in change_sets.stacks.hooks.items():
        if arn == named.get(key) or (not named.get(key) and hook["name"] == named.get("TypeName")):
            return arn, hook
    what = named.get(key) or named.get("TypeName")
    raise CloudFormationError("TypeNotFoundException", f"The type '{what}' cannot be found.")
