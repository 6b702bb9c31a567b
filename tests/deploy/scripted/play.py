"""How an operation plays out on the virtual clock: well, badly, slowly, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bidops_cfn_sandbox.engine.service import EcsService
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.ecs import CLUSTER, ScriptedEcs
from tests.deploy.scripted.stack import (
    Resource,
    ScriptedChangeSet,
    ScriptedStack,
    physical_id,
    read,
)

Json = dict[str, Any]
SERVICE = "AWS::ECS::Service"
TASK_DEFINITION = "AWS::ECS::TaskDefinition"


@dataclass
class Play:
    """The script of the next operation: it succeeds after ``seconds`` unless told otherwise."""

    clock: VirtualClock
    ecs: ScriptedEcs
    seconds: float = 15.0
    fails: str = ""  # logical id of the resource that fails half way
    fails_because: str = "Resource handler returned message: it broke"
    fails_as: dict[str, str] = field(default_factory=dict)  # more of the failing event: its hook
    refused: dict[str, str] = field(default_factory=dict)  # of the event that begins the undoing,
    # where no resource fails: its ResourceStatusReason, its DetailedStatus
    through: str = ""  # a status that the stack goes through half way
    rollback_deletes: bool = False  # RollbackStack finds no stable state to go back to
    undo_fails: bool = False
    never_ends: bool = False
    hesitates: float = 0.0  # seconds until a rollback turns to the services
    goes_back: str = ""  # logical id of the service that ECS rolls back behind CloudFormation
    short_of_tasks: str = ""  # logical id of the service that never gets all its tasks
    on_update: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    _before: dict[str, tuple[Resource, str]] = field(default_factory=dict)
    _replaced: dict[str, Resource] = field(default_factory=dict)

    def execute(self, change_set: ScriptedChangeSet, token: str) -> None:
        stack, word = change_set.stack, change_set.kind
        stack.begin(f"{word}_IN_PROGRESS", token, "User Initiated")
        self._before = {
            logical_id: (one, self.ecs.services[one.physical_id].task_definition)
            for logical_id, one in stack.resources.items()
            if one.type == SERVICE and one.physical_id in self.ecs.services
        }
        self._replaced = {
            one["ResourceChange"]["LogicalResourceId"]: stack.resources[
                one["ResourceChange"]["LogicalResourceId"]
            ]
            for one in change_set.changes
            if one["ResourceChange"].get("Replacement") == "True"
        }
        half, end = self.seconds / 2, self.seconds
        for one in change_set.changes:
            self._start(stack, change_set, one["ResourceChange"])
        for at, happen in self.on_update:
            self.clock.after(at, happen)
        if self.never_ends:
            return
        if self.through:
            self.clock.after(half, lambda: stack.enter(self.through))
        if self.fails or self.refused:
            self.clock.after(half, lambda: self._fail(change_set))
            return
        for one in change_set.changes:
            self.clock.after(end - 2, self._finishing(stack, one["ResourceChange"]))
        if word == "UPDATE":
            cleanup = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
            self.clock.after(end - 1, lambda: stack.enter(cleanup))
        self.clock.after(end, lambda: self._complete(change_set))

    def _start(self, stack: ScriptedStack, change_set: ScriptedChangeSet, change: Json) -> None:
        logical_id, type_ = change["LogicalResourceId"], change["ResourceType"]
        word = {"Add": "CREATE", "Modify": "UPDATE", "Remove": "DELETE"}[change["Action"]]
        if change["Action"] == "Remove":
            return  # happens in the cleanup
        if change.get("Replacement") == "True":
            old = stack.resources[logical_id]
            revision = old.revision + 1
            stack.resources[logical_id] = Resource(
                physical_id(logical_id, type_, revision), type_, revision=revision
            )
        stack.resource(logical_id, type_, f"{word}_IN_PROGRESS")
        if type_ == SERVICE:
            self._serve(stack, change_set, logical_id)

    def _serve(self, stack: ScriptedStack, change_set: ScriptedChangeSet, logical_id: str) -> None:
        self.ecs.no_cluster = False
        arn = stack.resources[logical_id].physical_id
        definition = read(change_set.template)["Resources"][logical_id]["Properties"]
        task_id = definition["TaskDefinition"]["Ref"]
        if task_id not in stack.resources:
            stack.resources[task_id] = Resource(
                physical_id(task_id, TASK_DEFINITION), TASK_DEFINITION
            )
        wanted = stack.resources[task_id].physical_id
        count = int(change_set.parameters[logical_id.replace("Service", "DesiredCount")])
        service = self.ecs.services.setdefault(
            arn, EcsService(self.clock, arn, count or 1, "", cluster_arn=CLUSTER)
        )
        if count:
            service.desired = count
        if service.task_definition != wanted:
            service.deploy(wanted)

    def _finishing(self, stack: ScriptedStack, change: Json) -> Callable[[], None]:
        def finish() -> None:
            logical_id, type_ = change["LogicalResourceId"], change["ResourceType"]
            if change["Action"] == "Remove":
                stack.resources.pop(logical_id, None)
                return
            word = "CREATE" if change["Action"] == "Add" else "UPDATE"
            if type_ == SERVICE and logical_id != self.short_of_tasks:
                self.ecs.services[stack.resources[logical_id].physical_id].complete()
            stack.resource(logical_id, type_, f"{word}_COMPLETE")

        return finish

    def _complete(self, change_set: ScriptedChangeSet) -> None:
        stack = change_set.stack
        stack.template = change_set.template
        stack.parameters = dict(change_set.parameters)
        stack.tags = dict(change_set.tags)
        change_set.execution = "EXECUTE_COMPLETE"
        stack.enter(f"{change_set.kind}_COMPLETE")
        if self.goes_back:
            service = self.ecs.services[stack.resources[self.goes_back].physical_id]
            service.deploy("arn:aws:ecs:us-east-1:111111111111:task-definition/bff:0", "COMPLETED")

    def _fail(self, change_set: ScriptedChangeSet) -> None:
        stack = change_set.stack
        change_set.execution = "EXECUTE_FAILED"
        word = change_set.kind
        for logical_id, one in list(stack.resources.items()):
            if logical_id == self.fails:
                stack.resource(
                    logical_id, one.type, f"{word}_FAILED", self.fails_because, **self.fails_as
                )
        for logical_id, one in list(stack.resources.items()):
            if one.status == f"{word}_IN_PROGRESS" and self.refused:
                stack.resource(logical_id, one.type, f"{word}_COMPLETE")
            elif one.status == f"{word}_IN_PROGRESS":
                cancelled = f"Resource {'creation' if word == 'CREATE' else 'update'} cancelled"
                stack.resource(logical_id, one.type, f"{word}_FAILED", cancelled)
        reason = f"The following resource(s) failed to {word.lower()}: [{self.fails}]. "
        more = dict(self.refused)
        reason = more.pop("ResourceStatusReason", "") if self.refused else reason
        self._undo(stack, stack.token, reason, change_set.kind, change_set.on_failure, **more)

    def _undo(
        self,
        stack: ScriptedStack,
        token: str,
        reason: str,
        kind: str,
        on_failure: str = "",
        **more: str,
    ) -> None:
        prefix = "UPDATE_ROLLBACK" if kind == "UPDATE" else "ROLLBACK"
        if kind == "CREATE" and on_failure == "DELETE":
            prefix = "DELETE"
        stack.begin(f"{prefix}_IN_PROGRESS", token, reason, **more)
        end = f"{prefix}_FAILED" if self.undo_fails else f"{prefix}_COMPLETE"
        if prefix == "UPDATE_ROLLBACK":
            if self.hesitates:
                self.clock.after(self.hesitates, lambda: self._restore(stack, self.seconds / 2))
            else:
                self._restore(stack, self.seconds / 2)
        if prefix == "DELETE":
            self._remove_services(stack, self.seconds / 2)
        self.clock.after(self.seconds / 2, lambda: stack.enter(end))

    def cancel(self, stack: ScriptedStack, token: str) -> None:
        self.clock.forget()
        for logical_id, one in list(stack.resources.items()):
            if one.status == "UPDATE_IN_PROGRESS":
                stack.resource(logical_id, one.type, "UPDATE_FAILED", "Resource update cancelled")
        self._undo(stack, token, "User Initiated", "UPDATE")

    def roll_back(self, stack: ScriptedStack, token: str, skipped: list[str] | None = None) -> None:
        kind = "CREATE" if stack.status == "CREATE_FAILED" else "UPDATE"
        for logical_id in skipped or []:
            stack.resources[logical_id].status = "UPDATE_COMPLETE"
        if self.rollback_deletes:
            kind, on_failure = "CREATE", "DELETE"
        else:
            on_failure = ""
        self._undo(stack, token, "User Initiated", kind, on_failure)

    def delete(self, stack: ScriptedStack, token: str) -> None:
        self.clock.forget()
        if stack.status == "REVIEW_IN_PROGRESS":
            stack.enter("DELETE_COMPLETE")
            return
        stack.begin("DELETE_IN_PROGRESS", token, "User Initiated")
        if self.never_ends:
            return
        self._remove_services(stack, self.seconds)
        if self.undo_fails:
            broken = next(iter(stack.resources))
            one = stack.resources[broken]
            self.clock.after(
                self.seconds / 2,
                lambda: stack.resource(broken, one.type, "DELETE_FAILED", "it is in use"),
            )
        end = "DELETE_FAILED" if self.undo_fails else "DELETE_COMPLETE"
        self.clock.after(self.seconds, lambda: stack.enter(end))

    def _restore(self, stack: ScriptedStack, seconds: float) -> None:
        """Bring back what the update replaced, and the services to what they ran before it."""
        stack.resources.update(self._replaced)
        for logical_id, (one, definition) in self._before.items():
            service = self.ecs.services[one.physical_id]
            if self.undo_fails and logical_id == "BffService":
                stack.resource(logical_id, one.type, "UPDATE_FAILED", "Service was not ACTIVE.")
            if service.task_definition == definition or self.undo_fails:
                continue
            stack.resource(logical_id, one.type, "UPDATE_IN_PROGRESS")
            service.deploy(definition)
            self.clock.after(seconds * 0.8, self._restored(stack, logical_id, one, service))

    def _restored(
        self, stack: ScriptedStack, logical_id: str, one: Resource, service: EcsService
    ) -> Callable[[], None]:
        def finish() -> None:
            service.complete()
            stack.resource(logical_id, one.type, "UPDATE_COMPLETE")

        return finish

    def _remove_services(self, stack: ScriptedStack, seconds: float) -> None:
        """Delete the stack's services, and then their cluster, within the ``seconds`` it takes."""
        services = [one for one in stack.resources.items() if one[1].type == SERVICE]
        for logical_id, one in services:
            stack.resource(logical_id, one.type, "DELETE_IN_PROGRESS")

        def gone() -> None:
            for logical_id, one in services:
                stack.resource(logical_id, one.type, "DELETE_COMPLETE")
            self.ecs.no_cluster = not self.undo_fails

        if services:
            self.clock.after(seconds * 0.8, gone)
