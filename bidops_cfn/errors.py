"""Every error that a user can meet: what happened, why, and what to type next.

An error is a type with an exit code, raised where the fact is known and caught once, in ``cli``.
The codes are documented in ``docs/operator.md``; nothing else in the package chooses one.
"""

from __future__ import annotations

from collections.abc import Sequence


class BidopsCfnError(Exception):
    """Something a user has to know: ``what`` happened, ``why``, and the ``hint`` to act on.

    ``details`` are lines printed between the reason and the hint, one finding each; ``stack_id`` is
    the stack that it is about, where one was seen.
    """

    exit_code = 1
    stack_id = ""

    def __init__(
        self, what: str, why: str = "", *, hint: str = "", details: Sequence[str] = ()
    ) -> None:
        super().__init__(f"{what}: {why}" if why else what)
        self.what = what
        self.why = why
        self.hint = hint
        self.details = tuple(details)


class CheckFailed(BidopsCfnError):
    """A check found something: a stale file, a finding, a deployment that rolled back."""

    exit_code = 1


class UsageError(BidopsCfnError):
    """The command was asked for something impossible, or a file cannot be read or written."""

    exit_code = 2


class SettingsError(UsageError):
    """One or more settings files are wrong; ``details`` holds every problem found."""


class GuardRefused(BidopsCfnError):
    """A guard refused before anything was created: account, stale template, import, image."""

    exit_code = 3


class ChangeSetFailed(BidopsCfnError):
    """The change set, its validation or a hook failed: nothing was changed."""

    exit_code = 4


class StackNeedsHuman(BidopsCfnError):
    """The stack is in a state that no deployment can leave by itself."""

    exit_code = 5


class StackBusy(BidopsCfnError):
    """Another operation runs on the stack."""

    exit_code = 6


class StillRunning(BidopsCfnError):
    """The operation goes on without us: detached, timed out, or credentials expired."""

    exit_code = 7


class CannotTell(StillRunning):
    """What became of an operation is not known: AWS does not tell, or not any more."""


class Declined(BidopsCfnError):
    """The person said no, or there was no terminal to ask."""

    exit_code = 8


class Interrupted(BidopsCfnError):
    """Interrupted before anything was executed."""

    exit_code = 130
