"""A change set of ours between its creation and its execution, and what we do not leave behind.

Its name is chosen before it is asked for: whatever happens on the way (an answer that is lost,
Ctrl-C in the middle), it can be found and deleted. So can the placeholder stack that CloudFormation
makes for a first change set, if we caused it and nobody else uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bidops_cfn.deploy import change_set as change_sets
from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.change_set import ChangeSet, Request
from bidops_cfn.deploy.faults import AccessDenied, Fault, Rejected
from bidops_cfn.deploy.records import Notice
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.errors import ChangeSetFailed, StackBusy

DELETE_ATTEMPTS = 30  # one that is still being created cannot be deleted yet
DELETE_PAUSE = 2.0


@dataclass(slots=True)
class Draft:
    """A change set that is ours to delete, until ``keep`` is called.

    ``placeholder`` says that there was no stack before it. ``stack_id`` is empty until AWS tells;
    ``asked`` is False while nothing can have come of it.
    """

    request: Request
    placeholder: bool
    stack_id: str = ""
    change_set_id: str = ""
    asked: bool = False
    kept: bool = False

    def keep(self) -> None:
        """Leave the change set where it is: it was executed, or somebody wants it."""
        self.kept = True


@contextmanager
def draft(runtime: Runtime, request: Request, *, placeholder: bool) -> Iterator[Draft]:
    """Hold a draft for ``request``; what it made is gone afterwards unless it was kept."""
    held = Draft(request, placeholder)
    try:
        yield held
    finally:
        if held.asked and not held.kept:
            discard(runtime, held)


def made(runtime: Runtime, held: Draft) -> ChangeSet:
    """Create the draft's change set and return it once CloudFormation has worked it out.

    Raises ``StackBusy`` when an operation began meanwhile, and ``ChangeSetFailed``.
    """
    runtime.output.status("Creating the change set ...")
    held.asked = True
    try:
        held.change_set_id, held.stack_id = change_sets.create(runtime.wire, held.request)
    except AccessDenied:
        held.asked = False
        raise
    except Rejected as fault:
        held.asked = False
        if any(text in fault.why for text in change_sets.NO_CHANGES):
            return nothing(held, fault)  # an endpoint that says so at once
        if "_IN_PROGRESS state" in fault.why:
            raise StackBusy(
                f"an operation runs on {held.request.stack}",
                fault.why,
                hint="Wait for it, or let the deployment wait: add --wait",
            ) from fault
        raise ChangeSetFailed(
            "the change set was refused",
            fault.why,
            hint=fault.hint or "Nothing was changed. Mend the cause and run the command again.",
        ) from fault
    return change_sets.settled(runtime.wire, runtime.clock, held.change_set_id)


def nothing(held: Draft, fault: Fault) -> ChangeSet:
    """Return the empty change set that CloudFormation did not even make."""
    return ChangeSet("", held.request.name, "", "FAILED", "UNAVAILABLE", reason=fault.why)


def discard(runtime: Runtime, held: Draft) -> None:
    """Delete the draft's change set and placeholder; say what is left when that fails."""
    name, stack = held.request.name, held.request.stack
    try:
        delete_change_set(runtime, held)
        if held.placeholder:
            delete_placeholder(runtime, held)
    except (Fault, KeyboardInterrupt) as problem:
        left = f"aws cloudformation delete-change-set --change-set-name {name} --stack-name {stack}"
        details = [str(problem) or "interrupted", f"Remove it with: {left}"]
        if held.placeholder:
            details.append(
                f"then the empty stack: aws cloudformation delete-stack --stack-name {stack}"
            )
        runtime.output.emit(Notice("our change set may be left behind", tuple(details)))


def delete_change_set(runtime: Runtime, held: Draft) -> None:
    """Delete the draft's change set, waiting while it is still being created."""
    for attempt in range(DELETE_ATTEMPTS):
        try:
            change_sets.delete(runtime.wire, held.request.name, held.request.stack)
        except Rejected as fault:
            if "InvalidChangeSetStatus" not in fault.code or attempt == DELETE_ATTEMPTS - 1:
                raise
            runtime.clock.sleep(DELETE_PAUSE)
        else:
            return


def delete_placeholder(runtime: Runtime, held: Draft) -> None:
    """Delete the stack that never was more than a placeholder for our change set."""
    stack = stacks.find(runtime.wire, held.stack_id or held.request.stack)
    if stack is None or stack.status != "REVIEW_IN_PROGRESS":
        return
    others = [
        one for one in change_sets.all_of(runtime.wire, stack.id) if one.name != held.request.name
    ]
    if not others:
        runtime.wire(Call.DELETE_STACK, StackName=stack.id)
