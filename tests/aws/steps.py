"""Steps of the acceptance, what each showed, and their transcript for people.

A verdict never says more than is known; nothing of an account or a secret stands in a transcript.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bidops_cfn.settings.environment import Environment

SECRET_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
KEY_ID = re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b")
ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
CALLER = re.compile(r"\b(user|assumed-role|federated-user)/[\w+=,.@/-]+")
SHOWN_LINES = 60


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


def write_transcript(
    environment: Environment, steps: Sequence[Step], variables: Mapping[str, str]
) -> str:
    """Return the transcript; ``variables`` are the shell's, whose secrets are masked everywhere."""
    counts = Counter(str(one.verdict) for one in steps)
    lines = [
        f"# Acceptance of {environment.name} in an account",
        "",
        f"Region {environment.region}, stack {environment.stack_name}; "
        + ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
        + ".",
        "",
        *(["The endpoint is not AWS's: nothing below is about AWS.", ""] * is_local(variables)),
        "| | Verdict | Why | Seconds |",
        "|---|---|---|---|",
        *(
            f"| {one.claim} | {one.verdict} | {cell(one.why)} | {one.seconds:.0f} |"
            for one in steps
        ),
        "",
        *(line for one in steps if one.command for line in tell(one)),
    ]
    return mask("\n".join(lines).rstrip() + "\n", variables)


def tell(step: Step) -> Iterator[str]:
    """Yield a command and the last of what it said."""
    said = step.said.rstrip().splitlines()
    cut = [f"... {len(said) - SHOWN_LINES} lines more"] if len(said) > SHOWN_LINES else []
    yield from (f"## {step.claim}", "", "```console", f"$ {step.command}")
    yield from (*cut, *said[-SHOWN_LINES:], "```", "")


def mask(text: str, variables: Mapping[str, str]) -> str:
    """Return ``text`` without credentials, account numbers, and names of who calls."""
    for secret in filter(None, map(variables.get, SECRET_VARIABLES)):
        text = text.replace(secret, "<secret>")
    text = KEY_ID.sub("<key id>", text)
    text = CALLER.sub(r"\1/<caller>", text)
    return ACCOUNT.sub("<account>", text)


def is_local(variables: Mapping[str, str]) -> bool:
    """Tell whether the shell leads to another endpoint than AWS's."""
    return any(name.startswith("AWS_ENDPOINT_URL") and value for name, value in variables.items())


def cell(text: str) -> str:
    """Return text that fits into one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
