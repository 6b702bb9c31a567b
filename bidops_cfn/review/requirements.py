"""The catalogue of requirements: what the specification asks, and how it is shown.

``requirements.toml`` has every functional requirement (FR), success criterion (SC) and acceptance
scenario (``US4-3``: the third of user story 4) in the words of ``docs/spec.md``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from bidops_cfn.errors import UsageError


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
    claims: tuple[str, ...]
    shows: tuple[str, ...]
    reading: str
    note: str
    environments: tuple[str, ...] = ()

    def applies_to(self, environment: str) -> bool:
        """Tell whether the requirement is about ``environment``."""
        return not self.environments or environment in self.environments


@cache
def requirements() -> Mapping[str, Requirement]:
    """Return every requirement by id, in the order of the specification."""
    source = resources.files("bidops_cfn.review").joinpath("requirements.toml")
    return {
        name: Requirement(
            name,
            entry["title"],
            entry["text"],
            Class(entry["class"]),
            tuple(entry.get("claims", ())),
            tuple(entry["shows"]),
            entry.get("reading", ""),
            entry.get("note", ""),
            tuple(entry.get("environments", ())),
        )
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
