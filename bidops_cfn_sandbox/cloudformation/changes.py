"""What a change set would do to each resource: add, modify, replace or remove it, and why.

Properties are resolved as far as they can be before anything is changed; what depends on a
resource that does not exist yet is "known after apply", as on AWS.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bidops_cfn_sandbox.cloudformation.intrinsics import KNOWN_AFTER_APPLY, Scope
from bidops_cfn_sandbox.cloudformation.references import mentions
from bidops_cfn_sandbox.cloudformation.stack import Resource
from bidops_cfn_sandbox.properties import conform
from bidops_cfn_sandbox.resource_type import ResourceType

ABSENT = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs: its path below the resource, and both values (or ABSENT)."""

    path: tuple[str, ...]
    before: Any
    after: Any

    @property
    def pointer(self) -> str:
        """The path as CloudFormation writes it, ``/Properties/ContainerDefinitions/0/Image``."""
        return "/" + "/".join(self.path)

    @property
    def kind(self) -> str:
        """``Add``, ``Remove`` or ``Modify``."""
        if self.before is ABSENT:
            return "Add"
        return "Remove" if self.after is ABSENT else "Modify"


def differences(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Yield the deepest places in which ``before`` and ``after`` differ.

    Lists of different length differ as a whole, since an index says nothing then.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from differences(left, right, (*path, str(index)))
    elif before is ABSENT or after is ABSENT or before != after:
        yield Difference(path, before, after)


def shown(value: Any) -> str:
    """Return a value as a change set shows it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


# Attributes of a definition whose change is a change of the resource, beside its properties.
WATCHED_ATTRIBUTES = ("DeletionPolicy", "UpdateReplacePolicy", "Metadata")


@dataclass(frozen=True, slots=True)
class Detail:
    """One difference, whether it replaces the resource, and what caused it."""

    difference: Difference
    attribute: str
    recreation: str
    source: str
    cause: str | None = None

    @property
    def is_dynamic(self) -> bool:
        """Whether the value is known only when the change runs."""
        return self.source in ("ResourceReference", "ResourceAttribute")


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource."""

    action: str
    logical_id: str
    type: str
    physical_id: str | None = None
    details: tuple[Detail, ...] = ()
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None

    @property
    def replacement(self) -> str | None:
        """``True``, ``Conditional`` or ``False`` for a modification."""
        if self.action != "Modify":
            return None
        always = [detail for detail in self.details if detail.recreation == "Always"]
        if not always:
            return "False"
        return "Conditional" if all(detail.is_dynamic for detail in always) else "True"

    @property
    def scope(self) -> list[str]:
        """The kinds of attributes that change."""
        return sorted({detail.attribute for detail in self.details})


@dataclass
class Preview:
    """The changes between the resources of a stack and a template, found in creation order.

    ``renewed`` collects what is made anew, which ``scope`` does not know yet.
    """

    scope: Scope
    types: Mapping[str, ResourceType]
    resources: Mapping[str, Resource]
    changed_parameters: frozenset[str]
    tags: Mapping[str, str]
    renewed: set[str]

    def changes(self) -> list[Change]:
        """Return every change, by logical id."""
        active = self.scope.active_resources()
        found = [
            change
            for logical_id in self.scope.template.order
            if logical_id in active
            for change in self._changes_of(logical_id, active[logical_id])
        ]
        found += [
            Change("Remove", logical_id, old.type, old.made.physical_id, before=old.properties)
            for logical_id, old in self.resources.items()
            if logical_id not in active
        ]
        return sorted(found, key=lambda change: change.logical_id)

    def _changes_of(self, logical_id: str, definition: Mapping[str, Any]) -> Iterator[Change]:
        kind = self.types[definition["Type"]]
        after = self._resolved(kind, definition)
        old = self.resources.get(logical_id)
        if old is None:
            self.renewed.add(logical_id)
            yield Change("Add", logical_id, kind.name, after=after)
            return
        details = tuple(self._details(old, kind, definition, after))
        if not details:
            return
        change = Change(
            "Modify", logical_id, kind.name, old.made.physical_id, details, old.properties, after
        )
        if change.replacement != "False":
            self.renewed.add(logical_id)
        yield change

    def _resolved(self, kind: ResourceType, definition: Mapping[str, Any]) -> Any:
        resolved = self.scope.resolve(definition.get("Properties", {}))
        try:
            return conform(resolved, kind.properties)
        except (KeyError, ValueError):
            # A number that is known after apply is still text.
            return resolved

    def _details(
        self,
        old: Resource,
        kind: ResourceType,
        definition: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> Iterator[Detail]:
        for found in differences(dict(old.properties), dict(after), ("Properties",)):
            name = found.path[1]
            if name == "Tags":
                continue
            recreation = "Always" if kind.replaces(name) else "Never"
            source, cause = self._cause(found, definition.get("Properties", {}).get(name))
            yield Detail(found, "Properties", recreation, source, cause)
        if kind.taggable:
            own = {tag["Key"]: tag["Value"] for tag in after.get("Tags", [])}
            before = {k: v for k, v in old.tags.items() if not k.startswith("aws:")}
            for found in differences(before, {**self.tags, **own}, ("Tags",)):
                yield Detail(found, "Tags", "Never", "DirectModification")
        for name in WATCHED_ATTRIBUTES:
            pair = (old.definition.get(name), definition.get(name))
            for found in differences(*pair, (name,)):
                yield Detail(found, name, "Never", "DirectModification")

    def _cause(self, found: Difference, declared: Any) -> tuple[str, str | None]:
        named = [*mentions(declared)]
        names = {name for name, _ in named}
        if KNOWN_AFTER_APPLY in str(found.after):
            cause = min(names & self.renewed, default=None)
            return "ResourceReference" if (cause, "") in named else "ResourceAttribute", cause
        cause = min(names & self.changed_parameters, default=None)
        return "DirectModification" if cause is None else "ParameterReference", cause
