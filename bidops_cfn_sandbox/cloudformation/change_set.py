"""A change set: what a stack would become, what that changes, and how far it has got."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from bidops_cfn_sandbox.cloudformation.changes import Change
from bidops_cfn_sandbox.cloudformation.execution import Goal
from bidops_cfn_sandbox.cloudformation.stack import Stack

NO_CHANGES = (
    "The submitted information didn't contain changes. "
    "Submit different information to create a change set."
)


@dataclass
class ChangeSet:
    """A change set of ``stack``; ``kind`` is CREATE or UPDATE.

    ``basis`` is the operation after which it was computed: it is obsolete after another one.
    """

    name: str
    id: str
    kind: str
    stack: Stack
    goal: Goal
    description: str | None
    changes: list[Change]
    status: str
    execution_status: str
    basis: int
    created: datetime
    reason: str | None = None
    on_stack_failure: str | None = None

    @property
    def is_executed(self) -> bool:
        """Whether it has been executed: its name is free again."""
        return self.execution_status.startswith("EXECUTE_")


def change_set_id(stack: Stack, name: str) -> str:
    """Return a new change set's ARN."""
    return stack.place.arn("cloudformation", f"changeSet/{name}/{uuid.uuid4()}")
