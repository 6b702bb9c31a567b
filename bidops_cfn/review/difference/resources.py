"""Changes of resources, with what each does to the resource: nothing, an update, a replacement.

A replacement spreads: what refers to a replaced resource in a create-only property is replaced too.
Values are compared as they are written, with every ``Fn::If``, in canonical form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bidops_cfn.check.create_only import Steps, create_only
from bidops_cfn.facts import symbols
from bidops_cfn.facts.changes import GONE, differences, leaves
from bidops_cfn.facts.document import Path, mapping
from bidops_cfn.spec.resource_types import UNDERSTOOD

ABSENT = "absent"


@dataclass(frozen=True)
class ValueChange:
    """A changed value at ``path`` below what is compared; texts are ``absent`` for nothing."""

    path: Path
    before: str
    after: str

    @property
    def name(self) -> str:
        """The path as people write it: ``ContainerDefinitions[0].Image``."""
        name = ""
        for step in self.path:
            name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else str(step)
        return name


def value_changes(old: object, new: object) -> Iterator[ValueChange]:
    """Yield every difference between two canonical values, as deep as both have structure."""
    for path, before, after in differences(old, new):
        yield ValueChange(path, _text(before), _text(after))


def _text(value: object) -> str:
    return ABSENT if value is GONE else symbols.show(value)


class Replacement(StrEnum):
    """Whether a change makes a new resource."""

    NO = "no"
    UNKNOWN = "unknown"
    MAYBE = "maybe"
    YES = "yes"


def by(kind: str, steps: Steps) -> Replacement:
    """Return whether a change at ``steps``, a path below the properties, replaces a resource."""
    known = create_only(kind)
    if known is None:
        return Replacement.UNKNOWN
    if _meets(steps, known.always):
        return Replacement.YES
    if _meets(steps, known.maybe):
        return Replacement.MAYBE
    return Replacement.NO if known.whole else Replacement.UNKNOWN


def _meets(steps: Steps, known: frozenset[Steps]) -> bool:
    """Tell whether a path leads to, into or above one of those that are known."""
    return any(one[: len(steps)] == steps[: len(one)] for one in known)


def meaning(kind: str) -> str:
    """Return what replacing a resource of this type means, empty where that is not known."""
    return UNDERSTOOD.get(kind, "")


class Action(StrEnum):
    """What happens to a resource."""

    REMOVED = "removed"
    REPLACED = "replaced"
    PERHAPS_REPLACED = "perhaps replaced"
    UNKNOWN = "unknown"
    ADDED = "added"
    CHANGED = "changed"


@dataclass(frozen=True)
class ResourceChange:
    """A resource that differs; ``causes`` say why it is replaced, or kept when it is removed."""

    action: Action
    logical_id: str
    type: str
    changes: tuple[ValueChange, ...] = ()
    causes: tuple[str, ...] = ()


def resource_changes(
    old: Mapping[str, object], new: Mapping[str, object]
) -> tuple[ResourceChange, ...]:
    """Return every resource that differs between two templates: removals and replacements first."""
    before, after = _resources(old), _resources(new)
    found = {
        name: change
        for name in sorted({*before, *after})
        if (change := _change(name, before.get(name), after.get(name))) is not None
    }
    _spread(found, before, after)
    order = list(Action)
    return tuple(sorted(found.values(), key=lambda one: (order.index(one.action), one.logical_id)))


def _resources(template: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    return {
        # What is no resource, such as a loop, is something of an unknown type.
        str(name): found if isinstance(found, dict) else {"Type": None, "Content": found}
        for name, written in mapping(template.get("Resources")).items()
        for found in (symbols.canonical(written),)
    }


def _type(resource: Mapping[str, object]) -> str:
    return symbols.text(resource.get("Type")) or "no type of its own"


def _change(
    name: str, old: Mapping[str, object] | None, new: Mapping[str, object] | None
) -> ResourceChange | None:
    if old is None:
        return ResourceChange(Action.ADDED, name, _type(new or {}))
    kind = _type(old)
    if new is None:
        kept = old.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate")
        causes = ("DeletionPolicy: it stays in the account, without its stack",) if kept else ()
        return ResourceChange(Action.REMOVED, name, kind, causes=causes)
    found = tuple(value_changes(old, new))
    if not found:
        return None
    if not symbols.same(old.get("Type"), new.get("Type")):
        cause = "its type changes, which CloudFormation refuses: give it a new logical id"
        return ResourceChange(Action.REPLACED, name, kind, found, (cause,))
    return _judged(ResourceChange(Action.CHANGED, name, kind, found), _replacing(kind, old, new))


def _replacing(
    kind: str, old: Mapping[str, object], new: Mapping[str, object]
) -> Mapping[str, Replacement]:
    """Return whether each changed property, by its name, replaces its resource."""
    found: dict[str, Replacement] = {}
    for whole in differences(old.get("Properties", {}), new.get("Properties", {})):
        for path, _, _ in leaves(whole):
            steps = tuple(step for step in path if isinstance(step, str))
            name = steps[0] if steps else "Properties"
            found[name] = max(found.get(name, Replacement.NO), by(kind, steps), key=_WORSE.index)
    return found


_WORSE = list(Replacement)
_WHY = (
    (Replacement.YES, Action.REPLACED, "{} cannot be changed"),
    (Replacement.MAYBE, Action.PERHAPS_REPLACED, "{} cannot always be changed"),
    (Replacement.UNKNOWN, Action.UNKNOWN, "whether a change of {} makes a new one is unknown"),
)


def _judged(change: ResourceChange, replacing: Mapping[str, Replacement]) -> ResourceChange:
    for wanted, action, why in _WHY:
        names = ", ".join(name for name, found in replacing.items() if found is wanted)
        if names:
            return replace(change, action=action, causes=(why.format(names),))
    return change


def _spread(
    found: dict[str, ResourceChange],
    before: Mapping[str, Mapping[str, object]],
    after: Mapping[str, Mapping[str, object]],
) -> None:
    """Add what is replaced, or changed, because something that it refers to is replaced."""
    waiting = [name for name, one in found.items() if one.action is Action.REPLACED]
    while waiting:
        target = waiting.pop()
        for name, resource in after.items():
            if name not in before or name == target:
                continue
            known = found.get(name)
            if known is not None and known.action is Action.REPLACED:
                continue
            spread = _because(target, name, resource, known)
            if spread is not None:
                found[name] = spread
                if spread.action is Action.REPLACED:
                    waiting.append(name)


def _because(
    target: str, name: str, resource: Mapping[str, object], known: ResourceChange | None
) -> ResourceChange | None:
    kind = _type(resource)
    through = sorted(_properties_with(resource, target))
    if not through:
        return None
    replacing = [one for one in through if by(kind, (one,)) is Replacement.YES]
    if replacing:
        cause = f"{', '.join(replacing)} refers to {target}, which is replaced"
        changes = known.changes if known else ()
        return ResourceChange(Action.REPLACED, name, kind, changes, (cause,))
    if known is not None:
        return None
    cause = f"{', '.join(through)} follows {target}, which is replaced"
    return ResourceChange(Action.CHANGED, name, kind, (), (cause,))


def _properties_with(resource: Mapping[str, object], target: str) -> Iterator[str]:
    for name, value in mapping(resource.get("Properties")).items():
        if target in symbols.all_referenced(value):
            yield str(name)
