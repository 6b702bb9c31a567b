"""The API's actions that create, change, protect and delete stacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bidops_cfn_sandbox.cloudformation.answers import Answer
from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSets
from bidops_cfn_sandbox.cloudformation.execution import Goal
from bidops_cfn_sandbox.cloudformation.parameters import submitted_parameters
from bidops_cfn_sandbox.cloudformation.stack import Stack, read_policy
from bidops_cfn_sandbox.cloudformation.stacks import check_capabilities, settings_of
from bidops_cfn_sandbox.cloudformation.template import MAX_BODY_BYTES, Template, read_template
from bidops_cfn_sandbox.engine.answers import AwsError, ValidationError

Parameters = Mapping[str, Any]


def goal_of(change_sets: ChangeSets, stack: Stack | None, parameters: Parameters) -> Goal:
    """Return what a request wants a stack to become; raise what the API raises for bad input."""
    template = _template(change_sets, stack, parameters)
    check_capabilities(template, parameters.get("Capabilities") or ())
    values = submitted_parameters(
        template, parameters.get("Parameters") or (), stack.parameters if stack else {}
    )
    settings = settings_of(parameters)
    if stack is not None and stack.template is not None and "Tags" not in parameters:
        settings = replace(settings, tags=stack.settings.tags)
    on_failure = parameters.get("OnStackFailure") or parameters.get("OnFailure") or "ROLLBACK"
    if parameters.get("DisableRollback"):
        on_failure = "DO_NOTHING"
    return Goal(template, values, settings, on_failure)


def _template(change_sets: ChangeSets, stack: Stack | None, parameters: Parameters) -> Template:
    text, types = parameters.get("TemplateBody"), change_sets.stacks.types
    if parameters.get("UsePreviousTemplate"):
        if stack is None or stack.template is None:
            raise ValidationError("UsePreviousTemplate: there is no previous template")
        return stack.template
    if parameters.get("TemplateURL"):
        return read_template(change_sets.read_object(parameters["TemplateURL"]), types)
    if not text:
        raise ValidationError("Either Template URL or Template Body must be specified.")
    if len(text.encode()) > MAX_BODY_BYTES:
        raise ValidationError(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint:"
            f" Member must have length less than or equal to {MAX_BODY_BYTES}"
        )
    return read_template(text, types)


def create_stack(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Create a stack without a change set."""
    stacks, name = change_sets.stacks, parameters["StackName"]
    if stacks.find(name) is not None:
        raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
    goal = goal_of(change_sets, None, parameters)
    stack = stacks.review(name)
    reasons = stacks.validate(stack, goal)
    if reasons:
        del stacks.all[stack.id]
        raise ValidationError("\n".join(reasons))
    stack.termination_protection = bool(parameters.get("EnableTerminationProtection"))
    if parameters.get("StackPolicyBody"):
        stack.policy = read_policy(parameters["StackPolicyBody"])
    operation = stacks.create(stack, goal, parameters.get("ClientRequestToken"))
    return {"StackId": stack.id, "OperationId": operation.id}


def update_stack(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Update a stack without a change set."""
    stacks = change_sets.stacks
    stack = stacks.get(parameters["StackName"])
    require_updatable(stack)
    goal = goal_of(change_sets, stack, parameters)
    reasons = stacks.validate(stack, goal)
    if reasons:
        raise ValidationError("\n".join(reasons))
    if not change_sets.differs(stack, goal):
        raise ValidationError("No updates are to be performed.")
    operation = stacks.update(stack, goal, parameters.get("ClientRequestToken"))
    return {"StackId": stack.id, "OperationId": operation.id}


def require_updatable(stack: Stack) -> None:
    """Raise ValidationError unless the stack's status allows an update."""
    if not stack.status.endswith("_COMPLETE") or stack.status in (
        "ROLLBACK_COMPLETE",
        "DELETE_COMPLETE",
    ):
        raise ValidationError(
            f"Stack:{stack.id} is in {stack.status} state and can not be updated."
        )


def delete_stack(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Delete a stack; one that does not exist is deleted already."""
    stack = change_sets.stacks.find(parameters["StackName"])
    if stack is not None:
        change_sets.stacks.delete(
            stack,
            frozenset(parameters.get("RetainResources") or ()),
            parameters.get("ClientRequestToken"),
        )
        for change_set in change_sets.of(stack):
            change_sets.delete(change_set)
    return {}


def update_termination_protection(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Turn termination protection on or off."""
    stack = change_sets.stacks.get(parameters["StackName"])
    stack.termination_protection = bool(parameters["EnableTerminationProtection"])
    return {"StackId": stack.id}


def set_stack_policy(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Set the policy that protects a stack's resources from updates."""
    stack = change_sets.stacks.get(parameters["StackName"])
    stack.policy = read_policy(parameters["StackPolicyBody"])
    return {}


def rollback_stack(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Roll back a stack whose creation or update failed and was left there."""
    stack = change_sets.stacks.get(parameters["StackName"])
    operation = change_sets.stacks.roll_back(
        stack,
        frozenset({"CREATE_FAILED", "UPDATE_FAILED"}),
        token=parameters.get("ClientRequestToken"),
    )
    return {"StackId": stack.id, "OperationId": operation.id}


def continue_update_rollback(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Go on with a rollback that failed, leaving ``ResourcesToSkip`` as they are."""
    change_sets.stacks.roll_back(
        change_sets.stacks.get(parameters["StackName"]),
        frozenset({"UPDATE_ROLLBACK_FAILED"}),
        frozenset(parameters.get("ResourcesToSkip") or ()),
        parameters.get("ClientRequestToken"),
    )
    return {}


def cancel_update_stack(change_sets: ChangeSets, parameters: Parameters) -> Answer:
    """Cancel the update that runs; the stack is rolled back."""
    stack = change_sets.stacks.get(parameters["StackName"])
    change_sets.stacks.cancel(stack, parameters.get("ClientRequestToken"))
    return {}
