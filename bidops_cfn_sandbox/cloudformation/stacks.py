"""The stacks of one account and region: found by name or ARN, created, changed and deleted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bidops_cfn_sandbox.cloudformation import execution
from bidops_cfn_sandbox.cloudformation.deployment import Deployment
from bidops_cfn_sandbox.cloudformation.execution import Goal, undo_creation, undo_update
from bidops_cfn_sandbox.cloudformation.intrinsics import Lookup, Scope
from bidops_cfn_sandbox.cloudformation.operation import INITIATED, Operation, StackFailed
from bidops_cfn_sandbox.cloudformation.parameters import typed_parameters
from bidops_cfn_sandbox.cloudformation.stack import Stack, check_name
from bidops_cfn_sandbox.cloudformation.template import Template, property_problems, read_template
from bidops_cfn_sandbox.engine.answers import ValidationError
from bidops_cfn_sandbox.engine.clock import Process, Running
from bidops_cfn_sandbox.engine.engine import Engine
from bidops_cfn_sandbox.resource_type import Place, ResourceType

End = Callable[[], None] | None
RETYPED = (
    "Update of resource type is not permitted. The new template modifies resource type of the"
    " following resources: "
)


@dataclass
class Stacks:
    """CloudFormation's memory of one place, deleted stacks included.

    ``unfinished`` are failed deployments that are not rolled back, by stack ARN; ``running``
    the newest operation of each stack; ``hooks`` the activated ones, by ARN; ``elsewhere`` returns
    the stacks of another place.
    """

    place: Place
    types: Mapping[str, ResourceType]
    engine: Engine
    all: dict[str, Stack] = field(default_factory=dict)
    unfinished: dict[str, Deployment] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    hooks: dict[str, dict[str, str]] = field(default_factory=dict)
    elsewhere: Callable[[Place], Stacks] | None = None

    def add(self, name: str, status: str) -> Stack:
        """Keep a new stack."""
        check_name("stackName", name)
        id_ = self.place.arn("cloudformation", f"stack/{name}/{uuid.uuid4()}")
        now = self.engine.clock.now()
        stack = self.all[id_] = Stack(self.place, name, id_, now, status)
        return stack

    def live(self) -> list[Stack]:
        """Return the stacks that are not deleted, newest first."""
        return [s for s in reversed(self.all.values()) if s.status != "DELETE_COMPLETE"]

    def find(self, name: str) -> Stack | None:
        """Return the live stack of a name, or any stack of an ARN."""
        if name in self.all:
            return self.all[name]
        return next((stack for stack in self.live() if stack.name == name), None)

    def get(self, name: str) -> Stack:
        """Return the stack of a name or ARN; raise the API's error when there is none."""
        found = self.find(name)
        if found is None:
            raise ValidationError(f"Stack with id {name} does not exist")
        return found

    def exports(self) -> dict[str, tuple[str, str]]:
        """Return every export: its value, and the ARN of the stack that exports it."""
        return {
            name: (value, stack.id)
            for stack in self.live()
            for name, value in stack.exports.items()
        }

    def importers(self, export: str) -> list[Stack]:
        """Return the stacks that import ``export``."""
        return [stack for stack in self.live() if export in stack.imported]

    def read(self, text: str) -> Template:
        """Return the checked template of ``text``; raise ValidationError where there is none."""
        return read_template(text, self.types)

    def review(self, name: str, change_set: str) -> Stack:
        """Return the stack in review of that name, made now if there is none."""
        found = self.find(name)
        if found is not None and found.status == "REVIEW_IN_PROGRESS":
            return found
        if found is not None:
            raise ValidationError(
                f"Stack [{name}] already exists and cannot be created again with the changeSet"
                f" [{change_set}]."
            )
        stack = self.add(name, "REVIEW_IN_PROGRESS")
        self.operation(stack, "CREATE_CHANGESET").enter("REVIEW_IN_PROGRESS", INITIATED)
        return stack

    def scope(self, stack: Stack, goal: Goal, lookup: Lookup) -> Scope:
        """Return what names mean in the template of ``goal``."""
        return Scope(
            goal.template,
            self.place,
            stack.name,
            stack.id,
            typed_parameters(goal.template, goal.parameters),
            {name: value for name, (value, _) in self.exports().items()},
            lookup,
            self.find_outputs,
        )

    def find_outputs(self, name: str, region: str, account: str) -> Mapping[str, str] | None:
        """Return the outputs of a stack here, or of another region or account; None for none."""
        place = Place(account or self.place.account_id, region or self.place.region)
        there = self.elsewhere(place) if self.elsewhere and place != self.place else self
        stack = there.find(name) if there.place == place else None
        if stack is None:
            return None
        return {output["OutputKey"]: output["OutputValue"] for output in stack.outputs}

    def deploy(
        self, stack: Stack, goal: Goal, kind: str, token: str | None = None, end: End = None
    ) -> Operation:
        """CREATE a stack that is in review, or UPDATE one; ``end`` is called at the end."""
        operation = self.operation(stack, f"{kind}_STACK", token)
        return self.begin(operation, execution.deploy(operation, goal, self), end)

    def cancel(self, stack: Stack, token: str | None = None) -> None:
        """Cancel the update that runs; raise ValidationError where none does."""
        if stack.status != "UPDATE_IN_PROGRESS":
            raise ValidationError(
                f"CancelUpdateStack cannot be called from current stack status ({stack.status})"
            )
        self.running[stack.id].interrupt(StackFailed(token=token))

    def roll_back(
        self,
        stack: Stack,
        statuses: frozenset[str],
        skipped: frozenset[str] = frozenset(),
        token: str | None = None,
    ) -> Operation:
        """Take back what failed; raise ValidationError unless the stack is in ``statuses``."""
        left = self.unfinished.get(stack.id)
        if left is None or stack.status not in statuses:
            raise ValidationError(
                f"Stack:{stack.id} is in {stack.status} state and can not be rolled back."
            )
        stuck = {name for name, one in stack.resources.items() if one.status == "UPDATE_FAILED"}
        if skipped - stuck:  # AWS does not document how it words this one
            what = ", ".join(sorted(skipped - stuck))
            raise ValidationError(f"[{what}] cannot be skipped: not in UPDATE_FAILED state")
        kind = "CONTINUE_ROLLBACK" if stack.status.startswith("UPDATE_ROLLBACK") else "ROLLBACK"
        operation = self.operation(stack, kind, token)
        if stack.status == "CREATE_FAILED":
            return self.begin(operation, undo_creation(operation, left, INITIATED))
        return self.begin(operation, undo_update(operation, left, INITIATED, skipped))

    def delete(
        self, stack: Stack, retained: frozenset[str] = frozenset(), token: str | None = None
    ) -> None:
        """Delete a stack; raise ValidationError while it is protected or its exports in use."""
        if stack.status in ("DELETE_COMPLETE", "DELETE_IN_PROGRESS"):
            return
        if stack.termination_protection:
            raise ValidationError(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        if stack.is_busy and stack.status != "CREATE_IN_PROGRESS":
            raise ValidationError(
                f"Stack [{stack.name}] cannot be deleted while in status {stack.status}"
            )
        if retained and stack.status != "DELETE_FAILED":
            raise ValidationError(
                f"Invalid operation on stack [{stack.id}]. When you delete a stack, specify which"
                " resources to retain only when the stack is in the DELETE_FAILED state."
            )
        self.refuse_lost_exports(stack, {})
        if stack.is_busy:
            self.running[stack.id].stop()
        left = self.unfinished.pop(stack.id, None)
        obsolete = [] if left is None else left.obsolete
        operation = self.operation(stack, "DELETE_STACK", token)
        self.begin(operation, execution.delete(operation, retained, obsolete))

    def operation(self, stack: Stack, type_: str, token: str | None = None) -> Operation:
        """Return a new operation on a stack."""
        return Operation(stack, self.engine, self.types, type_, token)

    def begin(
        self, operation: Operation, process: Process[Deployment | None], end: End = None
    ) -> Operation:
        """Begin an operation; what it leaves to be rolled back is kept when it ends."""
        stack = operation.stack
        self.engine.begin()

        def whole() -> Process[None]:
            left = yield from process
            self.unfinished.pop(stack.id, None)
            if left is not None:
                self.unfinished[stack.id] = left
            if end is not None:
                end()

        self.running[stack.id] = self.engine.clock.run(whole())
        return operation

    def validate(self, stack: Stack, goal: Goal) -> list[str]:
        """Return the reasons why ``goal`` cannot be worked on; empty when it can."""
        found = property_problems(goal.template, self.types)
        if found:
            return found
        retyped = [
            logical_id
            for logical_id, old in stack.resources.items()
            if goal.template.resources.get(logical_id, {}).get("Type", old.type) != old.type
        ]
        if retyped:
            return [f"{RETYPED}[{', '.join(sorted(retyped))}]"]
        try:
            scope = self.scope(stack, goal, lambda _logical_id: None)
            for resource in scope.active_resources().values():
                scope.resolve(resource.get("Properties", {}))
            outputs = scope.outputs()
        except ValidationError as error:
            return [error.message]
        taken = {k for k, (_, owner) in self.exports().items() if owner != stack.id}
        clash = sorted({o["ExportName"] for o in outputs if "ExportName" in o} & taken)
        return [f"Export with name {name} is already exported by another stack" for name in clash]

    def refuse_lost_exports(self, stack: Stack, kept: Mapping[str, str]) -> None:
        """Raise ValidationError where other stacks import what ``kept`` no longer says."""
        for name, value in stack.exports.items():
            users = [user.name for user in self.importers(name) if user is not stack]
            if users and kept.get(name) != value:
                verb = "updated" if name in kept else "deleted"
                raise ValidationError(
                    f"Export {name} cannot be {verb} as it is in use by {', '.join(users)}"
                )
