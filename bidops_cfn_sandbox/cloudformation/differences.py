"""What differs between two property values, path by path, as a change set details it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ABSENT = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs: its path below the resource, and both values (or ABSENT)."""

    path: tuple[str, ...]
    before: Any
    after: Any

    @property
    def pointer(self) -> str:
        """The path as CloudFormation writes it, ``/Properties/ContainerDefinitions/0/Image``."""
        return "/" + "/".join(self.path)

    @property
    def kind(self) -> str:
        """``Add``, ``Remove`` or ``Modify``."""
        if self.before is ABSENT:
            return "Add"
        return "Remove" if self.after is ABSENT else "Modify"


def differences(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Yield the deepest places in which ``before`` and ``after`` differ.

    Lists of different length differ as a whole, since an index says nothing then.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from differences(left, right, (*path, str(index)))
    elif before is ABSENT or after is ABSENT or before != after:
        yield Difference(path, before, after)


def shown(value: Any) -> str:
    """Return a value as a change set shows it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
