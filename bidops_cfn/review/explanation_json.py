"""``explain`` for programs: a requirement or a rule as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bidops_cfn.facts.paths import pointer
from bidops_cfn.json_text import json_text
from bidops_cfn.review.explanation import Explained, Found
from bidops_cfn.review.source_lines import Lines, source_lines
from bidops_cfn.review.traceability import Rule

SCHEMA_VERSION = 1
Record = dict[str, object]


def requirement_as_json(explained: Explained) -> str:
    """Return the explanation of a requirement as JSON text."""
    trace, one = explained.trace, explained.trace.requirement
    return _text(
        {
            "schema_version": SCHEMA_VERSION,
            "id": one.id,
            "title": one.title,
            "text": one.text,
            "class": one.shown_as.value,
            "reading": one.reading,
            "not_shown": one.note,
            "verdicts": {name: shown.name.lower() for name, shown in trace.shown.items()},
            "claims": list(_claims(explained)),
            "evidence": list(_evidence(explained)),
            "rules": [{"id": rule.id, "summary": rule.summary} for rule in trace.rules],
            "tests": list(explained.tests),
        }
    )


def rule_as_json(
    rule: Rule, fix: str, found: Sequence[Found], looked: Sequence[str], tests: Sequence[str]
) -> str:
    """Return the explanation of a rule as JSON text; ``looked`` are the environments it judged."""
    return _text(
        {
            "schema_version": SCHEMA_VERSION,
            "id": rule.id,
            "summary": rule.summary,
            "description": rule.description,
            "fix": fix,
            "source": rule.source_url,
            "requirements": sorted(rule.requirements),
            "findings": {
                name: [
                    {"text": one.text, "pointer": pointer(one.path)}
                    for one in found
                    if one.environment == name
                ]
                for name in looked
            },
            "tests": list(tests),
        }
    )


def _text(record: Record) -> str:
    return json_text(record, indent=2) + "\n"


def _claims(explained: Explained) -> Iterator[Record]:
    names = {one.name: one.names for one in explained.subjects}
    for environment, verdicts in explained.trace.claims.items():
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


def _evidence(explained: Explained) -> Iterator[Record]:
    for subject in explained.subjects:
        lines = source_lines(subject.text)
        for path in explained.trace.evidence.get(subject.name, ()):
            where = lines.get(path) or Lines(1, 1)
            yield {
                "environment": subject.name,
                "sha256": subject.sha256,
                "pointer": pointer(path),
                "first_line": where.first,
                "last_line": where.last,
            }
