"""A step of the acceptance and what it showed: a verdict never says more than is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    HOLDS = "holds"
    FAILS = "does not hold"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class Ran:
    """How a command of the tool ended, and everything it said."""

    command: str
    code: int
    said: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Step:
    """One claim about an account: what was done, what came of it, and why that is the verdict."""

    claim: str
    verdict: Verdict
    why: str
    command: str = ""
    said: str = ""
    seconds: float = 0.0


Run = Callable[..., Ran]


def expect(claim: str, ran: Ran, code: int, *texts: str) -> Step:
    """Return the step of a command that has to end with ``code`` and to say every text."""
    silent = [text for text in texts if text not in " ".join(ran.said.split())]
    if ran.code != code:
        verdict, why = Verdict.FAILS, f"exit code {ran.code}, expected {code}"
    elif silent:
        verdict, why = Verdict.FAILS, f"it does not say {', '.join(map(repr, silent))}"
    else:
        verdict, why = Verdict.HOLDS, f"exit code {code}"
    return Step(claim, verdict, why, ran.command, ran.said, ran.seconds)


def doubt(claim: str, why: str) -> Step:
    """Return the step of a claim that nothing can be said about."""
    return Step(claim, Verdict.UNKNOWN, why)


def failing(steps: Sequence[Step]) -> list[str]:
    """Return a line for each step that does not hold; doubts are no failures."""
    return [f"{one.claim}: {one.why}" for one in steps if one.verdict is Verdict.FAILS]


def timed(call: Callable[[], tuple[int, str]], command: str) -> Ran:
    """Run ``call`` and return how it ended and how long it took."""
    began = time.monotonic()
    code, said = call()
    return Ran(command, code, said, time.monotonic() - began)
