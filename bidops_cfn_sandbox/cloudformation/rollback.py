"""What happens after a failure: everything is taken back, at once or on request.

Each function returns the deployment while something of it is still to be taken back.
"""

from __future__ import annotations

from bidops_cfn_sandbox.cloudformation.deployment import Deployment
from bidops_cfn_sandbox.cloudformation.operation import Cancelled, Operation, OperationFailed
from bidops_cfn_sandbox.engine.clock import Process

NONE: frozenset[str] = frozenset()


def creation_failed(
    operation: Operation, deployment: Deployment, failure: OperationFailed, on_failure: str
) -> Process[Deployment | None]:
    """End a failed creation as ``on_failure`` says: ROLLBACK, DELETE or DO_NOTHING."""
    failed = f"The following resource(s) failed to create: {failure.all}. "
    if on_failure == "DO_NOTHING":
        operation.enter("CREATE_FAILED", failed)
        return deployment
    if on_failure == "DELETE":
        operation.enter("DELETE_IN_PROGRESS", f"{failed}Delete requested by user.")
        left = yield from _take_back(operation, deployment, ("DELETE_COMPLETE", "DELETE_FAILED"))
        operation.stack.deleted = operation.engine.clock.now() if left is None else None
        return left
    return (yield from undo_creation(operation, deployment, f"{failed}Rollback requested by user."))


def update_failed(
    operation: Operation, deployment: Deployment, failure: OperationFailed, on_failure: str
) -> Process[Deployment | None]:
    """End a failed update as ``on_failure`` says: ROLLBACK or DO_NOTHING."""
    failed = f"The following resource(s) failed to update: {failure.all}. "
    if isinstance(failure, Cancelled):
        failed = failure.reason
    if on_failure == "DO_NOTHING":
        operation.stack.resources = {**deployment.before, **deployment.current}
        operation.enter("UPDATE_FAILED", failed)
        return deployment
    return (yield from undo_update(operation, deployment, failed))


def undo_creation(
    operation: Operation, deployment: Deployment, reason: str | None = None
) -> Process[Deployment | None]:
    """Delete what a failed creation made; leave the stack ROLLBACK_COMPLETE."""
    operation.enter("ROLLBACK_IN_PROGRESS", reason)
    return (yield from _take_back(operation, deployment, ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")))


def undo_update(
    operation: Operation,
    deployment: Deployment,
    reason: str | None = None,
    skipped: frozenset[str] = NONE,
) -> Process[Deployment | None]:
    """Restore what a failed update changed; leave the stack UPDATE_ROLLBACK_COMPLETE."""
    operation.enter("UPDATE_ROLLBACK_IN_PROGRESS", reason)
    cleaning = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    statuses = (cleaning, "UPDATE_ROLLBACK_FAILED")
    left = yield from _take_back(operation, deployment, statuses, skipped)
    if left is None:
        operation.stack.resources = dict(deployment.before)
        operation.enter("UPDATE_ROLLBACK_COMPLETE")
    return left


def _take_back(
    operation: Operation,
    deployment: Deployment,
    statuses: tuple[str, str],
    skipped: frozenset[str] = NONE,
) -> Process[Deployment | None]:
    well, failed = statuses
    try:
        yield from deployment.roll_back(operation, skipped)
    except OperationFailed as failure:
        operation.enter(
            failed,
            f"The following resource(s) failed to roll back: {failure.all}. ",
        )
        return deployment
    operation.enter(well)
    return None
