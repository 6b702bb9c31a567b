"""What CloudFormation's early validation and hooks say of a change set."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.change_set import ChangeSet
from bidops_cfn.deploy.faults import Fault, Unsupported
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.wire import paged


def objections(runtime: Runtime, change_set_id: str) -> Iterator[str]:
    """Yield what early validation and hooks say of a change set (``DescribeEvents``)."""
    try:
        events = list(
            paged(
                runtime.wire, Call.DESCRIBE_EVENTS, "OperationEvents", ChangeSetName=change_set_id
            )
        )
    except Unsupported:
        return
    except Fault as fault:
        yield f"validation results cannot be read: {fault}"
        return
    for event in events:
        where = event.get("LogicalResourceId", "")
        if event.get("EventType") == "VALIDATION_ERROR":
            path = event.get("ValidationPath", "")
            said = event.get("ValidationStatusReason", "")
            mode = event.get("ValidationFailureMode", "FAIL")
            yield f"{mode} {event.get('ValidationName', '')} {where} {path}: {said}"
        elif event.get("EventType") == "HOOK_INVOCATION_ERROR":
            said = event.get("HookStatusReason", "")
            mode = event.get("HookFailureMode", "FAIL")
            yield f"{mode} {event.get('HookType', '')} {where}: {said}"


def hooks(runtime: Runtime, change_set: ChangeSet) -> Iterator[str]:
    """Yield the hooks that will judge the change set's resources when it is executed."""
    if not any(change.hooks for change in change_set.changes):
        return
    for hook in paged(
        runtime.wire, Call.DESCRIBE_CHANGE_SET_HOOKS, "Hooks", ChangeSetName=change_set.id
    ):
        details = hook.get("TargetDetails", {}).get("ResourceTargetDetails", {})
        yield f"{hook['TypeName']} judges {details.get('LogicalResourceId', 'the stack')}"
