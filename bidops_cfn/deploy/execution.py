"""Executing a change set exactly once, and following the operation to its verdict."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.change_set import ChangeSet, summarize_changes
from bidops_cfn.deploy.events import EventLog, describe_request, find_newest_event, find_request
from bidops_cfn.deploy.evidence import Evidence, list_deployment_ids
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.follow import INTERRUPTED, handle_interrupt, make_left_error
from bidops_cfn.deploy.guards import confirm
from bidops_cfn.deploy.operation import CancelMethod, Operation, has_begun
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.protection import decide_on_policy, hold_policy_open
from bidops_cfn.deploy.records import Notice, Result
from bidops_cfn.deploy.runtime import OutputClosed, Runtime
from bidops_cfn.deploy.stack import find_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.verdict import conclude_deployment
from bidops_cfn.errors import CannotTell, ChangeSetFailed, Interrupted, StillRunning

if TYPE_CHECKING:
    from bidops_cfn.deploy.plan import Plan  # which executes by this module


class Purpose(Enum):
    """What a change set is created for."""

    EXECUTE = "execute"
    SHOW = "show"  # and delete
    KEEP = "keep"  # to be executed later


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who deploys chose; ``minutes`` is the time limit of the operation.

    ``take`` gets the plan of a change set that is kept, and returns what to type next; the change
    set is deleted if it raises. ``revert_drift`` compares with what is live, too.
    """

    purpose: Purpose = Purpose.EXECUTE
    revert_drift: bool = False
    yes: bool = False
    wait: bool = False
    recreate: bool = False
    allowed: frozenset[str] = field(default_factory=frozenset)
    minutes: float = 30
    take: Callable[[Plan], str] | None = None


def execute_on_agreement(
    runtime: Runtime,
    context: DeploymentContext,
    change_set: ChangeSet,
    options: Options,
    otherwise: str,
    *,
    keep: Callable[[], None] = lambda: None,
) -> Result:
    """Ask, execute the change set and return how the operation ended; ``otherwise`` as ``confirm``.

    ``keep`` is called as soon as the change set must not be deleted any more: it runs, or may run.
    """
    target = context.target
    kept = decide_on_policy(runtime, target, context.foreign_policy, yes=options.yes)
    changes = summarize_changes(context, change_set.changes)
    confirm(runtime, target.environment, changes, yes=options.yes, otherwise=otherwise)
    operation = Operation(
        target,
        EventLog(change_set.stack_id, {change_set.name}),
        options.minutes,
        token=change_set.name,
        cancel_method=CancelMethod.DELETE,
        change_set_id=change_set.id,
        kept_policy=kept,
    )
    execution = Execution(runtime, context, operation, keep)
    if context.deployed is None:
        return execution.run()
    operation.cancel_method = CancelMethod.CANCEL
    operation.before = find_stack(runtime.client, change_set.stack_id)
    baseline = list_deployment_ids(runtime.client, change_set.stack_id)
    operation.evidence = Evidence(baseline=baseline)
    protects = target.environment.deploy.termination_protection and not kept
    allowed = options.allowed if protects else frozenset()
    with hold_policy_open(runtime, operation.before, context.protected_template, allowed):
        return execution.run()


@dataclass(frozen=True, slots=True)
class Execution:
    """The execution of a change set, which ``operation`` follows; ``keep`` keeps it."""

    runtime: Runtime
    context: DeploymentContext
    operation: Operation
    keep: Callable[[], None]

    def run(self) -> Result:
        """Execute the change set and return how that ended."""
        operation = self.operation
        operation.event_log.mark = find_newest_event(self.runtime.client, operation.stack_id)
        try:
            self._execute()
            self._keep()
            return conclude_deployment(self.runtime, self.context, operation)
        except StillRunning:
            self._keep()
            raise
        except (OutputClosed, KeyboardInterrupt) as end:
            if not self._runs():
                raise
            raise make_left_error(operation, str(end) or INTERRUPTED, seen=False) from None

    def _keep(self) -> None:
        self.keep()
        if not self.operation.target.local:
            self.runtime.stack_ids.keep(self.operation.stack_id)

    def _execute(self) -> None:
        try:
            self._send()
        except KeyboardInterrupt as stop:
            if not self._has_begun():
                raise
            handle_interrupt(self.runtime, self.operation, stop)

    def _runs(self) -> bool:
        try:
            begun = self.operation.event_log.start is not None or self._has_begun()
        except StillRunning:
            self._keep()
            raise
        if begun:
            self._keep()
        return begun

    def _send(self) -> None:
        """Send the request, and return when the change set runs, also when the answer is lost."""
        self.runtime.output.status("Executing the change set ...")
        try:
            about = {"ChangeSetName": self.operation.change_set_id}
            token = self.operation.token
            self.runtime.client(Call.EXECUTE_CHANGE_SET, ClientRequestToken=token, **about)
        except Fault as fault:
            if not self._has_begun(fault):
                deploy = self.operation.target.command("deploy")
                step = f"Nothing was changed. Run the deployment again: {deploy}"
                what = "the change set could not be executed"
                raise ChangeSetFailed(what, str(fault), hint=fault.before(step)) from fault
            self._adopt_request()

    def _adopt_request(self) -> None:
        log = self.operation.event_log
        begun = None
        with suppress(Fault):  # they are read again right away
            begun = find_request(self.runtime.client, log.stack_id, log.mark, self.operation.token)
        if begun is None or begun.token in ("", *log.tokens):
            return
        log.tokens.add(begun.token)
        message = "others have executed this change set, which is followed to its end"
        self.runtime.output.emit(Notice(message, (describe_request(begun),)))

    def _has_begun(self, fault: Fault | None = None) -> bool:
        change_set = self.operation.change_set_id

        def ask() -> bool:
            answer = self.runtime.client(Call.DESCRIBE_CHANGE_SET, ChangeSetName=change_set)
            return str(answer.get("ExecutionStatus", "")).startswith("EXECUTE_")

        try:
            return has_begun(self.runtime, self.operation, self.operation.token, fault, ask)
        except (Fault, KeyboardInterrupt) as unknown:
            what = "cannot tell whether the change set was executed"
            status = self.operation.target.command("status")
            step = f"Look at the stack when AWS answers again: {status}"
            raise CannotTell(what, str(unknown) or "interrupted", hint=step) from unknown


def make_interrupted_error(target: Target) -> Interrupted:
    """Return the error for a deployment that was interrupted before anything was executed."""
    step = f"Deploy when you are ready: {target.command('deploy')}"
    return Interrupted("interrupted", "nothing was executed", hint=step)
