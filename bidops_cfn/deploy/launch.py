"""Executing a change set that everybody agrees to, and following it to its verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.attend import Undo, heed
from bidops_cfn.deploy.conclusion import conclude
from bidops_cfn.deploy.events import Journal, newest
from bidops_cfn.deploy.evidence import Evidence, baseline
from bidops_cfn.deploy.execution import execute
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.protection import protect
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.template import parsed
from bidops_cfn.deploy.watch import Operation
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
        stop = execute(runtime, target, what.change_set_id, what.token)
    except StillRunning:
        keep()
        raise
    keep()
    if stop is not None:
        heed(runtime, target, operation, undo, stop)
    return conclude(runtime, subject, operation, undo, what.minutes)
