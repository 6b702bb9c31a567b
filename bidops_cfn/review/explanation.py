"""``explain``: a requirement or a rule with all that shows it, for programs and for a terminal.

What is told is collected once, as the JSON object that programs get; the text lays the same out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bidops_cfn.facts.document import Path, pointer
from bidops_cfn.facts.verdict import Witness
from bidops_cfn.printable import json_text, one_line, printable, wrap
from bidops_cfn.review.requirements import requirements
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Rule, Trace
from bidops_cfn.review.writing import counted

_TOKEN = re.compile(r'\n|"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


class Lines(NamedTuple):
    """First and last line, counted from 1."""

    first: int
    last: int


def source_lines(text: str) -> Mapping[Path, Lines]:
    """Return the lines of every value of a valid JSON text; a member starts at its key."""
    tokens: list[tuple[str, int]] = []
    line = 1
    for match in _TOKEN.finditer(text):
        if match[0] == "\n":
            line += 1
        else:
            tokens.append((match[0], line))
    found: dict[Path, Lines] = {}
    _read(tokens, 0, (), tokens[0][1], found)
    return found


def _read(
    tokens: list[tuple[str, int]], place: int, path: Path, first: int, found: dict[Path, Lines]
) -> int:
    """Note the value that begins at ``place`` and all in it; return where the next token is."""
    opening = tokens[place][0]
    if opening in "{[":
        place += 1
        index = 0
        while tokens[place][0] not in "}]":
            step, begin = (index, tokens[place][1])
            if opening == "{":
                step, place = json.loads(tokens[place][0]), place + 2
            place = _read(tokens, place, (*path, step), begin, found)
            place += tokens[place][0] == ","
            index += 1
    found[path] = Lines(first, tokens[place][1])
    return place + 1


SCHEMA_VERSION = 1
HEAD = re.compile(r" *(?:- |\d+ +)?")  # what stands before a line's text
MOST_LINES = 14
MOST_PLACES = 8

Record = dict[str, Any]


@dataclass(frozen=True)
class Explanation:
    """What is told, as the object that programs get, and as lines for people."""

    record: Record
    lines: Sequence[str]

    def as_json(self) -> str:
        """Return the explanation as JSON text."""
        return json_text({"schema_version": SCHEMA_VERSION} | self.record, indent=2) + "\n"

    def as_text(self, width: int) -> str:
        """Return the explanation in lines of ``width`` columns; a longer one goes on below."""
        folded = (part for line in self.lines for part in _folded(line, width))
        return "".join(f"{printable(part)}\n" for part in folded)


def explain_requirement(
    trace: Trace, subjects: Sequence[Subject], tests: Sequence[str]
) -> Explanation:
    """Explain a requirement by its trace through ``subjects``, and the ``tests`` that guard it."""
    one = trace.requirement
    record = {
        "id": one.id,
        "title": one.title,
        "text": one.text,
        "class": one.shown_as.value,
        "reading": one.reading,
        "not_shown": one.note,
        "verdicts": {name: shown.name.lower() for name, shown in trace.shown.items()},
        "claims": [*_claims(trace, subjects)],
        "evidence": [*_evidence(trace, subjects)],
        "rules": [{"id": rule.id, "summary": rule.summary} for rule in trace.rules],
        "tests": [*tests],
    }
    shown = ", ".join(f"{name} {verdict}" for name, verdict in trace.shown.items())
    sources = {one.name: one.text.split("\n") for one in subjects}
    return Explanation(record, [*_requirement(record, shown, sources)])


def _claims(trace: Trace, subjects: Sequence[Subject]) -> Iterator[Record]:
    names = {one.name: one.names for one in subjects}
    for environment, verdicts in trace.claims.items():
        for verdict in verdicts:
            yield {
                "environment": environment,
                "outcome": verdict.outcome.value,
                "statement": verdict.claim.statement,
                "witnesses": [
                    {"text": names[environment].shown(one.text), "pointer": pointer(one.path)}
                    for one in verdict.witnesses
                ],
                "assumptions": list(verdict.claim.assumptions),
            }


def _evidence(trace: Trace, subjects: Sequence[Subject]) -> Iterator[Record]:
    for subject in subjects:
        lines = source_lines(subject.text)
        for path in trace.evidence.get(subject.name, ()):
            where = lines.get(path) or Lines(1, 1)
            yield {
                "environment": subject.name,
                "sha256": subject.sha256,
                "pointer": pointer(path),
                "first_line": where.first,
                "last_line": where.last,
            }


def explain_rule(
    rule: Rule,
    fix: str,
    file: str,
    findings: Mapping[str, Sequence[Witness]],
    tests: Sequence[str],
) -> Explanation:
    """Explain a rule by its fix and file, what it finds in each environment, and its tests."""
    record = {
        "id": rule.id,
        "summary": rule.summary,
        "description": rule.description,
        "fix": fix,
        "file": file,
        "source": rule.source_url,
        "requirements": sorted(rule.requirements),
        "findings": {
            name: [{"text": one.text, "pointer": pointer(one.path)} for one in found]
            for name, found in findings.items()
        },
        "tests": [*tests],
    }
    return Explanation(record, [*_rule(record)])


def _requirement(record: Record, shown: str, sources: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield from (f"{record['id']}  {record['title']}", "", f"  {record['text']}")
    yield from _labelled("Our reading", record["reading"])
    yield from _labelled("Not shown", record["not_shown"])
    yield from _labelled("Class", record["class"])
    yield from _labelled("Verdict", shown)
    for claim in record["claims"]:
        yield from ("", f"{claim['outcome']} in {claim['environment']}:")
        yield f"  {claim['statement']}"
        yield from (f"    - {one['text']} ({one['pointer']})" for one in claim["witnesses"])
        yield from ("  given that", *(f"    - {text}" for text in claim["assumptions"]))
    for name, source in sources.items():
        places = [one for one in record["evidence"] if one["environment"] == name]
        if places:
            digest = places[0]["sha256"][:12]
            yield from ("", f"templates/{name}/compute.json, SHA-256 {digest}")
        for one in places[:MOST_PLACES]:
            yield from _excerpt(source, one["first_line"], one["last_line"])
        if len(places) > MOST_PLACES:
            yield f"  and {len(places) - MOST_PLACES} more places"
    yield from _listed("Rules", (f"{rule['id']}  {rule['summary']}" for rule in record["rules"]))
    yield from _listed("Tests", record["tests"])


def _excerpt(source: Sequence[str], first: int, end: int) -> Iterator[str]:
    last = min(end, first + MOST_LINES - 1)
    for number in range(first, last + 1):
        yield f"  {number:>5}  {source[number - 1]}"
    if last < end:
        yield f"         ... to line {end}"


def _rule(record: Record) -> Iterator[str]:
    yield from (f"{record['id']}  {record['summary']}", "", f"  {record['description']}")
    yield from _labelled("What to do", record["fix"])
    yield from _labelled("Written in", record["file"])
    yield from _labelled("Why", record["source"])
    guarded = (one for one in requirements().values() if one.id in record["requirements"])
    yield from _listed("Guards", (f"{one.id}  {one.title}" for one in guarded))
    for name, found in record["findings"].items():
        yield from ("", f"{name}: {counted(len(found), 'finding') if found else 'finds nothing'}")
        yield from (f"  - {one['text']} ({one['pointer']})" for one in found[:MOST_PLACES])
    yield from _listed("Tests", record["tests"])


def _labelled(label: str, text: str) -> Iterator[str]:
    if text:
        yield from ("", f"{label}:", f"  {text}")


def _listed(label: str, lines: Iterable[str]) -> Iterator[str]:
    found = [f"  - {line}" for line in lines]
    if found:
        yield from ("", f"{label}:", *found)


def _folded(line: str, width: int) -> list[str]:
    match = HEAD.match(line)
    head = match[0] if match else ""
    return wrap(one_line(line[len(head) :]), width, head, " " * len(head)) or [""]
