"""What became of a request that changes something, and whose call failed.

A lost answer says nothing: the request may have arrived. So may a refused one, when it is the
repetition of one that did. The events of the stack tell, by the request's token.
"""

from __future__ import annotations

from collections.abc import Callable

from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.events import begins_operation, list_events
from bidops_cfn.deploy.faults import TRANSIENT, Fault
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import find_stack, is_in_progress

ASK_SECONDS = 10.0  # for an event to appear
ASK_PAUSE = 1.0


def has_begun(
    runtime: Runtime,
    operation: Operation,
    token: str,
    fault: Fault | None = None,
    ask: Callable[[], bool] = lambda: False,
) -> bool:
    """Tell whether the request with ``token`` took effect, although its call ended in ``fault``.

    Asked again for ``ASK_SECONDS`` unless AWS refused the call. ``ask`` is asked too. Raises a
    ``Fault`` when neither can be read.
    """
    refused = fault is not None and not isinstance(fault, TRANSIENT)
    deadline = runtime.clock.monotonic() + (0 if refused else ASK_SECONDS)
    while not is_effective(runtime.client, operation, token, ask):
        if runtime.clock.monotonic() >= deadline:
            return False
        runtime.clock.sleep(ASK_PAUSE)
    return True


def is_effective(client: Client, operation: Operation, token: str, ask: Callable[[], bool]) -> bool:
    """Tell whether events, ``ask``, or where there are no events the stack show the request."""
    try:
        if shows_request(client, operation, token):
            return True
    except Fault:
        return ask() or shows_progress(client, operation)
    try:
        return ask()
    except Fault:
        return False


def shows_request(client: Client, operation: Operation, token: str) -> bool:
    """Tell whether an event that was not read yet says that the request began an operation."""
    log = operation.event_log
    for event in list_events(client, log.stack_id):
        if event.id == (log.newest or log.mark):
            return False
        unmarked = not event.token and not event.operation
        if begins_operation(event, log.stack_id) and (event.token == token or unmarked):
            return True
    return False


def shows_progress(client: Client, operation: Operation) -> bool:
    """Tell whether the stack has moved on since it was read before the request."""
    stack = find_stack(client, operation.stack_id)
    return stack is None or is_in_progress(stack.status) or operation.is_newer(stack)
