"""A template as facts read it: resources by logical id, and safe ways down into their properties.

Nothing here raises on malformed input: what has the wrong type is simply absent, and what needs
it fails closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

Path = tuple[str | int, ...]
One = TypeVar("One")
Told = TypeVar("Told")


def pointer(path: Path) -> str:
    """Return ``path`` as a JSON pointer (RFC 6901); the whole document is the empty string."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def logical_id(path: Path) -> str:
    """Return the logical id that ``path`` lies in: a resource, parameter, condition or output.

    Empty for what belongs to no logical id, such as the template's metadata.
    """
    sections = ("Resources", "Parameters", "Conditions", "Outputs", "Mappings", "Rules")
    return str(path[1]) if len(path) > 1 and path[0] in sections else ""


NOTHING: Mapping[str, object] = {}


def mapping(value: object) -> Mapping[str, object]:
    """Return ``value`` when it is a mapping, an empty one otherwise."""
    return value if isinstance(value, dict) else NOTHING


def items(value: object) -> Sequence[object]:
    """Return ``value`` as a list: itself, one scalar or mapping alone, nothing for None."""
    if value is None:
        return ()
    return value if isinstance(value, (list, tuple)) else (value,)


def descend(value: object, *steps: str | int) -> object:
    """Return what stands below ``value`` at ``steps``; None where a step leads nowhere."""
    for step in steps:
        if isinstance(step, int):
            if not isinstance(value, (list, tuple)) or step >= len(value):
                return None
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def each(value: object, path: Path) -> Iterator[tuple[object, Path]]:
    """Yield each item of ``value``, which stands at ``path``, and where it stands."""
    return ((item, (*path, index)) for index, item in enumerate(items(value)))


def named(path: Sequence[str | int]) -> str:
    """Return a path without its indexes, as people read it: ``LoadBalancers.ContainerName``."""
    return ".".join(step for step in path if isinstance(step, str))


def inside(node: object) -> Iterable[object]:
    """Return what stands directly in ``node``: the items of a mapping or a list."""
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, (list, tuple)) else ()


def nodes(value: object) -> Iterator[object]:
    """Yield ``value`` and everything below it, without recursion: it may be hostile."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(inside(node))


def steps_in(node: object, path: Path) -> list[tuple[Path, object]]:
    """Return what stands directly in ``node``, which stands at ``path``, each with its path."""
    if isinstance(node, dict):
        return [((*path, str(name)), item) for name, item in node.items()]
    return [((*path, index), item) for index, item in enumerate(inside(node))]


def walk(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield ``value`` and everything below it in the order of the document, each with its path."""
    waiting: list[tuple[Path, object]] = [(path, value)]
    while waiting:
        here, node = waiting.pop()
        yield here, node
        waiting += reversed(steps_in(node, here))


def places(value: object, meant: Callable[[object], object]) -> list[tuple[Path, object]]:
    """Return what is ``meant`` of ``value`` and everything below it, each with its path."""
    # Hardly any value has one, and looking without paths costs a third.
    found = any(map(meant, nodes(value)))
    return [(path, node) for path, node in walk(value) if meant(node)] if found else []


@dataclass(frozen=True)
class Resource:
    """A resource of the template; ``attributes`` is all that stands beside Type and Properties."""

    logical_id: str
    type: str
    properties: Mapping[str, object]
    attributes: Mapping[str, object]

    @property
    def path(self) -> Path:
        """Where the resource stands."""
        return ("Resources", self.logical_id)

    def at(self, *steps: str | int) -> Path:
        """Return the path of the property at ``steps``."""
        return ("Resources", self.logical_id, "Properties", *steps)

    def get(self, *steps: str | int) -> object:
        """Return the property at ``steps``; None where there is none."""
        return descend(self.properties, *steps)

    def each(self, *steps: str) -> Iterator[tuple[object, Path]]:
        """Yield each item of the property at ``steps``, and where it stands."""
        return each(self.get(*steps), self.at(*steps))


@dataclass(frozen=True)
class Document:
    """A template in canonical form, without conditions: one of its combinations.

    ``memory`` is one for all combinations: most of a template is the very same in each of them.
    """

    body: Mapping[str, object]
    memory: dict[object, tuple[object, Any]] = field(default_factory=dict, compare=False)

    def once(self, tell: Callable[[One], Told], one: One) -> Told:
        """Return what ``tell`` says of ``one``, a part of the document; asked once in all."""
        key = tell, id(one)
        if key not in self.memory:
            self.memory[key] = one, tell(one)  # which keeps ``one``, and so its id
        told: Told = self.memory[key][1]
        return told

    def parts(self) -> Iterator[tuple[Path, object]]:
        """Yield each resource and output, and every other section as a whole, with its path."""
        for name, section in self.body.items():
            if name in ("Resources", "Outputs") and isinstance(section, dict):
                yield from (((name, str(one)), value) for one, value in section.items())
            else:
                yield (str(name),), section

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """All resources by logical id, in its order; without a readable type it is ``""``."""
        found = {}
        for logical_id, raw in self.section("Resources").items():
            key = logical_id, id(raw)
            if key not in self.memory:
                self.memory[key] = raw, _resource(logical_id, mapping(raw))
            found[logical_id] = self.memory[key][1]
        return found

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Yield the resources whose type is one of ``types``, by logical id."""
        return (resource for resource in self.resources.values() if resource.type in types)

    def find(self, logical_id: object, *types: str) -> Resource | None:
        """Return the resource called ``logical_id`` if it has one of ``types``."""
        resource = self.resources.get(logical_id) if isinstance(logical_id, str) else None
        return resource if resource and (not types or resource.type in types) else None

    def section(self, name: str) -> Mapping[str, object]:
        """Return a top-level section in the order of its names, empty where it is malformed."""
        return dict(sorted(mapping(self.body.get(name)).items(), key=lambda one: str(one[0])))


def _resource(logical_id: str, declared: Mapping[str, object]) -> Resource:
    kind = declared.get("Type")
    return Resource(
        logical_id,
        kind if isinstance(kind, str) else "",
        mapping(declared.get("Properties")),
        {k: v for k, v in declared.items() if k not in ("Type", "Properties")},
    )
