"""The proof table: each claim with its verdict, what shows it, and what it takes for granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bidops_cfn.facts.paths import pointer
from bidops_cfn.facts.verdict import Outcome, Verdict
from bidops_cfn.review.subject import Subject

MARKS = {Outcome.PROVED: "✅", Outcome.REFUTED: "❌", Outcome.UNKNOWN: "❓"}
MOST_WITNESSES = 3


@dataclass(frozen=True)
class Proof:
    """A verdict as it is shown; ``assumptions`` are numbers such as ``A3``."""

    verdict: Verdict
    witnesses: tuple[str, ...]
    assumptions: tuple[str, ...]

    @property
    def statement(self) -> str:
        """The claim."""
        return self.verdict.claim.statement

    @property
    def outcome(self) -> str:
        """The verdict as a mark and a word, so that colour is never needed."""
        return f"{MARKS[self.verdict.outcome]} {self.verdict.outcome}"


def assumptions(verdicts: Sequence[Verdict]) -> Mapping[str, str]:
    """Return every assumption of the verdicts once, with its number."""
    texts = dict.fromkeys(text for verdict in verdicts for text in verdict.claim.assumptions)
    return {text: f"A{number}" for number, text in enumerate(texts, 1)}


def proofs(subject: Subject) -> tuple[Proof, ...]:
    """Return every verdict of the subject as it is shown: refuted ones first, then unknown ones."""
    numbers = assumptions(subject.verdicts)
    order = (Outcome.REFUTED, Outcome.UNKNOWN, Outcome.PROVED)
    return tuple(
        Proof(
            verdict,
            tuple(_witnesses(subject, verdict)),
            tuple(numbers[text] for text in verdict.claim.assumptions),
        )
        for verdict in sorted(subject.verdicts, key=lambda one: order.index(one.outcome))
    )


def _witnesses(subject: Subject, verdict: Verdict) -> list[str]:
    """Return the witnesses as text, equal ones counted; against a claim with where they stand."""
    found: dict[str, int] = {}
    for witness in verdict.witnesses:
        text = subject.names.shown(witness.text)
        if verdict.outcome is not Outcome.PROVED:
            text += f" at {pointer(witness.path) or 'the template'}"
        found[text] = found.get(text, 0) + 1
    shown = [f"{text} ({count}x)" if count > 1 else text for text, count in found.items()]
    more = len(shown) - MOST_WITNESSES
    return [*shown[:MOST_WITNESSES], *([f"and {more} more"] if more > 0 else [])]
