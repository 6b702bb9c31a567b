"""What a change set would do to each resource, in the order of the change table.

With property values, CloudFormation drops resources whose values it cannot work out (it says so in
the status reason): two descriptions are merged, so that no change goes unseen (aws-cdk-cli#1780).

The table begins with what may hurt: removals and replacements, then IAM, then security groups, then
the rest. A new revision of a task definition is a replacement that loses nothing. Replacing or
removing what the application runs on has to be allowed by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.records import ChangeRow, Group, PropertyChange
from bidops_cfn.deploy.template import (
    DESIRED_COUNT,
    TASK_DEFINITION,
    find_references,
    find_scaled_services,
    get_resources,
    list_hidden_parameters,
)
from bidops_cfn.spec.resource_types import GUARDED

GROUP_ORDER = tuple(Group)
HIDDEN = "****"
ACTIONS = {
    "Add": "added",
    "Remove": "removed",
    "Import": "imported",
    "SyncWithActual": "recorded as it is live",
}
DRIFTED = ("MODIFIED", "DELETED")
REPLACED = ("True", "Conditional")
COUNT = f"Properties.{DESIRED_COUNT}"
SECURITY_GROUP_TYPES = (
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
)


def make_row(
    action: str, logical_id: str, type_: str, replacement: str = "False", **more: Any
) -> ChangeRow:
    """Return the row of a change, in its group, with ``more`` of its members."""
    replaces = action == "Modify" and replacement in REPLACED
    # An old revision of a task definition stays.
    if action == "Remove" or (replaces and type_ != TASK_DEFINITION):
        group = Group.REMOVAL
    elif type_.startswith("AWS::IAM::"):
        group = Group.IAM
    else:
        group = Group.SECURITY_GROUP if type_ in SECURITY_GROUP_TYPES else Group.OTHER
    guarded = type_ in GUARDED and (action == "Remove" or replaces)
    return ChangeRow(
        group, action, logical_id, type_, replacement=replacement, guarded=guarded, **more
    )


def parse_row(described: Json) -> ChangeRow:
    """Return one of the ``Changes`` of ``DescribeChangeSet``."""
    change = described["ResourceChange"]
    return make_row(
        change["Action"],
        change["LogicalResourceId"],
        change["ResourceType"],
        change.get("Replacement", "False"),
        physical_id=change.get("PhysicalResourceId", ""),
        policy_action=change.get("PolicyAction", ""),
        properties=_parse_properties(change.get("Details") or ()),
        drift=change.get("ResourceDriftStatus", ""),
        ignored=tuple(
            f"{_shorten_path(one.get('Path', ''))}: {one.get('Reason', '')}"
            for one in change.get("ResourceDriftIgnoredAttributes") or ()
        ),
    )


def _shorten_path(path: str) -> str:
    return path.strip("/").replace("/", ".")


def _parse_properties(details: Sequence[Json]) -> tuple[PropertyChange, ...]:
    """Return the changes of a resource's details, one per path: AWS lists a path once per cause."""
    found: dict[str, PropertyChange] = {}
    for detail in details:
        target = detail.get("Target", {})
        path = _shorten_path(target.get("Path", "")) or ".".join(
            part for part in (target.get("Attribute", ""), target.get("Name", "")) if part
        )
        one = PropertyChange(
            path=path,
            before=target.get("BeforeValue"),
            after=target.get("AfterValue"),
            recreation=target.get("RequiresRecreation", "Never"),
            cause=detail.get("CausingEntity", ""),
            drifted="Drift" in target,
            deployed=target.get("Drift", {}).get("PreviousValue"),
            live=target.get("Drift", {}).get("ActualValue"),
        )
        other = found.get(path)
        found[path] = one if other is None else _merge_causes(other, one)
    return tuple(found.values())


def _merge_causes(one: PropertyChange, other: PropertyChange) -> PropertyChange:
    worst = ("Never", "Conditionally", "Always")
    drifted = one if one.drifted else other
    return replace(
        drifted,
        before=one.before if one.before is not None else other.before,
        after=one.after if one.after is not None else other.after,
        recreation=max(one.recreation, other.recreation, key=worst.index),
        cause=one.cause or other.cause,
    )


def merge_descriptions(
    detailed: Sequence[ChangeRow], plain: Sequence[ChangeRow]
) -> tuple[ChangeRow, ...]:
    """Return every change of both descriptions, each property once, with values where known."""
    by_id = {change.logical_id: change for change in detailed}
    found: list[ChangeRow] = []
    for change in plain:
        known = by_id.pop(change.logical_id, None)
        if known is None:
            found.append(change)
            continue
        # "Properties.Tags" without values is covered by "Properties.Tags.0.Value" with them.
        paths = [f"{other.path}." for other in known.properties]
        missing = tuple(
            one
            for one in change.properties
            if not any(path.startswith(f"{one.path}.") for path in paths)
        )
        found.append(replace(change, properties=known.properties + missing))
    return (*found, *by_id.values())


def build_rows(changes: Iterable[ChangeRow], template: Json) -> tuple[ChangeRow, ...]:
    """Return the table's rows in order; values of ``template``'s hidden parameters are masked.

    The desired count of a service that scales is scaling's own: its drift is none, and a row that
    has nothing else is left out.
    """
    hidden, scaled = list_hidden_parameters(template), find_scaled_services(template)
    resources = get_resources(template)
    found: list[ChangeRow] = []
    for change in changes:
        holds_hidden = bool(find_references(resources.get(change.logical_id)) & hidden)
        masked = tuple(
            _mask_values(one) if one.cause in hidden or (holds_hidden and one.drifted) else one
            for one in change.properties
        )
        row = replace(change, properties=masked)
        kept = _forget_scaling(row) if change.logical_id in scaled else row
        if kept is not None:
            found.append(kept)
    return tuple(sorted(found, key=lambda one: (GROUP_ORDER.index(one.group), one.logical_id)))


def _forget_scaling(row: ChangeRow) -> ChangeRow | None:
    """Return the row of a service that scales without its desired count; None for no other row."""
    counts = [one for one in row.properties if one.path == COUNT and one.drifted]
    if not counts:
        return row
    others = [one for one in row.properties if one not in counts]
    executed = [one for one in counts if one.after is not None]
    kept = [replace(one, drifted=False, deployed=None, live=None) for one in executed]
    if row.action == "Modify" and not others and not kept:
        return None
    drift = row.drift if any(one.drifted for one in others) else "IN_SYNC"
    return replace(row, properties=(*others, *kept), drift=drift)


def _mask_values(one: PropertyChange) -> PropertyChange:
    names = ("before", "after", "deployed", "live")
    masked: dict[str, Any] = {name: getattr(one, name) and HIDDEN for name in names}
    return replace(one, **masked)


def summarize(rows_: Iterable[ChangeRow]) -> str:
    """Return ``3 added, 1 replaced, 2 modified``; an empty text for no rows."""
    several = list(rows_)
    counts: dict[str, int] = {}
    for one in several:
        replaced = one.replacement in REPLACED
        word = ACTIONS.get(one.action, "replaced" if replaced else "modified")
        if word == "replaced" and one.resource_type == TASK_DEFINITION:
            word = "in a new revision"
        counts[word] = counts.get(word, 0) + 1
    reverted = sum(one.drift in DRIFTED for one in several)
    told = [f"{count} {word}" for word, count in counts.items()]
    return ", ".join([*told, *([f"drift of {reverted} reverted"] if reverted else [])])
