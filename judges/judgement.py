"""What a judge says: how much it looked at, what it found, and what it could not tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Judgement:
    """The answer to one question; ``unknown`` are lines about what the judge could not tell."""

    question: str
    looked_at: int
    findings: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether something was looked at and nothing was found."""
        return self.looked_at > 0 and not self.findings


@dataclass(frozen=True)
class Judge:
    """A judge: its name, why it cannot judge here ("" if it can), and its judgements.

    ``advice`` is what to do about a finding.
    """

    name: str
    tool: str
    missing: Callable[[], str]
    judge: Callable[[], list[Judgement]]
    advice: str = ""
