"""Create, update and delete a stack from start to verdict; take everything back after a failure.

Each function returns the deployment while something of it is still to be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bidops_cfn_sandbox.cloudformation.deployment import Deployment
from bidops_cfn_sandbox.cloudformation.operation import (
    INITIATED,
    Operation,
    OperationFailed,
    StackFailed,
)
from bidops_cfn_sandbox.cloudformation.stack import Resource, Settings, Stack, exports_of
from bidops_cfn_sandbox.cloudformation.template import Template
from bidops_cfn_sandbox.engine.answers import ValidationError
from bidops_cfn_sandbox.engine.clock import Process
from bidops_cfn_sandbox.resource_type import Made

if TYPE_CHECKING:
    from bidops_cfn_sandbox.cloudformation.stacks import Stacks

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Goal:
    """What a stack shall become: template, parameters, settings, and what to do on failure.

    ``on_failure`` is ROLLBACK, DELETE or DO_NOTHING.
    """

    template: Template
    parameters: Mapping[str, str]
    settings: Settings
    on_failure: str = "ROLLBACK"


def deploy(operation: Operation, goal: Goal, stacks: Stacks) -> Process[Deployment | None]:
    """Bring a stack to ``goal``; leave it CREATE_COMPLETE or UPDATE_COMPLETE, or rolled back.

    Return the deployment when it failed and is not rolled back.
    """
    stack, is_new = operation.stack, operation.type == "CREATE_STACK"
    deployment = _deployment(operation, goal, stacks)
    verb = "CREATE" if is_new else "UPDATE"
    operation.enter(f"{verb}_IN_PROGRESS", INITIATED)
    if is_new:
        _adopt(stack, goal)
    else:
        stack.updated = operation.engine.clock.now()
    try:
        yield from deployment.run()
        outputs = _outputs(deployment, stacks)
    except OperationFailed as failure:
        end = creation_failed if is_new else update_failed
        return (yield from end(operation, deployment, failure, goal.on_failure))
    if not is_new:
        cleaning = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        yield from _clean_up(operation, cleaning, deployment.clean_up())
    _adopt(stack, goal)
    stack.resources = deployment.current
    stack.outputs, stack.imported = outputs, frozenset(deployment.scope.imported)
    operation.enter(f"{verb}_COMPLETE")
    return None


def delete(
    operation: Operation, retained: frozenset[str], obsolete: Sequence[Resource] = ()
) -> Process[None]:
    """Delete a stack's resources, newest first; leave it DELETE_COMPLETE or DELETE_FAILED.

    ``obsolete`` are those that a failed update had replaced.
    """
    stack = operation.stack
    operation.enter("DELETE_IN_PROGRESS", INITIATED)
    try:
        for group in (stack.resources.values(), obsolete):
            yield from operation.delete_all(
                one
                for one in reversed([*group])
                if one.logical_id not in retained and one.status != "DELETE_COMPLETE"
            )
    except OperationFailed as failure:
        operation.enter("DELETE_FAILED", failure.tell())
        return
    stack.outputs, stack.imported = [], frozenset()
    operation.enter("DELETE_COMPLETE")
    stack.deleted = operation.engine.clock.now()


def _deployment(operation: Operation, goal: Goal, stacks: Stacks) -> Deployment:
    deployment: Deployment

    def lookup(logical_id: str) -> Made | None:
        resource = deployment.current.get(logical_id)
        if resource is None:
            raise ValidationError(
                f"Template error: resource {logical_id} does not exist: its condition is false"
            )
        return resource.made

    scope = stacks.scope(operation.stack, goal, lookup)
    deployment = Deployment(operation, scope, goal.settings.tags, dict(operation.stack.resources))
    return deployment


def _adopt(stack: Stack, goal: Goal) -> None:
    stack.template, stack.parameters = goal.template, dict(goal.parameters)
    stack.settings = goal.settings


def _outputs(deployment: Deployment, stacks: Stacks) -> list[dict[str, str]]:
    try:
        outputs = deployment.scope.outputs()
        stacks.refuse_lost_exports(deployment.operation.stack, exports_of(outputs))
    except ValidationError as error:
        raise StackFailed(error.message) from error
    return outputs


def creation_failed(
    operation: Operation, deployment: Deployment, failure: OperationFailed, on_failure: str
) -> Process[Deployment | None]:
    """End a failed creation as ``on_failure`` says: ROLLBACK, DELETE or DO_NOTHING."""
    failed = failure.tell()
    if on_failure == "DO_NOTHING":
        operation.enter("CREATE_FAILED", failed)
        return deployment
    failed = f"{failed.rstrip('. ')}. "
    if on_failure == "DELETE":
        operation = operation.follow("DELETE_STACK")
        operation.enter("DELETE_IN_PROGRESS", f"{failed}Delete requested by user.")
        left = yield from _undo(operation, deployment, ("DELETE_COMPLETE", "DELETE_FAILED"))
        operation.stack.deleted = operation.engine.clock.now() if left is None else None
        return left
    reason = f"{failed}Rollback requested by user."
    return (yield from undo_creation(operation.follow("ROLLBACK"), deployment, reason))


def update_failed(
    operation: Operation, deployment: Deployment, failure: OperationFailed, on_failure: str
) -> Process[Deployment | None]:
    """End a failed update as ``on_failure`` says: ROLLBACK or DO_NOTHING."""
    failed = failure.tell()
    if on_failure == "DO_NOTHING":
        operation.stack.resources = {**deployment.before, **deployment.current}
        operation.enter("UPDATE_FAILED", failed)
        return deployment
    token = failure.token if isinstance(failure, StackFailed) else None
    return (yield from undo_update(operation.follow("ROLLBACK", token), deployment, failed))


def undo_creation(
    operation: Operation, deployment: Deployment, reason: str
) -> Process[Deployment | None]:
    """Delete what a failed creation made; leave the stack ROLLBACK_COMPLETE."""
    operation.enter("ROLLBACK_IN_PROGRESS", reason)
    return (yield from _undo(operation, deployment, ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")))


def _undo(
    operation: Operation, deployment: Deployment, statuses: tuple[str, str]
) -> Process[Deployment | None]:
    well, failed = statuses
    try:
        yield from deployment.remove(operation)
    except OperationFailed as failure:
        operation.enter(failed, failure.tell())
        return deployment
    operation.enter(well)
    return None


def undo_update(
    operation: Operation, deployment: Deployment, reason: str, skipped: frozenset[str] = NONE
) -> Process[Deployment | None]:
    """Restore what a failed update changed; leave the stack UPDATE_ROLLBACK_COMPLETE."""
    operation.enter("UPDATE_ROLLBACK_IN_PROGRESS", reason)
    try:
        yield from deployment.restore(operation, skipped)
    except OperationFailed as failure:
        operation.enter("UPDATE_ROLLBACK_FAILED", failure.tell())
        return deployment
    cleaning = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    yield from _clean_up(operation, cleaning, deployment.remove(operation))
    there = operation.stack.resources
    operation.stack.resources = {
        name: there[name] if there[name].made.physical_id == old.made.physical_id else old
        for name, old in deployment.before.items()
    }
    operation.enter("UPDATE_ROLLBACK_COMPLETE")
    return None


def _clean_up(operation: Operation, status: str, deletions: Process[None]) -> Process[None]:
    """Delete what is left over; AWS ends well where that cannot be deleted, too, and says so."""
    operation.enter(status)
    try:
        yield from deletions
    except OperationFailed as failure:
        operation.enter(status, str(failure))
