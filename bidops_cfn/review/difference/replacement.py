"""Whether a change makes a new resource, and what that means (``replacement.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources

from bidops_cfn.check.create_only import Steps, create_only


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


@cache
def meanings() -> Mapping[str, str]:
    """Return what a replacement means, by resource type."""
    source = resources.files("bidops_cfn.review.difference").joinpath("replacement.toml")
    found: Mapping[str, str] = tomllib.loads(source.read_text(encoding="utf-8"))["means"]
    return found


def meaning(kind: str) -> str:
    """Return what replacing a resource of this type means, empty where that is not known."""
    return meanings().get(kind, "")
