"""Evidence: where a template shows a requirement, found by a selector of the catalogue.

::

    ECS::Service[bff]{text} NetworkConfiguration/AwsvpcConfiguration/Subnets
    type         |     |    path below Properties, "*" for each element
                 |     must stand somewhere in the resource
                 plays a part for this service

``Outputs`` and ``Parameters`` are types too; their paths start at the output or parameter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from bidops_cfn.facts.document import Document, mapping
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.played_parts import played_parts
from bidops_cfn.facts.reading import Reading

_SELECTOR = re.compile(
    r"(?P<type>[\w:]+)(\[(?P<service>\w+)\])?(\{(?P<text>[^}]*)\})?( (?P<at>\S+))?"
)
_SECTIONS = ("Outputs", "Parameters")


@dataclass(frozen=True)
class Selector:
    """A parsed selector; empty texts select everything."""

    type: str
    service: str
    text: str
    steps: tuple[str, ...]


@cache
def selector(written: str) -> Selector:
    """Return the selector that ``written`` is; raises ``ValueError`` when it is none."""
    match = _SELECTOR.fullmatch(written)
    if match is None:
        raise ValueError(written)
    steps = tuple((match["at"] or "").split("/")) if match["at"] else ()
    return Selector(match["type"], match["service"] or "", match["text"] or "", steps)


@dataclass(frozen=True)
class Evidence:
    """Finds evidence in the cases of one template; what belongs to a service is found once."""

    readings: Sequence[Reading]
    _owned: dict[tuple[int, str], frozenset[str]] = field(default_factory=dict)

    def of(self, shows: Sequence[str]) -> tuple[Path, ...]:
        """Return the paths in the template that the selectors ``shows`` lead to, in their order."""
        found = (
            reading.origin(path)
            for written in shows
            for number, reading in enumerate(self.readings)
            for path in self._found(number, reading, selector(written))
        )
        return tuple(dict.fromkeys(found))

    def _found(self, number: int, reading: Reading, wanted: Selector) -> Iterator[Path]:
        for path, kind, content, below in _candidates(reading.document):
            if kind != wanted.type or not _has(content, wanted.text):
                continue
            if wanted.service:
                key = (number, wanted.service)
                if key not in self._owned:
                    self._owned[key] = _parts(reading, wanted.service)
                if path[1] not in self._owned[key]:
                    continue
            start = path if kind in _SECTIONS else (*path, "Properties")
            yield from _descend(below, start, wanted)


def _candidates(document: Document) -> Iterator[tuple[Path, str, object, object]]:
    for resource in document.resources.values():
        kind = resource.type.removeprefix("AWS::")
        yield resource.path, kind, resource.properties, resource.properties
    for section in _SECTIONS:
        for name, content in document.section(section).items():
            yield (section, name), section, content, content


def _has(content: object, text: str) -> bool:
    return not text or text in json.dumps(content, default=str)


def _descend(value: object, path: Path, wanted: Selector) -> Iterator[Path]:
    if not wanted.steps:
        yield path[:2]
        return
    reached: list[tuple[object, Path]] = [(value, path)]
    for step in wanted.steps:
        reached = [one for node, here in reached for one in _step(node, here, step)]
    whole = wanted.steps[-1] == "*" and wanted.text
    yield from (here for node, here in reached if not whole or _has(node, wanted.text))


def _step(node: object, path: Path, step: str) -> Iterator[tuple[object, Path]]:
    if step == "*" and isinstance(node, list):
        yield from ((item, (*path, index)) for index, item in enumerate(node))
    elif step == "*":
        yield from ((item, (*path, name)) for name, item in mapping(node).items())
    elif step in mapping(node):
        yield mapping(node)[step], (*path, step)


def _parts(reading: Reading, service: str) -> frozenset[str]:
    """Return the logical ids of everything that plays a part for a service."""
    return frozenset(
        resource.logical_id
        for (name, _), resources in played_parts(reading).slots.items()
        if name == service
        for resource in resources
    )
