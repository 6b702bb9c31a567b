"""Changed values as text: each with its path, and what stood and stands there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.changes import GONE, differences
from bidops_cfn.facts.document import Path

ABSENT = "absent"


@dataclass(frozen=True)
class ValueChange:
    """A changed value at ``path`` below what is compared; texts are ``absent`` for nothing."""

    path: Path
    before: str
    after: str

    @property
    def name(self) -> str:
        """The path as people write it: ``ContainerDefinitions[0].Image``."""
        name = ""
        for step in self.path:
            name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else str(step)
        return name


def value_changes(old: object, new: object) -> Iterator[ValueChange]:
    """Yield every difference between two canonical values, as deep as both have structure."""
    for path, before, after in differences(old, new):
        yield ValueChange(path, _text(before), _text(after))


def _text(value: object) -> str:
    return ABSENT if value is GONE else symbols.show(value)
