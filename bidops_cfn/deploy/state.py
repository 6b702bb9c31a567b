"""What a stack's status allows a deployment to do: one table, one pure function.

A test holds the table against every ``StackStatus`` of the installed botocore, so that a status
that AWS adds fails a test; at run time an unknown one is refused.
"""

from __future__ import annotations

from enum import Enum


class Action(Enum):
    """What a deployment does with a stack."""

    CREATE = "create"
    UPDATE = "update"
    WAIT = "wait"  # an operation runs
    RECREATE = "recreate"  # a creation was rolled back: nothing in it can be updated
    ROLL_BACK = "roll back"  # stopped half way: `rollback` brings it to a stable state
    REFUSE = "refuse"


STATES: dict[str, Action] = {
    "REVIEW_IN_PROGRESS": Action.CREATE,
    "DELETE_COMPLETE": Action.CREATE,
    "CREATE_COMPLETE": Action.UPDATE,
    "UPDATE_COMPLETE": Action.UPDATE,
    "UPDATE_ROLLBACK_COMPLETE": Action.UPDATE,
    "IMPORT_COMPLETE": Action.UPDATE,
    "IMPORT_ROLLBACK_COMPLETE": Action.UPDATE,
    "CREATE_IN_PROGRESS": Action.WAIT,
    "UPDATE_IN_PROGRESS": Action.WAIT,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": Action.WAIT,
    "UPDATE_ROLLBACK_IN_PROGRESS": Action.WAIT,
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": Action.WAIT,
    "ROLLBACK_IN_PROGRESS": Action.WAIT,
    "DELETE_IN_PROGRESS": Action.WAIT,
    "IMPORT_IN_PROGRESS": Action.WAIT,
    "IMPORT_ROLLBACK_IN_PROGRESS": Action.WAIT,
    "ROLLBACK_COMPLETE": Action.RECREATE,
    "CREATE_FAILED": Action.ROLL_BACK,
    "UPDATE_FAILED": Action.ROLL_BACK,
    "UPDATE_ROLLBACK_FAILED": Action.ROLL_BACK,
    "ROLLBACK_FAILED": Action.REFUSE,
    "DELETE_FAILED": Action.REFUSE,
    "IMPORT_ROLLBACK_FAILED": Action.REFUSE,
}


def action(status: str | None) -> Action:
    """Return what a deployment does with a stack of ``status``; None where there is no stack."""
    return Action.CREATE if status is None else STATES.get(status, Action.REFUSE)


def in_progress(status: str) -> bool:
    """Tell whether an operation runs; a placeholder under review is none."""
    return action(status) is Action.WAIT
