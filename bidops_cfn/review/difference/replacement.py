"""Which properties replace their resource when they change (``replacement.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources


class Replacement(StrEnum):
    """Whether a change makes a new resource."""

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


@dataclass(frozen=True)
class Replaceable:
    """A resource type: its create-only properties, and what a replacement means."""

    always: frozenset[str]
    maybe: frozenset[str]
    means: str

    def by(self, name: str) -> Replacement:
        """Return whether a change of the property ``name`` replaces the resource."""
        if name in self.always:
            return Replacement.YES
        return Replacement.MAYBE if name in self.maybe else Replacement.NO


@cache
def replaceable() -> Mapping[str, Replaceable]:
    """Return what is known, by resource type."""
    source = resources.files("bidops_cfn.review.difference").joinpath("replacement.toml")
    return {
        name: Replaceable(
            frozenset(entry["always"]), frozenset(entry.get("maybe", ())), entry.get("means", "")
        )
        for name, entry in tomllib.loads(source.read_text(encoding="utf-8")).items()
    }


def by(kind: str, name: str) -> Replacement:
    """Return whether a changed property replaces a resource; maybe, where the type is unknown."""
    known = replaceable().get(kind)
    return known.by(name) if known else Replacement.MAYBE


def meaning(kind: str) -> str:
    """Return what replacing a resource of this type means."""
    known = replaceable().get(kind)
    return known.means if known else ""
