"""Executing a change set exactly once, and following the operation to its verdict.

Also when the answer to the call is lost, and when an interrupt comes in the middle of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.cancellation import CancelMethod
from bidops_cfn.deploy.events import (
    EventLog,
    describe_request,
    find_newest_event,
    find_request,
)
from bidops_cfn.deploy.evidence import Evidence, list_deployment_ids
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.follow import (
    handle_interrupt,
    make_still_running_error,
)
from bidops_cfn.deploy.operation import Operation, has_begun
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.protection import Opening, hold_policy_open
from bidops_cfn.deploy.records import Notice, Result
from bidops_cfn.deploy.runtime import OutputClosed, Runtime
from bidops_cfn.deploy.stack import find_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import Json
from bidops_cfn.deploy.verdict import conclude_deployment
from bidops_cfn.errors import CannotTell, ChangeSetFailed, StillRunning


@dataclass(frozen=True, slots=True)
class Execution:
    """A change set to execute: its stack, the request's token, and for how long to follow it.

    ``allowed`` are the replacements that the stack policy is opened for, ``kept_policy`` is one
    that it is not replaced by ours.
    """

    stack_id: str
    change_set_id: str
    token: str
    update: bool
    allowed: frozenset[str]
    minutes: float
    kept_policy: Json | None = None


def execute_and_follow(
    runtime: Runtime,
    context: DeploymentContext,
    execution: Execution,
    keep: Callable[[], None] = lambda: None,
) -> Result:
    """Execute the change set and return how the operation ended.

    ``keep`` is called as soon as the change set must not be deleted any more: it runs, or may run.
    """
    target = context.target

    def keep_all() -> None:
        keep()
        if not target.local:
            runtime.stack_ids.keep(execution.stack_id)

    operation = Operation(
        EventLog(execution.stack_id, {execution.token}),
        change_set_id=execution.change_set_id,
        kept_policy=execution.kept_policy,
    )
    if execution.update:
        operation.before = find_stack(runtime.client, execution.stack_id)
        operation.evidence = Evidence(
            baseline=list_deployment_ids(runtime.client, execution.stack_id)
        )
    with ExitStack() as held:
        if operation.before is not None:
            ours = target.environment.deploy.termination_protection and not execution.kept_policy
            allowed = execution.allowed if ours else frozenset()
            opening = Opening(operation.before, context.protected_template, allowed)
            held.enter_context(hold_policy_open(runtime, opening))
        return follow_execution(runtime, context, execution, operation, keep_all)


def follow_execution(
    runtime: Runtime,
    context: DeploymentContext,
    execution: Execution,
    operation: Operation,
    keep: Callable[[], None],
) -> Result:
    """Execute the change set, with the stack policy as it has to be; return how that ended."""
    target = context.target
    operation.event_log.mark = find_newest_event(runtime.client, execution.stack_id)
    cancel_method = CancelMethod.CANCEL if execution.update else CancelMethod.DELETE
    try:
        execute(runtime, target, execution, operation, cancel_method)
        keep()
        return conclude_deployment(runtime, context, operation, cancel_method, execution.minutes)
    except StillRunning:
        keep()
        raise
    except OutputClosed:
        keep()
        raise make_still_running_error(target, "the output is not read any more") from None
    except KeyboardInterrupt:
        if is_running(runtime, target, execution, operation, keep):
            raise make_still_running_error(target, "interrupted; CloudFormation goes on") from None
        raise


def execute(
    runtime: Runtime,
    target: Target,
    execution: Execution,
    operation: Operation,
    cancel_method: CancelMethod,
) -> None:
    """Execute the change set; handle an interrupt meanwhile, once it is known to run."""
    try:
        execute_change_set(runtime, target, execution, operation)
    except KeyboardInterrupt as stop:
        if not is_execution_started(runtime, target, execution, operation):
            raise
        handle_interrupt(runtime, target, operation, cancel_method, stop)


def is_running(
    runtime: Runtime,
    target: Target,
    execution: Execution,
    operation: Operation,
    keep: Callable[[], None],
) -> bool:
    """Tell whether the change set runs, after an interrupt that came between two steps."""
    try:
        begun = operation.event_log.start is not None or is_execution_started(
            runtime, target, execution, operation
        )
    except StillRunning:
        keep()
        raise
    if begun:
        keep()
    return begun


def execute_change_set(
    runtime: Runtime, target: Target, execution: Execution, operation: Operation
) -> None:
    """Execute the change set, also when the answer to the call is lost; return when it runs.

    The call carries a token, so that repeating it starts nothing twice. When it fails,
    CloudFormation is asked whether it took effect. Raises ``ChangeSetFailed`` when it did not,
    ``CannotTell`` when nothing tells.
    """
    runtime.output.status("Executing the change set ...")
    try:
        runtime.client(
            Call.EXECUTE_CHANGE_SET,
            ChangeSetName=execution.change_set_id,
            ClientRequestToken=execution.token,
        )
    except Fault as fault:
        if is_execution_started(runtime, target, execution, operation, fault):
            adopt_request(runtime, execution, operation)
        else:
            step = f"Nothing was changed. Run the deployment again: {target.command('deploy')}"
            raise ChangeSetFailed(
                "the change set could not be executed", str(fault), hint=fault.before(step)
            ) from fault


def adopt_request(runtime: Runtime, execution: Execution, operation: Operation) -> None:
    """Follow the request that executes the change set as ours, if others sent it before us."""
    log = operation.event_log
    begun = None
    with suppress(Fault):  # they are read again right away
        begun = find_request(runtime.client, execution.stack_id, log.mark, execution.token)
    if begun is None or begun.token in ("", *log.tokens):
        return
    log.tokens.add(begun.token)
    runtime.output.emit(
        Notice(
            "others have executed this change set, which is followed to its end",
            (describe_request(begun),),
        )
    )


def is_execution_started(
    runtime: Runtime,
    target: Target,
    execution: Execution,
    operation: Operation,
    fault: Fault | None = None,
) -> bool:
    """Tell whether the change set's execution has begun, by the stack's events and by its own word.

    ``fault`` is how the call failed, None where it was interrupted.
    """

    def ask() -> bool:
        answer = runtime.client(Call.DESCRIBE_CHANGE_SET, ChangeSetName=execution.change_set_id)
        return str(answer.get("ExecutionStatus", "")).startswith("EXECUTE_")

    try:
        return has_begun(runtime, operation, execution.token, fault, ask)
    except Fault as unknown:
        raise CannotTell(
            "cannot tell whether the change set was executed",
            str(unknown),
            hint=f"Look at the stack when AWS answers again: {target.command('status')}",
        ) from unknown
