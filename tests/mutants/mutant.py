"""One-fault changes of a committed template, written as data: which resource, what is changed, how.

A path such as ``NetworkConfiguration/AwsvpcConfiguration/Subnets/0`` leads through the properties
of the resource; one that begins with ``/`` leads through the whole template.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Template = dict[str, Any]
Change = Callable[[Template, str], None]


@dataclass(frozen=True)
class Mutant:
    """A fault: ``logical_id`` is the one that a finding must name.

    Changes begin ``at`` a logical id where that is another; the fault is one in ``environments``.
    """

    kind: str
    logical_id: str
    name: str
    changes: tuple[Change, ...]
    at: str = ""
    environments: tuple[str, ...] = ("dev", "test", "prod")

    def apply(self, template: Template) -> Template:
        """Return a changed copy of ``template``."""
        changed: Template = json.loads(json.dumps(template))  # a third of the time of deepcopy
        for change in self.changes:
            change(changed, self.at or self.logical_id)
        return changed


def mutants(kind: str, table: dict[str, dict[str, Change | tuple[Change, ...]]]) -> list[Mutant]:
    """Return the mutants of a table: logical id -> name -> change or changes."""
    return [
        Mutant(kind, logical_id, name, change if isinstance(change, tuple) else (change,))
        for logical_id, faults in table.items()
        for name, change in faults.items()
    ]


def put(path: str, value: Any) -> Change:
    """Set what stands at ``path``; a callable gets the old value."""

    def change(template: Template, logical_id: str) -> None:
        parent, last = _parent(template, logical_id, path)
        parent[last] = deepcopy(value(parent[last]) if callable(value) else value)

    return change


def drop(path: str) -> Change:
    """Remove what stands at ``path``."""

    def change(template: Template, logical_id: str) -> None:
        parent, last = _parent(template, logical_id, path)
        del parent[last]

    return change


def add(path: str, value: Any) -> Change:
    """Append to the list at ``path``, which is made where there is none."""

    def change(template: Template, logical_id: str) -> None:
        parent, last = _parent(template, logical_id, path)
        if isinstance(parent, dict):
            parent.setdefault(last, [])
        parent[last].append(deepcopy(value))

    return change


def attribute(name: str, value: Any) -> Change:
    """Set an attribute that stands beside the properties of the resource."""

    def change(template: Template, logical_id: str) -> None:
        template["Resources"][logical_id][name] = deepcopy(value)

    return change


def removed(template: Template, logical_id: str) -> None:
    """Remove the resource."""
    del template["Resources"][logical_id]


def resource(kind: str, **properties: Any) -> Change:
    """Add a resource of this type under the mutant's logical id."""

    def change(template: Template, logical_id: str) -> None:
        template["Resources"][logical_id] = {"Type": kind, "Properties": deepcopy(properties)}

    return change


def copy_of(other: str) -> Change:
    """Add a copy of another resource under the mutant's logical id."""

    def change(template: Template, logical_id: str) -> None:
        template["Resources"][logical_id] = deepcopy(template["Resources"][other])

    return change


def exchanged(other: str) -> Change:
    """Exchange a resource with another one, while all references stay."""

    def change(template: Template, logical_id: str) -> None:
        both = template["Resources"]
        both[logical_id], both[other] = both[other], both[logical_id]

    return change


def hidden(path: str, value: Any) -> Change:
    """Hide ``value`` in a branch: the old value stays in the other one."""

    def change(template: Template, logical_id: str) -> None:
        parent, last = _parent(template, logical_id, path)
        old = (
            parent.get(last, {"Ref": "AWS::NoValue"}) if isinstance(parent, dict) else parent[last]
        )
        parent[last] = {"Fn::If": ["BffDesiredCountGiven", old, deepcopy(value)]}

    return change


def _parent(template: Template, logical_id: str, path: str) -> tuple[Any, Any]:
    node: Any = template if path.startswith("/") else template["Resources"][logical_id]
    steps = path.strip("/").split("/") if path.startswith("/") else ["Properties", *path.split("/")]
    for step in steps[:-1]:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    return node, int(steps[-1]) if isinstance(node, list) else steps[-1]


def ref(logical_id: str) -> dict[str, str]:
    """Return a reference."""
    return {"Ref": logical_id}


def attr(logical_id: str, name: str) -> dict[str, list[str]]:
    """Return an attribute of a resource."""
    return {"Fn::GetAtt": [logical_id, name]}


REPOSITORY = Path(__file__).parents[2]
ENVIRONMENTS = ("dev", "test", "prod")


def committed(environment: str) -> Template:
    """Return the committed template of an environment."""
    path = REPOSITORY / "templates" / environment / "compute.json"
    template: Template = json.loads(path.read_text("utf-8"))
    return template
