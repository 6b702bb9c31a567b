"""The change table: what may hurt comes first.

Removals and replacements, then IAM, then security groups, then the rest; inside a group by logical
id. Replacing or removing what the application runs on is marked: it has to be allowed by name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from bidops_cfn.deploy.change import Change, PropertyChange
from bidops_cfn.deploy.records import ChangeRow, Group
from bidops_cfn.deploy.template import GUARDED

ORDER = tuple(Group)
HIDDEN = "****"
SECURITY_GROUP_TYPES = (
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
)


def rows(
    changes: Iterable[Change], hidden_parameters: Collection[str] = frozenset()
) -> tuple[ChangeRow, ...]:
    """Return the table's rows in order; values that come from a hidden parameter are masked."""
    found = [row(change, hidden_parameters) for change in changes]
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.group), one.logical_id)))


def row(change: Change, hidden_parameters: Collection[str]) -> ChangeRow:
    """Return one change as a row."""
    return ChangeRow(
        group=group(change),
        action=change.action,
        logical_id=change.logical_id,
        resource_type=change.type,
        physical_id=change.physical_id,
        replacement=change.replacement,
        policy_action=change.policy_action,
        properties=tuple(masked(one, hidden_parameters) for one in change.properties),
        guarded=change.type in GUARDED and (change.removes or change.replaces),
    )


def group(change: Change) -> Group:
    """Return where a change stands."""
    if change.removes or change.replaces:
        return Group.REMOVAL
    if change.type.startswith("AWS::IAM::"):
        return Group.IAM
    return Group.SECURITY_GROUP if change.type in SECURITY_GROUP_TYPES else Group.OTHER


def masked(one: PropertyChange, hidden_parameters: Collection[str]) -> PropertyChange:
    """Return a property's change without the values that a hidden parameter brings."""
    if one.cause not in hidden_parameters:
        return one
    return replace(one, before=one.before and HIDDEN, after=one.after and HIDDEN)


def summary(rows_: Iterable[ChangeRow]) -> str:
    """Return ``3 added, 1 replaced, 2 modified``."""
    counts: dict[str, int] = {}
    for one in rows_:
        word = {"Add": "added", "Remove": "removed", "Import": "imported"}.get(
            one.action, "replaced" if one.replacement in ("True", "Conditional") else "modified"
        )
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items()) or "no changes"
