"""Cancelling an operation, and with an update its rollouts: that spares healthy tasks.

CloudFormation rolls an update back by another deployment of each service, which replaces tasks of
the old revision by new ones (containers-roadmap#117). ECS's own stop goes back to the revision
before with the tasks that still run it; CloudFormation then finds the service as it wants it. The
update is cancelled first: a rollout that is stopped in an update that goes on would be lost.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, NotingClient
from bidops_cfn.deploy.ecs_services import (
    STOPPABLE,
    EcsService,
    describe_service_deployment,
    describe_services,
    list_service_deployments,
)
from bidops_cfn.deploy.evidence import CLOCKS_APART
from bidops_cfn.deploy.faults import Fault, Unsupported
from bidops_cfn.deploy.operation import CancelMethod, Operation, has_begun
from bidops_cfn.deploy.poll import EndUnknown, OperationUnreadable, Poller
from bidops_cfn.deploy.records import Notice
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import find_stack, is_in_progress

CANCELLABLE = ("UPDATE_IN_PROGRESS", "CREATE_IN_PROGRESS")
INSTEAD = "CloudFormation rolls back by itself, and may replace running tasks once more."


class NotCancelled(Exception):
    """An operation could not be cancelled; ``known`` is False when it may have been, or is over."""

    def __init__(self, why: str, fault: Fault | None = None, *, known: bool = True) -> None:
        super().__init__(why)
        self.fault = fault
        self.known = known


def request_cancel(runtime: Runtime, operation: Operation, reason: str) -> None:
    """Cancel the operation for ``reason``; what has ended, or goes back already, is left as it is.

    CloudFormation cancels whatever runs, and a question takes its time: what runs now may be the
    next operation, of others. Raises ``NotCancelled``.
    """
    runtime.output.status("Cancelling ...")
    token = f"bidops-cfn-cancel-{runtime.unique()[:8]}"
    updating = operation.cancel_method is CancelMethod.CANCEL
    call = Call.CANCEL_UPDATE_STACK if updating else Call.DELETE_STACK
    try:
        running = _is_running(runtime, operation)
    except (Fault, EndUnknown) as unknown:
        why = f"it cannot be told whether it still runs: {unknown}"
        raise NotCancelled(why, known=False) from unknown
    if not running or _is_going_back(operation):
        status = operation.event_log.status
        runtime.output.emit(Notice(f"nothing to cancel: it is in {status} already"))
        return
    operation.event_log.tokens.add(token)
    rollouts = list(_find_rollouts(runtime, operation)) if updating else []
    try:
        runtime.client(call, StackName=operation.stack_id, ClientRequestToken=token)
    except Fault as fault:
        if not _is_cancelled(runtime, operation, token, fault):
            return
    operation.cancelled = reason
    for name, arn in rollouts:
        _stop_rollout(runtime, operation, name, arn)


def _is_cancelled(runtime: Runtime, operation: Operation, token: str, fault: Fault) -> bool:
    """Tell whether a cancellation took effect whose call failed; False when it came too late."""
    try:
        if has_begun(runtime, operation, token, fault):
            return True
        if not _is_running(runtime, operation) or _is_going_back(operation):
            return False
    except (Fault, EndUnknown):
        why = f"it cannot be told whether the request took effect: {fault}"
        raise NotCancelled(why, known=False) from fault
    raise NotCancelled(str(fault), fault) from fault


def _is_going_back(operation: Operation) -> bool:
    status = operation.event_log.status
    return bool(status) and status not in CANCELLABLE


def _is_running(runtime: Runtime, operation: Operation) -> bool:
    log = operation.event_log
    poller = Poller(runtime, operation, NotingClient(runtime.client), runtime.clock.monotonic())
    try:
        readable = poller.poll_events()
    except OperationUnreadable as lost:
        raise lost.fault from lost
    if readable:
        return log.end is None and log.successor is None
    stack = find_stack(runtime.client, operation.stack_id)
    if stack is None or not is_in_progress(stack.status):
        left = f"is in {stack.status}" if stack else "is not there any more"
        raise EndUnknown(f"its events cannot be read, and the stack {left}")
    if operation.is_of_others(stack):
        raise EndUnknown
    return True


def _find_rollouts(runtime: Runtime, operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield service and ARN of each rollout of the operation whose service runs older tasks."""
    since, active = operation.evidence.since, sorted(operation.evidence.active)
    if since is None or not active:
        return
    try:
        for service in describe_services(runtime.client, active):
            if any(one.running for one in service.deployments if one.status != "PRIMARY"):
                name = operation.evidence.services[service.arn].name
                for arn in _list_rollouts(runtime.client, service, since):
                    yield name, arn
    except Unsupported:
        return  # the endpoint is older than the call
    except (Fault, LookupError, TypeError) as unread:
        runtime.output.emit(Notice(f"the rollouts cannot be stopped: {unread!s}", (INSTEAD,)))


def _stop_rollout(runtime: Runtime, operation: Operation, name: str, arn: str) -> None:
    stop = {"serviceDeploymentArn": arn, "stopType": "ROLLBACK"}
    try:
        runtime.client(Call.STOP_SERVICE_DEPLOYMENT, **stop)
    except Unsupported:
        return
    except Fault as fault:
        if not _is_over(runtime.client, arn):
            message = f"the rollout of {name} cannot be stopped: {fault}"
            runtime.output.emit(Notice(message, (INSTEAD,)))
        return
    told = "ECS goes back with the tasks that still run"
    operation.stopped.append(f"the rollout of {name} was stopped: {told}")


def _list_rollouts(client: Client, service: EcsService, since: datetime) -> Iterator[str]:
    for one in list_service_deployments(client, service, status=list(STOPPABLE)):
        created = one.get("createdAt")
        if created and created >= since - CLOCKS_APART and one.get("status") in STOPPABLE:
            yield one["serviceDeploymentArn"]


def _is_over(client: Client, arn: str) -> bool:
    try:
        found = describe_service_deployment(client, arn)
    except Fault:
        return False
    return found is not None and found.status not in STOPPABLE
