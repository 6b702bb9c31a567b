"""``explain``: a requirement or a rule with all that shows it, as text for a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bidops_cfn.facts.paths import Path, pointer
from bidops_cfn.printable import one_line, printable
from bidops_cfn.review.count import counted
from bidops_cfn.review.names import Names
from bidops_cfn.review.requirements import Requirement, requirements
from bidops_cfn.review.source_lines import Lines, source_lines
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Rule, Trace

HEAD = re.compile(r" *(?:- |\d+ +)?")  # what stands before a line's text
MOST_LINES = 14
MOST_PLACES = 8


@dataclass(frozen=True)
class Found:
    """What a rule found in one environment's template: path and text."""

    environment: str
    path: Path
    text: str


@dataclass(frozen=True)
class Explained:
    """A requirement's trace with the tests that guard it, for the environments asked about."""

    trace: Trace
    subjects: Sequence[Subject]
    tests: Sequence[str] = field(default_factory=tuple)


def of_requirement(explained: Explained, width: int) -> str:
    """Return the explanation of a requirement."""
    return _laid(_requirement(explained), width)


def of_rule(
    rule: Rule,
    fix: str,
    found: Sequence[Found],
    looked: Sequence[str],
    tests: Sequence[str],
    *,
    width: int,
) -> str:
    """Return the explanation of a rule; ``looked`` are the environments that it judged."""
    lines = _rule(rule, fix, found, looked, tests)
    return _laid(lines, width)


def _requirement(explained: Explained) -> Iterator[str]:
    trace = explained.trace
    one = trace.requirement
    yield f"{one.id}  {one.title}"
    yield ""
    yield f"  {one.text}"
    yield from _labelled("Our reading", one.reading)
    yield from _labelled("Not shown", one.note)
    yield from _labelled("Class", one.shown_as)
    shown = ", ".join(f"{name} {verdict}" for name, verdict in trace.shown.items())
    yield from _labelled("Verdict", shown)
    yield from _claims(explained)
    for subject in explained.subjects:
        yield from _evidence(subject, trace.evidence.get(subject.name, ()))
    yield from _listed("Rules", (f"{rule.id}  {rule.summary}" for rule in trace.rules))
    yield from _listed("Tests", explained.tests)


def _names(explained: Explained, environment: str) -> Names:
    return next(one.names for one in explained.subjects if one.name == environment)


def _claims(explained: Explained) -> Iterator[str]:
    for name, verdicts in explained.trace.claims.items():
        for verdict in verdicts:
            yield ""
            yield f"{verdict.outcome} in {name}:"
            yield f"  {verdict.claim.statement}"
            for witness in verdict.witnesses:
                text = _names(explained, name).shown(witness.text)
                yield f"    - {text} ({pointer(witness.path)})"
            yield "  given that"
            for text in verdict.claim.assumptions:
                yield f"    - {text}"


def _evidence(subject: Subject, paths: Sequence[Path]) -> Iterator[str]:
    if not paths:
        return
    source, lines = subject.text.split("\n"), source_lines(subject.text)
    yield ""
    yield f"templates/{subject.name}/compute.json, SHA-256 {subject.sha256[:12]}"
    for path in paths[:MOST_PLACES]:
        where = lines.get(path) or Lines(1, 1)
        yield from _excerpt(source, where)
    if len(paths) > MOST_PLACES:
        yield f"  and {len(paths) - MOST_PLACES} more places"


def _excerpt(source: Sequence[str], where: Lines) -> Iterator[str]:
    last = min(where.last, where.first + MOST_LINES - 1)
    for number in range(where.first, last + 1):
        yield f"  {number:>5}  {source[number - 1]}"
    if last < where.last:
        yield f"         ... to line {where.last}"


def _rule(
    rule: Rule, fix: str, found: Sequence[Found], looked: Sequence[str], tests: Sequence[str]
) -> Iterator[str]:
    yield f"{rule.id}  {rule.summary}"
    yield ""
    yield f"  {rule.description}"
    yield from _labelled("What to do", fix)
    yield from _labelled("Why", rule.source_url)
    names = [name for name in requirements() if name in rule.requirements]
    yield from _listed("Guards", (f"{name}  {_title(requirements()[name])}" for name in names))
    for name in looked:
        mine = [one for one in found if one.environment == name]
        yield ""
        yield f"{name}: {counted(len(mine), 'finding') if mine else 'finds nothing'}"
        for one in mine[:MOST_PLACES]:
            yield f"  - {one.text} ({pointer(one.path)})"
    yield from _listed("Tests", tests)


def _title(one: Requirement) -> str:
    return one.title


def _labelled(label: str, text: str) -> Iterator[str]:
    if text:
        yield ""
        yield f"{label}:"
        yield f"  {text}"


def _listed(label: str, lines: Sequence[str] | Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield f"{label}:"
        for line in found:
            yield f"  - {line}"


def _laid(lines: Iterator[str], width: int) -> str:
    """Return lines of at most ``width`` columns; a longer one goes on below its text."""
    return "".join(f"{printable(part)}\n" for line in lines for part in _folded(line, width))


def _folded(line: str, width: int) -> list[str]:
    match = HEAD.match(line)
    head = match[0] if match else ""
    return textwrap.wrap(
        one_line(line[len(head) :]),
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
