"""The catalogue of requirements: what the specification asks, and how it is shown.

``requirements.toml`` has every functional requirement (FR), success criterion (SC) and acceptance
scenario (``US4-3``: the third of user story 4) in the words of ``docs/spec.md``. Where a template
shows a requirement is found by selectors::

    ECS::Service[bff]{text} NetworkConfiguration/AwsvpcConfiguration/Subnets
    type         |     |    path below Properties, "*" for each element
                 |     must stand somewhere in the resource
                 plays a part for this service

``Outputs`` and ``Parameters`` are types too; their paths start at the output or parameter.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import NamedTuple

from bidops_cfn.errors import UsageError
from bidops_cfn.facts.document import Document, Path, mapping
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.template_under_review import played_parts

_SELECTOR = re.compile(
    r"(?P<type>[\w:]+)(\[(?P<service>\w+)\])?(\{(?P<text>[^}]*)\})?( (?P<at>\S+))?"
)
_SECTIONS = ("Outputs", "Parameters")


class Class(StrEnum):
    """How a requirement is shown, strongest first."""

    PROVED = "proved"
    CHECKED = "checked by rule"
    RUN_TIME = "run time only"
    DELEGATED = "delegated to another stack"


@dataclass(frozen=True)
class Requirement:
    """A requirement; ``claims`` prove it, ``shows`` are selectors of what shows or enables it.

    ``reading`` is our reading where the specification contradicts itself or AWS, ``note`` what is
    not shown, ``environments`` where it applies, empty for everywhere.
    """

    id: str
    title: str
    text: str
    shown_as: Class
    shows: Sequence[str]
    claims: Sequence[str] = ()
    reading: str = ""
    note: str = ""
    environments: Sequence[str] = ()

    def applies_to(self, environment: str) -> bool:
        """Tell whether the requirement is about ``environment``."""
        return not self.environments or environment in self.environments


@cache
def requirements() -> Mapping[str, Requirement]:
    """Return every requirement by id, in the order of the specification."""
    source = resources.files("bidops_cfn.review").joinpath("requirements.toml")
    return {
        name: Requirement(name, shown_as=Class(entry.pop("class")), **entry)
        for name, entry in tomllib.loads(source.read_text(encoding="utf-8")).items()
    }


def requirement(name: str) -> Requirement:
    """Return the requirement called ``name`` in any letter case; raises ``UsageError``."""
    found = requirements().get(name.upper())
    if found is None:
        reserved = name.upper() == "FR-036"
        raise UsageError(
            f"no requirement {name}",
            "the specification skips this number" if reserved else "the specification has none",
            hint="Ids look like FR-026, SC-008 or US4-3 (story 4, scenario 3): see docs/spec.md",
        )
    return found


class Selector(NamedTuple):
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
    steps = tuple(match["at"].split("/")) if match["at"] else ()
    return Selector(match["type"], match["service"] or "", match["text"] or "", steps)


def evidence(readings: Sequence[Reading], shows: Sequence[str]) -> tuple[Path, ...]:
    """Return the paths in the template that the selectors ``shows`` lead to, in their order."""
    found = (
        reading.origin(path)
        for written in shows
        for reading in readings
        for path in _found(reading, selector(written))
    )
    return tuple(dict.fromkeys(found))


def _found(reading: Reading, wanted: Selector) -> Iterator[Path]:
    owned = _parts(reading, wanted.service) if wanted.service else frozenset()
    for path, kind, content in _candidates(reading.document):
        mine = not wanted.service or path[1] in owned
        if kind == wanted.type and mine and _has(content, wanted.text):
            start = path if kind in _SECTIONS else (*path, "Properties")
            yield from _descend(content, start, wanted)


def _candidates(document: Document) -> Iterator[tuple[Path, str, object]]:
    for resource in document.resources.values():
        yield resource.path, resource.type.removeprefix("AWS::"), resource.properties
    for section in _SECTIONS:
        for name, content in document.section(section).items():
            yield (section, name), section, content


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
