"""Another operator of the same stack, at the console."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bidops_cfn_sandbox.cloudformation.change_sets import change_set_id
from tests.deploy.scripted.script import SERVICE
from tests.deploy.scripted.stack import ScriptedStack

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
