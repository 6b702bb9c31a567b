"""How the change table reads: groups in order, additions by type, every changed value.

::

    Removals and replacements
      ! BffTargetGroup  AWS::ElasticLoadBalancingV2::TargetGroup  replaced
    IAM
      ~ BffTaskRole  AWS::IAM::Role
          Policies.0.PolicyDocument
            - {"Statement": ...
            + {"Statement": ...
          widened: BffTaskRole may s3:DeleteObject
    Other
      + AWS::Logs::LogGroup  AgentCoreLogGroup, BffLogGroup
      ~ BffService: image 1.0.0 -> 1.0.1 (rolling deployment, new task definition revision)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from bidops_cfn.cli.text import Line, wrapped
from bidops_cfn.deploy.records import ChangeRow, Group, PropertyChange
from bidops_cfn.deploy.resource_change import DRIFTED, summarize
from bidops_cfn.deploy.template import SERVICE, TASK_DEFINITION

TITLES = {
    Group.REMOVAL: "Removals and replacements",
    Group.IAM: "IAM",
    Group.SECURITY_GROUP: "Security groups",
    Group.OTHER: "Other",
}
WORDS = {"True": "replaced", "Conditional": "may be replaced"}
VALUE_LINES = 6
UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"  # CloudFormation's word for it, inside of values too


def table(rows: Sequence[ChangeRow], width: int) -> Iterator[Line]:
    """Yield the table; ``rows`` are in its order."""
    yield Line("")
    yield from wrapped("Changes: ", summarize(rows), width, "bold")
    revisions = {row.logical_id for row in rows if is_new_revision(row)}
    for group, members in groupby(rows, key=lambda row: row.group):
        yield Line(f"  {TITLES[group]}", "bold")
        ordered = list(members)
        yield from additions([row for row in ordered if row.action == "Add"], width)
        for row in ordered:
            if row.action != "Add":
                yield from changed(row, width, revisions)
        for row in ordered:
            yield from verdicts(row, width)


def additions(rows: Sequence[ChangeRow], width: int) -> Iterator[Line]:
    """Yield new resources, those of one type on one line."""
    by_type: dict[str, list[str]] = {}
    for row in rows:
        again = " (again: deleted outside CloudFormation)" if row.drift in DRIFTED else ""
        by_type.setdefault(row.resource_type, []).append(f"{row.logical_id}{again}")
    for type_, names in sorted(by_type.items()):
        yield from wrapped(f"    + {type_}  ", ", ".join(names), width, "green")


def is_new_revision(row: ChangeRow) -> bool:
    """Tell whether a task definition gets a new revision: it cannot be changed otherwise."""
    return row.resource_type == TASK_DEFINITION and row.replacement in WORDS


def is_rollout(row: ChangeRow, revisions: Collection[str]) -> bool:
    """Tell whether a service, which stays, rolls out one of the new ``revisions``."""
    return (
        row.resource_type == SERVICE
        and row.action == "Modify"
        and row.replacement not in WORDS
        and any(one.cause in revisions for one in row.properties)
    )


def changed(row: ChangeRow, width: int, revisions: Collection[str]) -> Iterator[Line]:
    """Yield a resource that is there already, with each changed property."""
    name, type_ = f"{row.logical_id}  ", row.resource_type
    properties: Sequence[PropertyChange] = row.properties
    if row.action == "Remove":
        kept = " (it is kept outside the stack)" if row.policy_action == "Retain" else ""
        yield from wrapped(f"    - {name}", f"{type_}  removed{kept}", width, "red")
    elif is_new_revision(row):
        yield from wrapped(f"    ~ {name}", f"{type_}  new revision", width, "yellow")
        properties = [replace(one, recreation="Never") for one in properties]  # it is said already
    elif row.replacement in WORDS:
        yield from wrapped(f"    ! {name}", f"{type_}  {WORDS[row.replacement]}", width, "red")
    elif is_rollout(row, revisions):
        how = "rolling deployment, new task definition revision"
        what = f"image {row.image} ({how})" if row.image else how
        yield from wrapped(f"    ~ {row.logical_id}: ", what, width, "yellow")
        properties = [one for one in properties if one.cause not in revisions]
    elif row.action == "SyncWithActual":
        how = "is live as the template says, and recorded so"
        yield from wrapped(f"    = {name}", f"{type_}  {how}", width)
    else:
        drifted = "  drifted" if row.drift in DRIFTED else ""
        yield from wrapped(f"    ~ {name}", f"{type_}{drifted}", width, "yellow")
    if row.guarded:
        yield from wrapped("        ", f"needs --allow-replacement {row.logical_id}", width, "red")
    for one in properties:
        yield from property_change(one, width)
        if one.path.endswith("DesiredCount") and one.after is None:
            yield Line("          the running count is left alone")
    for attribute in row.ignored:
        yield from wrapped("        left as it is live: ", attribute, width, "dim")


def property_change(one: PropertyChange, width: int) -> Iterator[Line]:
    """Yield a property's path, its values where they are known, and what forces a replacement."""
    path = one.path.removeprefix("Properties.")
    why = {"Always": "  forces replacement", "Conditionally": "  may force replacement"}.get(
        one.recreation, ""
    )
    cause = f"  (from {one.cause})" if one.cause else ""
    yield from wrapped("        ", f"{path}{why}{cause}", width)
    if one.drifted:
        for word, found, style in (
            ("deployed", one.deployed, ""),
            ("live", one.live, "red"),
            ("template", one.after, "green"),
        ):
            yield from value(f"          {word:<9}", found or "none", width, style)
        return
    if one.before is not None:
        yield from value("          - ", one.before, width, "red")
    if one.after is not None:
        yield from value("          + ", one.after, width, "green")


def value(head: str, text: str, width: int, style: str) -> Iterator[Line]:
    """Yield a value, cut after a few lines: the JSON lines have it whole."""
    lines = list(wrapped(head, text.replace(UNKNOWN, "(known after apply)"), width, style))
    yield from lines[:VALUE_LINES]
    if len(lines) > VALUE_LINES:
        yield Line(f"            ... {len(lines) - VALUE_LINES} more lines", "dim")


def verdicts(row: ChangeRow, width: int) -> Iterator[Line]:
    """Yield what a change permits or opens that was not so before, and the reverse."""
    for text in row.widened:
        yield from wrapped(f"    widened by {row.logical_id}: ", text, width, "red")
    for text in row.narrowed:
        yield from wrapped(f"    narrowed by {row.logical_id}: ", text, width, "green")
