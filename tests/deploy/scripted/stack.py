"""A stack of the sandbox's CloudFormation that others change, too, and how late reads of it are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bidops_cfn_sandbox.cloudformation.change_sets import change_set_id
from bidops_cfn_sandbox.cloudformation.stack import Stack
from bidops_cfn_sandbox.cloudformation.template import Template
from tests.deploy.scripted.script import SERVICE

if TYPE_CHECKING:
    from tests.deploy.scripted.stacks import ScriptedOperation, ScriptedStacks

Json = dict[str, Any]


@dataclass
class Lag:
    """How late DescribeStacks is, in seconds after the event with which an operation ended.

    Until then it shows the last state of rest before that event: status, time of the update and
    change set. ``relapses`` lets reads show the operation while it runs, and the old state only
    after its end, as happens when one replica is behind; without it every read is old.
    """

    seconds: float = 0.0
    relapses: bool = False


@dataclass
class History:
    """The states of rest that a stack was in: when each began, and how it was described."""

    states: list[tuple[float, Json]] = field(default_factory=list)

    def rest(self, at: float, described: Json) -> None:
        """Note that the stack came to rest."""
        self.states.append((at, described))

    def read(self, now: float, lag: Lag, fresh: Json) -> Json:
        """Return what a read shows now, where the stack really is as in ``fresh``."""
        if not lag.seconds:
            return fresh
        known = [one for at, one in self.states if at <= now - lag.seconds]
        status = fresh["StackStatus"]
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            late = not lag.relapses
        else:
            late = len(known) < len(self.states)
        shown = known[-1:] or [one for _, one in self.states[:1]]
        return shown[0] if late and shown else fresh

    def seen(self, now: float, lag: Lag) -> bool:
        """Tell whether a read of a stack that is gone still finds it by its name."""
        return bool(lag.seconds and self.states) and now < self.states[-1][0] + lag.seconds


# The operation of a status with which one begins.
OPERATIONS = {"CREATE": "CREATE_STACK", "DELETE": "DELETE_STACK", "UPDATE": "UPDATE_STACK"}


@dataclass
class ScriptedStack(Stack):
    """``operation`` is the newest one; ``on_rest`` happens once, at the next end of one."""

    history: History = field(default_factory=History)
    on_rest: list[Callable[[], object]] = field(default_factory=list)
    operation: ScriptedOperation = field(init=False)
    stacks: ScriptedStacks = field(init=False)

    @property
    def text(self) -> str:
        """The template's text."""
        return self.template.text if self.template else ""

    @text.setter
    def text(self, text: str) -> None:
        self.template = Template(text, {})

    def physical_id(self, logical_id: str) -> str:
        return self.resources[logical_id].made.physical_id

    def note(self, logical_id: str, **changes: Any) -> None:
        """Let the stack list a resource otherwise."""
        self.resources[logical_id] = replace(self.resources[logical_id], **changes)

    def identify(self, logical_id: str, physical_id: str) -> None:
        """Let a resource be called otherwise."""
        made = self.resources[logical_id].made
        self.note(logical_id, made=replace(made, physical_id=physical_id))

    def rest(self) -> None:
        """Let happen what waits for the end of an operation."""
        happening, self.on_rest = self.on_rest, []
        for happen in happening:
            happen()

    def begin(self, status: str, token: str = "", reason: str = "", **more: str) -> None:
        """Let an operation of another operator begin; ``enter`` goes on with it."""
        self.stacks.stop(self)
        kind = "ROLLBACK" if "ROLLBACK" in status else OPERATIONS[status.partition("_")[0]]
        self.updated = self.stacks.engine.clock.now()
        self.stacks.operation(self, kind, token or None).enter(status, reason or None, **more)
        if status == "UPDATE_IN_PROGRESS":
            self.stacks.hold(self)

    def enter(self, status: str, reason: str = "") -> None:
        """Let the operation of another operator go on to a status."""
        self.stacks.stop(self)
        self.operation.enter(status, reason or None)
        if not self.is_busy:
            self.rest()

    def event(
        self, logical_id: str, type_: str, status: str, reason: str = "", **more: str
    ) -> None:
        """Write an event of the newest operation."""
        known = self.resources.get(logical_id)
        physical_id = known.made.physical_id if known else self.id
        self.operation.record(logical_id, type_, physical_id, status, reason or None, **more)


TOKEN = "Console-ExecuteChangeSet-1f2e3d4c"


@dataclass
class Other:
    """What another operator does to ``stack``; each of it may be scripted to happen at any time."""

    stack: ScriptedStack
    token: str = TOKEN

    def update(self, seconds: float = 10.0, *, fails: bool = False) -> None:
        """Begin an update that ends after ``seconds``, well or rolled back."""
        stack, after = self.stack, self.stack.stacks.engine.clock.after
        stack.change_set_id = change_set_id(stack, "theirs")
        stack.begin("UPDATE_IN_PROGRESS", self.token, "User Initiated")
        if not fails:
            after(seconds, self.entering("UPDATE_COMPLETE"))
            return

        def fail() -> None:
            stack.event("AgentCoreService", SERVICE, "UPDATE_FAILED", "theirs broke")
            reason = "The following resource(s) failed to update: [AgentCoreService]. "
            stack.begin("UPDATE_ROLLBACK_IN_PROGRESS", self.token, reason)

        after(seconds / 2, fail)
        after(seconds, self.entering("UPDATE_ROLLBACK_COMPLETE"))

    def delete(self, seconds: float = 5.0) -> None:
        """Delete the stack; whatever runs on it stops."""
        self.stack.begin("DELETE_IN_PROGRESS", "Console-DeleteStack-5b6a7988", "User Initiated")
        self.stack.stacks.engine.clock.after(seconds, self.entering("DELETE_COMPLETE"))

    def cancel(self, seconds: float = 5.0) -> None:
        """Cancel the update that runs."""
        token = "Console-CancelUpdateStack-0a1b2c3d"
        self.stack.begin("UPDATE_ROLLBACK_IN_PROGRESS", token, "User Initiated")
        self.stack.stacks.engine.clock.after(seconds, self.entering("UPDATE_ROLLBACK_COMPLETE"))

    def entering(self, status: str) -> Callable[[], None]:
        """Return what brings the stack into ``status``."""
        return lambda: self.stack.enter(status)
