"""What a change set would do to one resource, as CloudFormation describes it.

Two descriptions of one change set may differ: with property values, CloudFormation drops resources
whose values it cannot work out (it says so in the status reason). ``merged`` puts the two together,
so that no change goes unseen (aws-cdk-cli#1780).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bidops_cfn.deploy.wire import Json


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """A changed property or attribute: its path, its values where known, and what it takes.

    ``recreation`` is ``Never``, ``Conditionally`` or ``Always``; ``cause`` is the parameter or the
    resource that the change comes from.
    """

    path: str
    before: str | None = None
    after: str | None = None
    recreation: str = "Never"
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one resource; ``replacement`` is ``True``, ``False`` or ``Conditional``."""

    action: str
    logical_id: str
    type: str
    physical_id: str = ""
    replacement: str = "False"
    policy_action: str = ""
    properties: tuple[PropertyChange, ...] = ()
    hooks: int = 0

    @property
    def removes(self) -> bool:
        """Whether the resource goes away without a successor."""
        return self.action == "Remove"

    @property
    def replaces(self) -> bool:
        """Whether the resource is, or may be, replaced by a new one."""
        return self.action == "Modify" and self.replacement in ("True", "Conditional")


def parse(described: Json) -> Change:
    """Return one of the ``Changes`` of ``DescribeChangeSet``."""
    change = described["ResourceChange"]
    return Change(
        action=change["Action"],
        logical_id=change["LogicalResourceId"],
        type=change["ResourceType"],
        physical_id=change.get("PhysicalResourceId", ""),
        replacement=change.get("Replacement", "False"),
        policy_action=change.get("PolicyAction", ""),
        properties=_properties(change.get("Details") or ()),
        hooks=described.get("HookInvocationCount", 0),
    )


def _properties(details: Sequence[Json]) -> tuple[PropertyChange, ...]:
    """Return the changes of a resource's details, one per path: AWS lists a path once per cause."""
    found: dict[str, PropertyChange] = {}
    for detail in details:
        target = detail.get("Target", {})
        path = target.get("Path", "").strip("/").replace("/", ".") or ".".join(
            part for part in (target.get("Attribute", ""), target.get("Name", "")) if part
        )
        one = PropertyChange(
            path=path,
            before=target.get("BeforeValue"),
            after=target.get("AfterValue"),
            recreation=target.get("RequiresRecreation", "Never"),
            cause=detail.get("CausingEntity", ""),
        )
        other = found.get(path)
        found[path] = one if other is None else _joined(other, one)
    return tuple(found.values())


def _joined(one: PropertyChange, other: PropertyChange) -> PropertyChange:
    worst = ("Never", "Conditionally", "Always")
    return PropertyChange(
        path=one.path,
        before=one.before if one.before is not None else other.before,
        after=one.after if one.after is not None else other.after,
        recreation=max(one.recreation, other.recreation, key=worst.index),
        cause=one.cause or other.cause,
    )


def merged(detailed: Sequence[Change], plain: Sequence[Change]) -> tuple[Change, ...]:
    """Return every change of both descriptions, each property once, with values where known."""
    by_id = {change.logical_id: change for change in detailed}
    found: list[Change] = []
    for change in plain:
        known = by_id.pop(change.logical_id, None)
        if known is None:
            found.append(change)
            continue
        # "Properties.Tags" without values is covered by "Properties.Tags.0.Value" with them.
        missing = tuple(
            one
            for one in change.properties
            if not any(
                other.path == one.path or other.path.startswith(f"{one.path}.")
                for other in known.properties
            )
        )
        found.append(replace(change, properties=known.properties + missing))
    return (*found, *by_id.values())
