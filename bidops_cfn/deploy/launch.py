"""Executing a change set that everybody agrees to, and following it to its verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.attend import Undo, heed, left
from bidops_cfn.deploy.conclusion import conclude
from bidops_cfn.deploy.events import Journal, newest
from bidops_cfn.deploy.evidence import Evidence, baseline
from bidops_cfn.deploy.execution import execute, started
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.protection import protect
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import parsed
from bidops_cfn.errors import StillRunning


@dataclass(frozen=True, slots=True)
class Launch:
    """A change set to execute: whose it is, the request's token, and for how long to follow it."""

    stack_id: str
    change_set_id: str
    token: str
    update: bool
    allowed: frozenset[str]
    minutes: float


def launch(
    runtime: Runtime, subject: Subject, what: Launch, keep: Callable[[], None] = lambda: None
) -> Result:
    """Execute the change set and return how the operation ended.

    ``keep`` is called as soon as the change set must not be deleted any more: it runs, or nobody
    can tell that it does not.
    """
    target = subject.target
    operation = Operation(Journal(what.stack_id, {what.token}), change_set_id=what.change_set_id)
    if what.update:
        operation.before = stacks.find(runtime.wire, what.stack_id)
        operation.evidence = Evidence(baseline=baseline(runtime.wire, what.stack_id))
        if what.allowed and operation.before is not None:
            protect(runtime, target, operation.before, parsed(subject.deployed), what.allowed)
    operation.journal.mark = newest(runtime.wire, what.stack_id)
    undo = Undo.CANCEL if what.update else Undo.DELETE
    try:
        send(runtime, target, what, operation, undo)
        keep()
        return conclude(runtime, subject, operation, undo, what.minutes)
    except StillRunning:
        keep()
        raise
    except KeyboardInterrupt:
        if runs(runtime, target, what, keep):
            raise left(target, "interrupted; CloudFormation goes on") from None
        raise


def send(runtime: Runtime, target: Target, what: Launch, operation: Operation, undo: Undo) -> None:
    """Execute the change set; heed an interrupt meanwhile once it is known to run."""
    try:
        execute(runtime, target, what.change_set_id, what.token)
    except KeyboardInterrupt as stop:
        if not started(runtime, target, what.change_set_id):
            raise
        heed(runtime, target, operation, undo, stop)


def runs(runtime: Runtime, target: Target, what: Launch, keep: Callable[[], None]) -> bool:
    """Tell whether the change set runs, after an interrupt that came between two steps."""
    try:
        begun = started(runtime, target, what.change_set_id)
    except StillRunning:
        keep()
        raise
    if begun:
        keep()
    return begun
