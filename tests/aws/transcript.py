"""The transcript of an acceptance: for people, without an account's number or anything secret."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bidops_cfn.settings.environment import Environment
from tests.aws.step import Step

SECRET_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
KEY_ID = re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b")
ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
CALLER = re.compile(r"\b(user|assumed-role|federated-user)/[\w+=,.@/-]+")
SHOWN_LINES = 60


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
    for secret in present(variables):
        text = text.replace(secret, "<secret>")
    text = KEY_ID.sub("<key id>", text)
    text = CALLER.sub(r"\1/<caller>", text)
    return ACCOUNT.sub("<account>", text)


def present(variables: Mapping[str, str]) -> Iterable[str]:
    """Return the values of the variables that hold credentials."""
    return [variables[name] for name in SECRET_VARIABLES if variables.get(name)]


def is_local(variables: Mapping[str, str]) -> bool:
    """Tell whether the shell leads to another endpoint than AWS's."""
    return any(name.startswith("AWS_ENDPOINT_URL") and value for name, value in variables.items())


def cell(text: str) -> str:
    """Return text that fits into one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
