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
from bidops_cfn_sandbox.cloudformation.stack import Resource
from bidops_cfn_sandbox.cloudformation.template import mentions
from bidops_cfn_sandbox.engine.answers import Answer, present
from bidops_cfn_sandbox.properties import conform
from bidops_cfn_sandbox.resource_type import ResourceType

ABSENT = object()
# A place that differs: its path below the resource, and both values (or ABSENT).
Difference = tuple[tuple[str, ...], Any, Any]
# Attributes of a definition whose change is a change of the resource, beside its properties.
WATCHED_ATTRIBUTES = ("DeletionPolicy", "UpdateReplacePolicy", "Metadata")
DIRECT = ("DirectModification", None)
# What is known only when the change runs.
DYNAMIC = ("ResourceReference", "ResourceAttribute")
# What is shown only when the caller asks for values.
VALUES = frozenset({"BeforeContext", "AfterContext", "BeforeValue", "AfterValue"})


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
        yield path, before, after


def hide_values(answer: Any) -> Any:
    """Return changes as they are shown to who does not ask for values."""
    if isinstance(answer, list):
        return [hide_values(one) for one in answer]
    if not isinstance(answer, dict):
        return answer
    return {key: hide_values(one) for key, one in answer.items() if key not in VALUES}


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

    def changes(self) -> list[Answer]:
        """Return every change, by logical id, as a change set shows it with values."""
        active = self.scope.active_resources()
        found = [
            change
            for logical_id in self.scope.template.order
            if logical_id in active
            for change in self._changes_of(logical_id, active[logical_id])
        ]
        found += [
            _change("Remove", logical_id, old.type, old)
            for logical_id, old in self.resources.items()
            if logical_id not in active
        ]
        return sorted(found, key=lambda change: str(change["LogicalResourceId"]))

    def _changes_of(self, logical_id: str, definition: Mapping[str, Any]) -> Iterator[Answer]:
        kind = self.types[definition["Type"]]
        after = self._resolved(kind, definition)
        old = self.resources.get(logical_id)
        details = [] if old is None else list(self._details(old, kind, definition, after))
        if old is not None and not details:
            return
        replacement = None if old is None else _replacement(details)
        if replacement != "False":
            self.renewed.add(logical_id)
        yield _change(
            "Add" if old is None else "Modify",
            logical_id,
            kind.name,
            old,
            Replacement=replacement,
            Scope=sorted({detail["Target"]["Attribute"] for detail in details}),
            Details=details,
            AfterContext=_shown({"Properties": after}),
        )

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
    ) -> Iterator[Answer]:
        for found in differences(dict(old.properties), dict(after), ("Properties",)):
            name = found[0][1]
            if name != "Tags":
                cause = self._cause(found, definition.get("Properties", {}).get(name))
                yield _detail(found, "Always" if kind.replaces(name) else "Never", cause)
        if kind.taggable:
            own = {tag["Key"]: tag["Value"] for tag in after.get("Tags", [])}
            before = {k: v for k, v in old.tags.items() if not k.startswith("aws:")}
            for found in differences(before, {**self.tags, **own}, ("Tags",)):
                yield _detail(found)
        for name in WATCHED_ATTRIBUTES:
            for found in differences(old.definition.get(name), definition.get(name), (name,)):
                yield _detail(found)

    def _cause(self, found: Difference, declared: Any) -> tuple[str, str | None]:
        named = [*mentions(declared)]
        names = {name for name, _ in named}
        if KNOWN_AFTER_APPLY in str(found[2]):
            cause = min(names & self.renewed, default=None)
            return "ResourceReference" if (cause, "") in named else "ResourceAttribute", cause
        cause = min(names & self.changed_parameters, default=None)
        return "DirectModification" if cause is None else "ParameterReference", cause


def _change(action: str, logical_id: str, type_: str, old: Resource | None, **more: Any) -> Answer:
    return present(
        Action=action,
        LogicalResourceId=logical_id,
        PhysicalResourceId=None if old is None else old.made.physical_id,
        ResourceType=type_,
        BeforeContext=None if old is None else _shown({"Properties": old.properties}),
        **{"Scope": [], "Details": [], **more},
    )


def _replacement(details: list[Answer]) -> str:
    always = [one for one in details if one["Target"]["RequiresRecreation"] == "Always"]
    if not always:
        return "False"
    return "Conditional" if all(one["Evaluation"] == "Dynamic" for one in always) else "True"


def _detail(
    found: Difference, recreation: str = "Never", cause: tuple[str, str | None] = DIRECT
) -> Answer:
    path, before, after = found
    kind = "Add" if before is ABSENT else "Remove" if after is ABSENT else "Modify"
    target = present(
        Attribute=path[0],
        Name=path[1] if path[0] == "Properties" else None,
        RequiresRecreation=recreation,
        Path="/" + "/".join(path),
        AttributeChangeType=kind,
        BeforeValue=None if before is ABSENT else _shown(before),
        AfterValue=None if after is ABSENT else _shown(after),
    )
    source, entity = cause
    dynamic = "Dynamic" if source in DYNAMIC else "Static"
    return present(Target=target, Evaluation=dynamic, ChangeSource=source, CausingEntity=entity)


def _shown(value: Any) -> str:
    """Return a value as a change set shows it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
