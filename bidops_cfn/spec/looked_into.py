"""``looked_into.toml``: which properties of a resource facts and rules look into, by type."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from bidops_cfn.frozen import frozen

Steps = tuple[str, ...]


@frozen
class LookedInto:
    """The properties of a type, as paths without indexes, each in one of four lists."""

    read: frozenset[Steps]
    harmless: frozenset[Steps]
    shown: frozenset[Steps]
    ruled: frozenset[Steps]

    @property
    def all(self) -> frozenset[Steps]:
        """Every property that is in a list."""
        return self.read | self.harmless | self.shown | self.ruled


@cache
def looked_into() -> Mapping[str, LookedInto]:
    """Return what is looked into, by resource type."""
    source = resources.files("bidops_cfn.spec").joinpath("looked_into.toml")
    return {
        kind: LookedInto(
            *(_paths(entry.get(name, ())) for name in ("read", "harmless", "shown", "ruled"))
        )
        for kind, entry in tomllib.loads(source.read_text(encoding="utf-8")).items()
    }


def below(steps: Steps, known: frozenset[Steps]) -> bool:
    """Tell whether a path is one of ``known``, or leads into one."""
    return any(steps[:length] in known for length in range(1, len(steps) + 1))


def _paths(written: Sequence[str]) -> frozenset[Steps]:
    return frozenset(tuple(one.split(".")) for one in written)
