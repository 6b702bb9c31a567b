"""Create, update and delete a stack from start to verdict, with rollback when a resource fails.

Everything finishes before the call returns: the sandbox has no waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bidops_cfn.sandbox.cloudformation.deployment import Deployment
from bidops_cfn.sandbox.cloudformation.errors import ValidationError
from bidops_cfn.sandbox.cloudformation.intrinsics import Lookup, Scope
from bidops_cfn.sandbox.cloudformation.operation import Operation, OperationFailed
from bidops_cfn.sandbox.cloudformation.stack import Settings, Stack, exports_of, now
from bidops_cfn.sandbox.cloudformation.template import Template
from bidops_cfn.sandbox.resource_type import Made

INITIATED = "User Initiated"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a stack shall become: template, parameters, settings, and what to do on failure.

    ``on_failure`` is ROLLBACK, DELETE or DO_NOTHING.
    """

    template: Template
    parameters: Mapping[str, str]
    settings: Settings
    on_failure: str = "ROLLBACK"


# Builds the scope of a goal for a stack, given the lookup of its resources.
ScopeOf = Callable[[Goal, Lookup], Scope]
# Raises ValidationError when other stacks import what the new exports no longer say.
CheckExports = Callable[[Mapping[str, str]], None]


def create(operation: Operation, goal: Goal, scope_of: ScopeOf) -> None:
    """Create the resources of a new stack; leave it CREATE_COMPLETE, or rolled back."""
    stack = operation.stack
    deployment = _deployment(operation, goal, scope_of)
    operation.enter("CREATE_IN_PROGRESS", INITIATED)
    _adopt(stack, goal)
    try:
        deployment.run()
        _finish(stack, deployment)
    except OperationFailed as failure:
        _creation_failed(operation, deployment, failure, goal.on_failure)
        return
    operation.enter("CREATE_COMPLETE")


def update(
    operation: Operation, goal: Goal, scope_of: ScopeOf, check_exports: CheckExports
) -> None:
    """Bring a stack to ``goal``; leave it UPDATE_COMPLETE, or as it was before."""
    stack = operation.stack
    deployment = _deployment(operation, goal, scope_of)
    operation.enter("UPDATE_IN_PROGRESS", INITIATED)
    stack.updated = now()
    try:
        deployment.run()
        outputs = _outputs(deployment, check_exports)
    except OperationFailed as failure:
        _update_failed(operation, deployment, failure, goal)
        return
    operation.enter("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    try:
        deployment.clean_up()
    except OperationFailed as failure:
        # AWS completes an update whose leftovers cannot be deleted, too, and says so.
        operation.enter("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", str(failure))
    _adopt(stack, goal)
    stack.resources = deployment.current
    stack.outputs, stack.imported = outputs, frozenset(deployment.scope.imported)
    operation.enter("UPDATE_COMPLETE")


def delete(operation: Operation, retained: frozenset[str] = frozenset()) -> None:
    """Delete a stack's resources, newest first; leave it DELETE_COMPLETE or DELETE_FAILED."""
    stack = operation.stack
    operation.enter("DELETE_IN_PROGRESS", INITIATED)
    for logical_id, resource in reversed(list(stack.resources.items())):
        if logical_id in retained or resource.status == "DELETE_COMPLETE":
            continue
        try:
            operation.delete(resource)
        except OperationFailed as failure:
            operation.enter(
                "DELETE_FAILED",
                f"The following resource(s) failed to delete: [{failure.logical_id}]. ",
            )
            return
    stack.outputs, stack.imported = [], frozenset()
    operation.enter("DELETE_COMPLETE")
    stack.deleted = now()


def _deployment(operation: Operation, goal: Goal, scope_of: ScopeOf) -> Deployment:
    deployment: Deployment

    def lookup(logical_id: str) -> Made | None:
        resource = deployment.current.get(logical_id)
        if resource is None:
            raise ValidationError(
                f"Template error: resource {logical_id} does not exist: its condition is false"
            )
        return resource.made

    scope = scope_of(goal, lookup)
    deployment = Deployment(operation, scope, goal.settings.tags, dict(operation.stack.resources))
    return deployment


def _adopt(stack: Stack, goal: Goal) -> None:
    stack.template, stack.parameters = goal.template, dict(goal.parameters)
    stack.settings = goal.settings


def _outputs(
    deployment: Deployment, check_exports: CheckExports | None = None
) -> list[dict[str, str]]:
    try:
        outputs = deployment.scope.outputs()
        if check_exports is not None:
            check_exports(exports_of(outputs))
    except ValidationError as error:
        raise OperationFailed("Outputs", error.message) from error
    return outputs


def _finish(stack: Stack, deployment: Deployment) -> None:
    outputs = _outputs(deployment)
    stack.resources = deployment.current
    stack.outputs, stack.imported = outputs, frozenset(deployment.scope.imported)


def _creation_failed(
    operation: Operation, deployment: Deployment, failure: OperationFailed, on_failure: str
) -> None:
    failed = f"The following resource(s) failed to create: [{failure.logical_id}]. "
    operation.stack.resources = deployment.current
    if on_failure == "DO_NOTHING":
        operation.enter("CREATE_FAILED", failed)
        return
    if on_failure == "DELETE":
        operation.enter("DELETE_IN_PROGRESS", f"{failed}Delete requested by user.")
        final = "DELETE_COMPLETE"
    else:
        operation.enter("ROLLBACK_IN_PROGRESS", f"{failed}Rollback requested by user.")
        final = "ROLLBACK_COMPLETE"
    try:
        deployment.roll_back()
    except OperationFailed as second:
        operation.enter("ROLLBACK_FAILED", str(second))
        return
    operation.enter(final)
    if on_failure == "DELETE":
        operation.stack.deleted = now()


def _update_failed(
    operation: Operation, deployment: Deployment, failure: OperationFailed, goal: Goal
) -> None:
    failed = f"The following resource(s) failed to update: [{failure.logical_id}]. "
    if goal.on_failure == "DO_NOTHING":
        operation.stack.resources = {**deployment.before, **deployment.current}
        operation.enter("UPDATE_FAILED", failed)
        return
    operation.enter("UPDATE_ROLLBACK_IN_PROGRESS", failed)
    try:
        deployment.roll_back()
    except OperationFailed as second:
        operation.enter("UPDATE_ROLLBACK_FAILED", str(second))
        return
    operation.enter("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    operation.enter("UPDATE_ROLLBACK_COMPLETE")
