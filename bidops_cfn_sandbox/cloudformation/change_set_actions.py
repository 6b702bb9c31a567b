"""The API's actions on change sets."""

from __future__ import annotations

from bidops_cfn_sandbox.cloudformation.answers import (
    Answer,
    change_set_answer,
    change_set_summary,
)
from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSets
from bidops_cfn_sandbox.cloudformation.errors import ValidationError
from bidops_cfn_sandbox.cloudformation.stack_actions import (
    Parameters,
    goal_of,
    require_updatable,
)


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
