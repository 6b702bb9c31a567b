"""Getting a stack to where a deployment can begin: waiting its turn, clearing a failed creation."""

from __future__ import annotations

from typing import Protocol

from bidops_cfn.deploy.attachment import joined
from bidops_cfn.deploy.deletion import delete
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.preflight.survey import survey
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.state import Action, action
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.watch import LostSight, TimedOut, follow
from bidops_cfn.errors import GuardRefused, StackBusy


class Choices(Protocol):
    """What the person chose about stacks that cannot be deployed to at once."""

    @property
    def yes(self) -> bool:
        """Whether to ask nothing."""

    @property
    def wait(self) -> bool:
        """Whether to queue behind another operation."""

    @property
    def recreate(self) -> bool:
        """Whether to delete what a failed creation left."""

    @property
    def minutes(self) -> float:
        """The time limit of one operation."""


def ready(runtime: Runtime, target: Target, options: Choices) -> Subject:
    """Return the target as preflight finds it, with its stack out of the way of nobody."""
    subject = survey(runtime, target)
    what = action(subject.stack.status if subject.stack else None)
    if subject.stack is None or (what, True) not in (
        (Action.WAIT, options.wait),
        (Action.RECREATE, options.recreate),
    ):
        return subject
    if what is Action.WAIT:
        wait(runtime, target, subject.stack, options.minutes)
    else:
        require_images(target)
        delete(runtime, target, subject.stack, options.minutes, yes=options.yes)
    return ready(runtime, target, options)


def require_images(target: Target) -> None:
    """Raise ``GuardRefused`` if the creation that follows would lack an image."""
    missing = [one.name for one in target.services if one.name not in target.images]
    if missing:
        raise GuardRefused(
            "a creation needs an image for each service",
            f"none is named for {', '.join(missing)}; nothing was deleted",
            hint=f"Name them: {target.creation('--recreate')}",
        )


def wait(runtime: Runtime, target: Target, stack: Stack, minutes: float) -> None:
    """Follow the operation that runs until it is over; raise ``StackBusy`` after ``minutes``."""
    runtime.output.status(f"Waiting for {stack.name}, which is in {stack.status} ...")
    try:
        follow(runtime, joined(runtime, stack), minutes * 60)
    except TimedOut:
        raise StackBusy(
            f"{stack.name} is still in another operation",
            f"it did not end within {minutes:g} minutes",
            hint=f"Follow it: {target.command('watch')}",
        ) from None
    except LostSight as lost:
        raise StackBusy(
            f"{stack.name} is in another operation that cannot be followed any more",
            str(lost),
            hint=lost.fault.hint,
        ) from lost
