"""Traceability: from each requirement to a verdict per environment, and what that rests on.

A verdict never says more than its class: a proof proves, a rule finds nothing wrong, a run-time
goal has what enables it in the template, another stack's promise is taken up. Without evidence in
the template, or without a rule where one should be, it says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bidops_cfn.facts.document import Path
from bidops_cfn.facts.verdict import Outcome, Verdict
from bidops_cfn.review.requirements import Class, Requirement, evidence, requirements
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.writing import counted
from bidops_cfn.spec.concerns import concerns, doubts


class Shown(StrEnum):
    """What became of a requirement in one environment."""

    PROVED = "✅ proved"
    HOLDS = "✅ holds"
    ENABLED = "🕒 enabled"
    PROMISED = "🤝 promised"
    NOT_CONCERNED = "-"
    REFUTED = "❌ refuted"
    BROKEN = "❌ broken"
    DEVIATES = "❌ deviates"
    DOUBTED = "❓ doubted"
    UNKNOWN = "❓ unknown"
    UNSHOWN = "❓ not shown"
    UNCHECKED = "❓ no rule"


GOOD = frozenset({Shown.PROVED, Shown.HOLDS, Shown.ENABLED, Shown.PROMISED, Shown.NOT_CONCERNED})


@dataclass(frozen=True)
class Rule:
    """A house rule, as far as a review needs to know it."""

    id: str
    summary: str
    description: str
    requirements: frozenset[str]
    source_url: str


@dataclass(frozen=True)
class Check:
    """The house rules, and the ids of those that found something, by environment."""

    rules: Sequence[Rule] = ()
    broken: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def guarding(self, requirement: str) -> tuple[Rule, ...]:
        """Return the rules that carry ``requirement`` as a tag."""
        return tuple(rule for rule in self.rules if requirement in rule.requirements)

    def found(self, rules: Sequence[Rule], environment: str) -> frozenset[str] | None:
        """Return which of ``rules`` found something in a template, None where none looked."""
        broken = self.broken.get(environment)
        return broken & {rule.id for rule in rules} if rules and broken is not None else None


@dataclass(frozen=True)
class Trace:
    """A requirement with its verdict and evidence by environment, its claims and rules."""

    requirement: Requirement
    shown: Mapping[str, Shown]
    evidence: Mapping[str, tuple[Path, ...]]
    claims: Mapping[str, tuple[Verdict, ...]]
    rules: tuple[Rule, ...]


def traces(subjects: Sequence[Subject], check: Check) -> tuple[Trace, ...]:
    """Trace every requirement through every subject, in the order of the specification."""
    return tuple(trace(one, subjects, check) for one in requirements().values())


def trace(requirement: Requirement, subjects: Sequence[Subject], check: Check) -> Trace:
    """Trace one requirement."""
    concerned = [one for one in subjects if requirement.applies_to(one.name)]
    shown_at = {one.name: evidence(one.readings, requirement.shows) for one in concerned}
    claims = {one.name: claimed(requirement, one.verdicts) for one in concerned}
    rules = check.guarding(requirement.id)
    shown = {one.name: Shown.NOT_CONCERNED for one in subjects}
    for one in concerned:
        broken = check.found(rules, one.name)
        found = judged(requirement, claims[one.name], shown_at[one.name], broken)
        if found in GOOD and deviates(requirement, one):
            found = Shown.DEVIATES
        elif found in GOOD and requirement.id in doubts(one.environment):
            found = Shown.DOUBTED
        shown[one.name] = found
    return Trace(requirement, shown, shown_at, claims, rules)


def deviates(requirement: Requirement, subject: Subject) -> bool:
    """Tell whether a concern about the settings names ``requirement``: they are another choice."""
    told = " ".join(concerns(subject.environment).values())
    return re.search(rf"\b{re.escape(requirement.id)}\b", told) is not None


def claimed(requirement: Requirement, verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Return the verdicts on the claims that prove ``requirement``."""
    return tuple(one for one in verdicts if _names(one) & set(requirement.claims))


def _names(verdict: Verdict) -> set[str]:
    """Return what a requirement may call a claim: of any subject, or of its own."""
    claim = verdict.claim
    return {claim.name, f"{claim.name}/{claim.subject}"}


def judged(
    requirement: Requirement,
    claims: Sequence[Verdict],
    evidence: Sequence[Path],
    broken: frozenset[str] | None,
) -> Shown:
    """Return what became of ``requirement``: the worst that claims, rules and evidence say.

    ``broken`` are the rules that found something, None where none looked.
    """
    if requirement.shown_as is Class.PROVED:
        outcomes = {verdict.outcome for verdict in claims}
        if Outcome.REFUTED in outcomes:
            return Shown.REFUTED
        named = {name for verdict in claims for name in _names(verdict)}
        if outcomes != {Outcome.PROVED} or not named.issuperset(requirement.claims):
            return Shown.UNKNOWN
    if broken:
        return Shown.BROKEN
    if not evidence:
        return Shown.UNSHOWN
    if requirement.shown_as is Class.CHECKED and broken is None:
        return Shown.UNCHECKED
    return {
        Class.PROVED: Shown.PROVED,
        Class.CHECKED: Shown.HOLDS,
        Class.RUN_TIME: Shown.ENABLED,
        Class.DELEGATED: Shown.PROMISED,
    }[requirement.shown_as]


def tally(found: Sequence[Trace]) -> str:
    """Return how many verdicts say what, those of no environment's concern left out."""
    counts = Counter(shown for trace in found for shown in trace.shown.values())
    told = [one for one in Shown if counts[one] and one is not Shown.NOT_CONCERNED]
    whole = sum(counts[one] for one in told)
    each = ", ".join(f"{counts[one]} {one}" for one in told)
    return f"{counted(whole, 'verdict')}, one for each environment that is concerned: {each}"


def unsatisfied(found: Sequence[Trace]) -> Iterator[tuple[str, str, Shown]]:
    """Yield requirement, environment and verdict of everything that is not good."""
    for trace in found:
        for name, shown in trace.shown.items():
            if shown not in GOOD:
                yield trace.requirement.id, name, shown
