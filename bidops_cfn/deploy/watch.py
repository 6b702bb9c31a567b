"""``watch``: following the latest operation again, or telling how it ended."""

from __future__ import annotations

from dataclasses import replace

from bidops_cfn.deploy.cancellation import CancelMethod
from bidops_cfn.deploy.change_set import list_change_sets
from bidops_cfn.deploy.failure import make_failure_error
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.follow import follow_operation
from bidops_cfn.deploy.operation import find_latest_operation
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack, find_stack, get_template, require_account
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.verdict import (
    SUCCESS,
    make_unreadable_error,
    report_success,
    require_services_running,
)
from bidops_cfn.errors import GuardRefused

GOOD = (*SUCCESS, "IMPORT_COMPLETE")


def watch(runtime: Runtime, target: Target, minutes: float) -> Result:
    """Follow the stack's latest operation from its first event; return how it ended.

    A time limit only ends the watching: the operation may be that of others.
    """
    require_account(runtime, target)
    stack = find_watched_stack(runtime, target)
    operation = find_latest_operation(runtime, stack)
    runtime.stack_ids.keep(stack.id)
    stack = follow_operation(runtime, target, operation, CancelMethod.NOTHING, minutes)
    deleted = stack.status == "DELETE_COMPLETE"
    if deleted and operation.event_log.start is None:
        raise make_gone_error(target)  # it never was more than a placeholder
    if not (operation.deletes if deleted else stack.status in GOOD):
        raise make_failure_error(target, operation, stack)
    if deleted:
        stack = replace(stack, outputs=())  # they went with it
    else:
        try:
            text = get_template(runtime.client, stack.id)
        except Fault as fault:
            raise make_unreadable_error(target, stack, fault) from fault
        require_services_running(runtime, target, operation, stack, text)
    start = operation.event_log.start
    when = start.time if start else stack.updated
    begun = f", by the operation of {when:%Y-%m-%d %H:%M} UTC" if when else ""
    summary = f"{stack.name} is {stack.status}{begun}"
    result = report_success(runtime, target, stack, "finished", summary, operation=operation)
    return replace(result, next=f"Create it again: {target.creation()}") if deleted else result


def find_watched_stack(runtime: Runtime, target: Target) -> Stack:
    """Return the target's stack; raise ``GuardRefused`` where there was no operation.

    A stack that is gone is found by the id that was kept when an operation on it began.
    """
    stack = find_stack(runtime.client, target.environment.stack_name)
    if stack is not None:
        require_executed(runtime, target, stack)
        return stack
    stack = find_gone_stack(runtime, target)
    if stack is None:
        raise make_gone_error(target)
    return stack


def find_gone_stack(runtime: Runtime, target: Target) -> Stack | None:
    """Return the target's latest stack by the id that was kept of it, where one was."""
    environment = target.environment
    kept = runtime.stack_ids.find(
        environment.account_id, environment.region, environment.stack_name
    )
    return find_stack(runtime.client, kept) if kept else None


def make_gone_error(target: Target) -> GuardRefused:
    """Return the error for a stack that is neither there nor known to have been."""
    environment = target.environment
    query = f"StackSummaries[?StackName=='{environment.stack_name}'].[StackId,StackStatusReason]"
    listing = "cloudformation list-stacks --stack-status-filter DELETE_COMPLETE"
    events = "cloudformation describe-stack-events --stack-name STACK_ID"
    return GuardRefused(
        f"{environment.name} is not deployed",
        f"there is no stack {environment.stack_name} in "
        f"{environment.account_id}, {environment.region}",
        details=["cannot tell whether a creation was undone: none was begun or watched from here"],
        hint="Look for it among the stacks that are gone, and read its events by its id:\n"
        f'  {target.aws(listing, environment.region)} --query "{query}"\n'
        f"  {target.aws(events, environment.region)}\n"
        f"Or create it: {target.creation()}",
    )


def require_executed(runtime: Runtime, target: Target, stack: Stack) -> None:
    """Raise ``GuardRefused`` for a placeholder whose change set was not executed."""
    if stack.status != "REVIEW_IN_PROGRESS":
        return
    found = list(list_change_sets(runtime.client, stack.id))
    if any(one.execution.startswith("EXECUTE_") for one in found):
        return  # the stack was read a moment too early
    raise GuardRefused(
        f"no operation to watch on {stack.name}",
        "its first change set has not been executed",
        details=[f"{one.name} waits: {one.description}" for one in found if one.live],
        hint=f"Execute its plan: {target.command('deploy', '--plan', 'FILE')}",
    )
