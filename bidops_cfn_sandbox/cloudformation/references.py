"""Which resources a value refers to, and the order in which a template's resources are made."""

from __future__ import annotations

import graphlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bidops_cfn_sandbox.engine.answers import ValidationError

# ${Name} or ${Name.Attribute}; ${!Literal} stays as it is.
SUBSTITUTION = re.compile(r"\$\{([^!{}][^{}]*)\}")


def mentions(value: Any) -> Iterator[tuple[str, str]]:
    """Yield each name that ``value`` refers to, at any depth, and its attribute; none of a Ref."""
    if isinstance(value, list):
        for item in value:
            yield from mentions(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and isinstance(item, str):
                yield item, ""
            elif key == "Fn::GetAtt":
                yield attribute_of(item)
            elif key == "Fn::Sub":
                text, local = item if isinstance(item, list) else (item, {})
                for name in SUBSTITUTION.findall(text):
                    if name not in local:
                        logical_id, _, attribute = name.partition(".")
                        yield logical_id, attribute
                yield from mentions(local)
            else:
                yield from mentions(item)


def references(value: Any) -> Iterator[str]:
    """Yield the names that ``value`` refers to by Ref, Fn::GetAtt or Fn::Sub, at any depth."""
    return (name for name, _ in mentions(value))


def attribute_of(value: Any) -> tuple[str, str]:
    """Return logical id and attribute of an ``Fn::GetAtt``, which is a pair or ``"Id.Name"``."""
    parts = value.split(".", 1) if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) != 2:
        raise ValidationError(
            f"Template error: every Fn::GetAtt object requires two parameters, found {value!r}"
        )
    return str(parts[0]), str(parts[1])


def depends_on(resource: Mapping[str, Any]) -> list[str]:
    """Return the logical ids that a resource names in ``DependsOn``."""
    named = resource.get("DependsOn", [])
    return [named] if isinstance(named, str) else list(named)


def dependencies(resources: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the ids among ``resources`` on which each of them depends."""
    return {
        logical_id: {*depends_on(one), *references(one.get("Properties", {}))} & resources.keys()
        for logical_id, one in sorted(resources.items())
    }


def creation_order(resources: Mapping[str, Any], needs: Mapping[str, set[str]]) -> list[str]:
    """Return the logical ids so that each comes after what it depends on, as in ``needs``.

    Raise ValidationError when resources wait for each other, or for one that does not exist.
    """
    for logical_id in sorted(resources):
        missing = sorted(set(depends_on(resources[logical_id])) - set(resources))
        if missing:
            raise ValidationError(
                f"Template format error: Unresolved resource dependencies [{', '.join(missing)}]"
                " in the Resources block of the template"
            )
    try:
        graph = {one: sorted(needed) for one, needed in needs.items()}
        return list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        cycle = sorted(set(error.args[1]))
        raise ValidationError(
            f"Circular dependency between resources: [{', '.join(cycle)}]"
        ) from error
