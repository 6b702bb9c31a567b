"""How the change table reads: groups in order, additions by type, every changed value.

::

    Removals and replacements
      ! BffService  AWS::ECS::Service  replaced
    IAM
      ~ BffTaskRole  AWS::IAM::Role
          Policies.0.PolicyDocument
            - {"Statement": ...
            + {"Statement": ...
          widened: BffTaskRole may s3:DeleteObject
    Other
      + AWS::Logs::LogGroup  AgentCoreLogGroup, BffLogGroup
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from bidops_cfn.cli.text import Line, wrapped
from bidops_cfn.deploy.records import ChangeRow, Group, PropertyChange
from bidops_cfn.deploy.resource_change import summarize

TITLES = {
    Group.REMOVAL: "Removals and replacements",
    Group.IAM: "IAM",
    Group.SECURITY_GROUP: "Security groups",
    Group.OTHER: "Other",
}
WORDS = {"True": "replaced", "Conditional": "may be replaced"}
REVISION = "AWS::ECS::TaskDefinition"  # cannot be changed: a change is a new revision, always
VALUE_LINES = 6


def table(rows: Sequence[ChangeRow], width: int) -> Iterator[Line]:
    """Yield the table; ``rows`` are in its order."""
    yield Line("")
    yield Line(f"Changes: {summarize(rows)}", "bold")
    for group, members in groupby(rows, key=lambda row: row.group):
        yield Line(f"  {TITLES[group]}", "bold")
        ordered = list(members)
        yield from additions([row for row in ordered if row.action == "Add"], width)
        for row in ordered:
            if row.action != "Add":
                yield from changed(row, width)
        for row in ordered:
            yield from verdicts(row, width)


def additions(rows: Sequence[ChangeRow], width: int) -> Iterator[Line]:
    """Yield new resources, those of one type on one line."""
    by_type: dict[str, list[str]] = {}
    for row in rows:
        by_type.setdefault(row.resource_type, []).append(row.logical_id)
    for type_, names in sorted(by_type.items()):
        yield from wrapped(f"    + {type_}  ", ", ".join(names), width, "green")


def changed(row: ChangeRow, width: int) -> Iterator[Line]:
    """Yield a resource that is there already, with each changed property."""
    text = f"{row.logical_id}  {row.resource_type}"
    if row.action == "Remove":
        kept = " (it is kept outside the stack)" if row.policy_action == "Retain" else ""
        yield Line(f"    - {text}  removed{kept}", "red")
    elif row.replacement in WORDS:
        what = " by a new revision" if row.resource_type == REVISION else ""
        yield Line(f"    ! {text}  {WORDS[row.replacement]}{what}", "yellow" if what else "red")
    else:
        yield Line(f"    ~ {text}", "yellow")
    if row.guarded:
        yield Line(f"        needs --allow-replacement {row.logical_id}", "red")
    for one in row.properties:
        yield from property_change(one, width)
        if one.path.endswith("DesiredCount") and one.after is None:
            yield Line("          the running count is left alone")


def property_change(one: PropertyChange, width: int) -> Iterator[Line]:
    """Yield a property's path, its values where they are known, and what forces a replacement."""
    path = one.path.removeprefix("Properties.")
    why = {"Always": "  forces replacement", "Conditionally": "  may force replacement"}.get(
        one.recreation, ""
    )
    cause = f"  (from {one.cause})" if one.cause else ""
    yield Line(f"        {path}{why}{cause}")
    if one.before is not None:
        yield from value("          - ", one.before, width)
    if one.after is not None:
        yield from value("          + ", one.after, width)


def value(head: str, text: str, width: int) -> Iterator[Line]:
    """Yield a value, cut after a few lines: the JSON lines have it whole."""
    lines = list(wrapped(head, text, width))
    yield from lines[:VALUE_LINES]
    if len(lines) > VALUE_LINES:
        yield Line(f"            ... {len(lines) - VALUE_LINES} more lines", "dim")


def verdicts(row: ChangeRow, width: int) -> Iterator[Line]:
    """Yield what a change permits or opens that was not so before, and the reverse."""
    for text in row.widened:
        yield from wrapped(f"    widened by {row.logical_id}: ", text, width, "red")
    for text in row.narrowed:
        yield from wrapped(f"    narrowed by {row.logical_id}: ", text, width, "green")
