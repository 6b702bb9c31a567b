"""``docs/rules.md``: the catalogue of house rules, written from the rules themselves.

``make docs`` runs this module; a test fails when the committed file is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from bidops_cfn.rules import house_rules

if TYPE_CHECKING:
    from bidops_cfn.rules._house_rule import HouseRule

INTRODUCTION = """\
# House rules

What `bidops-cfn check` finds beside everything that cfn-lint finds. Every finding fails the check,
warnings and notices of cfn-lint included, and nothing inside a template can silence a rule.

The rules judge any template by what its resources are and refer to, never by logical ids. Values
that an environment decides come from `params/<environment>.toml`; what the specification fixes is
fixed in the rule; what must provably hold is found where it is unknown, too. They also work in
plain cfn-lint, for which `.cfnlintrc` makes all checks mandatory (elsewhere:
`--mandatory-checks E W I`):

    cfn-lint -a bidops_cfn/rules -- templates/*/compute.json

There `-x E9002:environment=prod` says which environment is expected, and `E9002:project=DIR` whose
settings count; without it they are found upwards from the template, then from the current folder.

Written by `make docs`; do not edit. `template` marks a trap that no requirement names.
"""
TOPICS = {
    "E90": "The template as a whole",
    "E91": "Cluster and capacity",
    "E92": "Task definitions",
    "E93": "Roles and policies",
    "E94": "Security groups and placement",
    "E95": "Load balancing",
    "E96": "Services and discovery",
    "E97": "Scaling",
    "E98": "Logs and alarms",
}


def document() -> str:
    """Return the whole page."""
    lines = [INTRODUCTION]
    for prefix, rules in groupby(house_rules(), key=lambda rule: str(rule.id)[:3]):
        found = list(rules)
        lines += [f"## {TOPICS[prefix]}", "", *_table(found), ""]
        for rule in found:
            lines += _rule(rule)
    return "\n".join(lines).rstrip() + "\n"


def _table(rules: Sequence[HouseRule]) -> Iterator[str]:
    yield "| Rule | Requirements | What must hold |"
    yield "|---|---|---|"
    for rule in rules:
        requirements = ", ".join(rule.requirements)
        yield f"| [{rule.id}](#{str(rule.id).lower()}) | {requirements} | {rule.shortdesc} |"


def _rule(rule: HouseRule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield ""
    yield f"**{rule.shortdesc}.** {rule.description}"
    yield ""
    yield f"- What to do: {rule.fix}."
    yield f"- Written in `{rule.file}`."
    judged: dict[str, list[str]] = {}
    for kind, name in rule.judges:
        judged.setdefault(kind, []).append(f"`{name}`")
    for kind, names in judged.items():
        yield f"- Judges {', '.join(names)} of `{kind}`."
    if rule.needs_settings:
        yield "- Needs the environment's settings."
    yield f"- Why: <{rule.source_url}>"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(document())
