"""Verdicts: a claim about a template is proved, refuted, or left unknown, and unknown fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bidops_cfn.facts.document import Path


class Outcome(StrEnum):
    """What became of a claim."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Witness:
    """What shows it: a sentence, and where that stands."""

    text: str
    path: Path


@dataclass(frozen=True)
class Claim:
    """What is claimed, about which service or role, by which requirements.

    ``assumptions`` are what the template cannot show: the claim holds as far as they do.
    """

    name: str
    subject: str
    statement: str
    requirements: tuple[str, ...]
    assumptions: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """The outcome of a claim with its witnesses: against it, or what it rests on."""

    claim: Claim
    outcome: Outcome
    witnesses: tuple[Witness, ...]


Outcomes = Iterator[tuple[str, Witness]]


def judged(claim: Claim, outcomes: Outcomes) -> Verdict:
    """Return the verdict on witnesses that each say ``against``, ``unknown`` or ``shown``.

    Any witness against refutes, anything unknown leaves it open. Without anything that shows the
    claim it is unknown: nothing is proved by being absent.
    """
    found: dict[str, list[Witness]] = {"against": [], "unknown": [], "shown": []}
    for outcome, witness in outcomes:
        found[outcome].append(witness)
    if found["against"]:
        return Verdict(claim, Outcome.REFUTED, (*found["against"], *found["unknown"]))
    if found["unknown"] or not found["shown"]:
        return Verdict(claim, Outcome.UNKNOWN, tuple(found["unknown"]))
    return Verdict(claim, Outcome.PROVED, tuple(found["shown"]))


def left_open(verdict: Verdict, reason: str) -> Verdict:
    """Return a verdict on what is not all there, for ``reason``: unknown, with what was found."""
    if not reason:
        return verdict
    witnesses = (Witness(reason, ()), *verdict.witnesses)
    return Verdict(verdict.claim, Outcome.UNKNOWN, tuple(dict.fromkeys(witnesses)))


def in_all_combinations(verdicts: Sequence[Verdict], incomplete: str = "") -> Verdict:
    """Return the one verdict of a claim that was judged in each combination of conditions.

    It is proved only if it is in every one, and all are known; it rests on what it rests
    on in any of them.
    """
    assumptions = dict.fromkeys(text for one in verdicts for text in one.claim.assumptions)
    claim = replace(verdicts[0].claim, assumptions=tuple(assumptions))
    first = replace(verdicts[0], claim=claim)
    for outcome in (Outcome.REFUTED, Outcome.UNKNOWN):
        witnesses = [w for v in verdicts if v.outcome is outcome for w in v.witnesses]
        if any(v.outcome is outcome for v in verdicts):
            return Verdict(first.claim, outcome, tuple(dict.fromkeys(witnesses)))
    if incomplete:
        return Verdict(first.claim, Outcome.UNKNOWN, (Witness(incomplete, ()),))
    return replace(first, witnesses=tuple(dict.fromkeys(w for v in verdicts for w in v.witnesses)))
