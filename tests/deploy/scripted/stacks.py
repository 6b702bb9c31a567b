"""The sandbox's stacks and their operations, as a script lets them go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from math import inf
from typing import Any

from bidops_cfn_sandbox.cloudformation import execution
from bidops_cfn_sandbox.cloudformation.answers import stack_answer
from bidops_cfn_sandbox.cloudformation.deployment import Deployment
from bidops_cfn_sandbox.cloudformation.execution import Goal, update_failed
from bidops_cfn_sandbox.cloudformation.operation import Operation, OperationFailed, StackFailed
from bidops_cfn_sandbox.cloudformation.stack import Resource, Settings, Stack
from bidops_cfn_sandbox.cloudformation.stacks import End, Stacks
from bidops_cfn_sandbox.cloudformation.template import Template, read_template
from bidops_cfn_sandbox.engine.clock import Process
from bidops_cfn_sandbox.models.registry import TYPES
from bidops_cfn_sandbox.resource_type import ResourceType
from tests.deploy.scripted.script import Script, ScriptedEngine
from tests.deploy.scripted.stack import ScriptedStack
from tests.deploy.scripted.types import Named

Json = dict[str, Any]
BEGUN = ("CREATE_STACK", "UPDATE_STACK")
CREATED: dict[str, Stack] = {}


@cache
def read_known(text: str) -> Template:
    """Return a template that may have been read before."""
    return read_template(text, TYPES)


@dataclass
class ScriptedOperation(Operation):
    """An operation whose events say what the script wants them to say."""

    stack: ScriptedStack
    engine: ScriptedEngine

    def __post_init__(self) -> None:
        super().__post_init__()
        self.stack.operation = self

    def enter(self, status: str, reason: str | None = None, **more: str) -> None:
        script = self.engine.script
        script.undoing = "ROLLBACK" in status
        undone = script.undoing or self.stack.status == "CREATE_IN_PROGRESS"
        if script.refused and undone and status.endswith("_IN_PROGRESS"):
            more = {**more, **script.refused}
            reason = more.pop("ResourceStatusReason")
        super().enter(status, reason, **more)
        if not self.stack.is_busy:
            self.stack.history.rest(self.engine.clock.elapsed, stack_answer(self.stack))

    def record(
        self,
        logical_id: str,
        type_: str,
        physical_id: str,
        status: str,
        reason: str | None = None,
        **more: str,
    ) -> None:
        script = self.engine.script
        handler = (reason or "").startswith("Resource handler returned message")
        if logical_id == script.fails and handler and not script.undoing:
            reason, more = script.fails_because, {**more, **script.fails_as}
        super().record(logical_id, type_, physical_id, status, reason, **more)

    def cancel(self, logical_id: str, kind: ResourceType, physical_id: str, verb: str) -> None:
        if self.engine.script.refused:
            self.record(logical_id, kind.name, physical_id, f"{verb}_COMPLETE")
        else:
            super().cancel(logical_id, kind, physical_id, verb)

    def restore(self, resource: Resource) -> Process[None]:
        yield self.engine.script.hesitates
        yield from super().restore(resource)


@dataclass
class ScriptedStacks(Stacks):
    """Stacks of one place; ``others`` are exports of stacks that are not there."""

    engine: ScriptedEngine
    others: dict[str, str] = field(default_factory=dict)

    def exports(self) -> dict[str, tuple[str, str]]:
        others = {name: (value, "other") for name, value in self.others.items()}
        return {**super().exports(), **others}

    def read(self, text: str) -> Template:
        return read_known(text)

    def find_outputs(self, name: str, region: str, account: str) -> Mapping[str, str]:
        return super().find_outputs(name, region, account) or Named()

    def add(self, name: str, status: str) -> ScriptedStack:
        id_ = self.place.arn("cloudformation", f"stack/{name}/{len(self.all) + 1:08d}")
        now = self.engine.clock.now()
        stack = self.all[id_] = ScriptedStack(self.place, name, id_, now, status)
        stack.stacks = self
        return stack

    def operation(self, stack: Stack, type_: str, token: str | None = None) -> ScriptedOperation:
        assert isinstance(stack, ScriptedStack)
        return ScriptedOperation(stack, self.engine, self.types, type_, token)

    def stand(
        self,
        name: str,
        status: str,
        text: str = "",
        parameters: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> ScriptedStack:
        """Keep a stack that was created before, and is in ``status`` since."""
        stack, now = self.add(name, status), self.engine.clock.now()
        if text:
            self._fill(stack, Goal(self.read(text), parameters or {}, Settings(tags or {})))
        stack.events, stack.history.states = [], []
        operation = self.operation(stack, BEGUN[0])
        operation.id, stack.operations, stack.updated = "", [], now if text else None
        operation.enter(status)
        if text and status.endswith("FAILED"):
            self.unfinished[stack.id] = self._deployment(operation)
        return stack

    def _fill(self, stack: ScriptedStack, goal: Goal) -> None:
        """Let a stack have what its creation makes, which is the same wherever it is the same."""
        key = f"{stack.id} {goal} {self.others}"
        if key not in CREATED:
            script, self.engine.script = self.engine.script, Script(seconds=0)
            self.deploy(stack, goal, "CREATE")
            assert stack.status == "CREATE_COMPLETE", stack.events
            self.engine.script, CREATED[key] = script, copy(stack)
        for what in ("template", "parameters", "settings", "resources", "outputs", "imported"):
            setattr(stack, what, copy(getattr(CREATED[key], what)))
        self.engine.made |= Counter([*stack.resources])

    def _deployment(self, operation: ScriptedOperation) -> Deployment:
        """Return a deployment that would have to take the services back."""
        stack = operation.stack
        assert stack.template is not None
        goal = Goal(stack.template, stack.parameters, stack.settings)
        scope = self.scope(stack, goal, lambda one: stack.resources[one].made)
        held = Deployment(operation, scope, stack.settings.tags, dict(stack.resources))
        if stack.status.startswith("CREATE"):
            held.made = [*stack.resources.values()]
        elif "BffService" in stack.resources:
            held.updated = [stack.resources["BffService"]]
        return held

    def hold(self, stack: ScriptedStack) -> None:
        """Let the operation that has begun run until it is cancelled, or goes on."""
        operation, held = stack.operation, self._deployment(stack.operation)

        def process() -> Process[Deployment | None]:
            try:
                yield inf
            except OperationFailed as failure:
                return (yield from update_failed(operation, held, failure, "ROLLBACK"))
            return None

        super().begin(operation, process(), stack.rest)

    def stop(self, stack: ScriptedStack) -> None:
        """Let nothing of the operation that runs happen any more."""
        if stack.is_busy and stack.id in self.running:
            self.running.pop(stack.id).stop()

    def roll_back(self, stack: Stack, *rest: Any, **more: Any) -> Operation:
        left = self.unfinished.get(stack.id)
        if not self.engine.script.rollback_deletes or left is None:
            return super().roll_back(stack, *rest, **more)
        operation = self.operation(stack, "ROLLBACK", more.get("token"))
        return self.begin(operation, execution.delete(operation, frozenset()))

    def begin(
        self, operation: Operation, process: Process[Deployment | None], end: End = None
    ) -> Operation:
        assert isinstance(operation, ScriptedOperation)
        script, stack, clock = self.engine.script, operation.stack, self.engine.clock

        def ended() -> None:
            if end is not None:
                end()
            stack.rest()

        super().begin(operation, process, ended)
        if operation.type in BEGUN:
            for at, happen in script.on_update:
                clock.after(at, happen)
            if script.refused:
                half, refused = script.seconds / 2, StackFailed()
                clock.after(half, lambda: self.running[stack.id].interrupt(refused))
        return operation
