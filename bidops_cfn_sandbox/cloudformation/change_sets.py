"""Change sets: what a stack would become, and how far that has got; computed, executed, deleted."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bidops_cfn_sandbox.cloudformation.changes import Preview
from bidops_cfn_sandbox.cloudformation.execution import Goal
from bidops_cfn_sandbox.cloudformation.intrinsics import Scope
from bidops_cfn_sandbox.cloudformation.stack import Stack, check_name
from bidops_cfn_sandbox.cloudformation.stacks import Stacks
from bidops_cfn_sandbox.engine.answers import Answer, AwsError, ValidationError
from bidops_cfn_sandbox.resource_type import Made

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
    changes: list[Answer]
    status: str
    execution_status: str
    basis: int
    created: datetime
    reason: str | None = None
    on_stack_failure: str | None = None
    token: str | None = None

    @property
    def is_executed(self) -> bool:
        """Whether it has been executed: its name is free again."""
        return self.execution_status.startswith("EXECUTE_")

    @property
    def availability(self) -> str:
        """The execution status as AWS shows it: OBSOLETE after another operation."""
        is_current = self.basis == len(self.stack.operations)
        is_available = self.execution_status == "AVAILABLE"
        return "OBSOLETE" if is_available and not is_current else self.execution_status


def change_set_id(stack: Stack, name: str) -> str:
    """Return a new change set's ARN."""
    return stack.place.arn("cloudformation", f"changeSet/{name}/{uuid.uuid4()}")


@dataclass
class ChangeSets:
    """The change sets of ``stacks``, by ARN."""

    stacks: Stacks
    all: dict[str, ChangeSet] = field(default_factory=dict)

    def of(self, stack: Stack) -> list[ChangeSet]:
        """Return the change sets of a stack, oldest first."""
        return [change_set for change_set in self.all.values() if change_set.stack is stack]

    def find(self, name: str, stack_name: str = "") -> ChangeSet | None:
        """Return a change set by ARN, or the newest of a name and a stack; None for none."""
        stack = self.stacks.find(stack_name) if stack_name else None
        named = [] if stack is None else [one for one in self.of(stack) if one.name == name]
        return self.all.get(name) or next(reversed(named), None)

    def get(self, name: str, stack_name: str = "") -> ChangeSet:
        """Return a change set as ``find`` does; raise ChangeSetNotFound."""
        found = self.find(name, stack_name)
        if found is None:
            raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")
        return found

    def create(
        self, stack: Stack, name: str, kind: str, goal: Goal, request: Mapping[str, Any]
    ) -> ChangeSet:
        """Compute the change set ``name`` that brings ``stack`` to ``goal``."""
        token = request.get("ClientToken")
        known = next((one for one in self.of(stack) if token and one.token == token), None)
        check_name("changeSetName", name)
        if known is not None:  # the request was retried: its answer was lost
            return known
        if any(other.name == name and not other.is_executed for other in self.of(stack)):
            raise AwsError("AlreadyExistsException", f"ChangeSet {name} already exists")
        reasons = self.stacks.validate(stack, goal)
        changes = [] if reasons else self._changes(stack, goal)
        if not reasons and kind == "UPDATE" and not self.differs(stack, goal, changes):
            reasons = [NO_CHANGES]
        change_set = ChangeSet(
            name,
            change_set_id(stack, name),
            kind,
            stack,
            goal,
            request.get("Description"),
            changes,
            status="FAILED" if reasons else "CREATE_COMPLETE",
            execution_status="UNAVAILABLE" if reasons else "AVAILABLE",
            basis=len(stack.operations),
            created=self.stacks.engine.clock.now(),
            reason="\n".join(reasons) or None,
            on_stack_failure=request.get("OnStackFailure"),
            token=token,
        )
        self.all[change_set.id] = change_set
        return change_set

    def delete(self, change_set: ChangeSet) -> None:
        """Forget a change set."""
        del self.all[change_set.id]

    def execute(
        self, change_set: ChangeSet, *, disable_rollback: bool = False, token: str | None = None
    ) -> None:
        """Execute a change set; raise InvalidChangeSetStatus when it cannot be.

        The stack's other change sets are gone afterwards, as on AWS.
        """
        stack = change_set.stack
        if change_set.availability != "AVAILABLE":
            status = f"execution status of [{change_set.availability}]"
            if change_set.status == "FAILED":
                status = f"status of [{change_set.status}]"
            raise AwsError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.id}] cannot be executed in its current {status}",
            )
        if stack.is_busy:
            raise ValidationError(f"Stack:{stack.id} is in {stack.status} state")
        goal = change_set.goal
        if disable_rollback:
            goal = replace(goal, on_failure="DO_NOTHING")
        stack.change_set_id = change_set.id
        change_set.execution_status = "EXECUTE_IN_PROGRESS"

        def end() -> None:
            well = stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
            change_set.execution_status = "EXECUTE_COMPLETE" if well else "EXECUTE_FAILED"

        for other in self.of(stack):
            if other is not change_set:
                self.delete(other)
        self.stacks.deploy(stack, goal, change_set.kind, token, end)

    def _changes(self, stack: Stack, goal: Goal) -> list[Answer]:
        before = stack.parameters
        changed = frozenset(k for k, v in goal.parameters.items() if before.get(k) != v)
        renewed = set[str]()
        scope = self._scope(stack, goal, renewed)
        tags = goal.settings.tags
        return Preview(scope, self.stacks.types, stack.resources, changed, tags, renewed).changes()

    def differs(self, stack: Stack, goal: Goal, changes: list[Answer] | None = None) -> bool:
        """Whether ``goal`` changes a resource, an output or a tag of the stack."""
        if changes is None:
            changes = self._changes(stack, goal)
        return (
            bool(changes)
            or goal.settings.tags != stack.settings.tags
            or self._scope(stack, goal).outputs() != stack.outputs
        )

    def _scope(self, stack: Stack, goal: Goal, renewed: Collection[str] = ()) -> Scope:
        """Return a scope in which resources are as they stand, but for those that are renewed."""

        def lookup(logical_id: str) -> Made | None:
            resource = stack.resources.get(logical_id)
            return None if resource is None or logical_id in renewed else resource.made

        return self.stacks.scope(stack, goal, lookup)
