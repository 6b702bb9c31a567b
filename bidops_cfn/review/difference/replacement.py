"""Whether a change makes a new resource, and what that means."""

from __future__ import annotations

from enum import StrEnum

from bidops_cfn.check.create_only import Steps, create_only
from bidops_cfn.spec.resource_types import UNDERSTOOD


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


def meaning(kind: str) -> str:
    """Return what replacing a resource of this type means, empty where that is not known."""
    return UNDERSTOOD.get(kind, "")
