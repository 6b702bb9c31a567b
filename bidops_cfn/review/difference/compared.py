"""Two templates compared: everything that a person wants to know before a change is approved."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.reading import read
from bidops_cfn.review.count import counted
from bidops_cfn.review.difference.access import AccessChange, access_changes
from bidops_cfn.review.difference.resources import Action, ResourceChange, resource_changes
from bidops_cfn.review.difference.values import ValueChange, value_changes

SECTIONS = ("Resources",)


@dataclass(frozen=True)
class Version:
    """One side: what it is called, its text's SHA-256, and the template."""

    label: str
    sha256: str
    template: Mapping[str, object]


def version(label: str, text: str, template: Mapping[str, object]) -> Version:
    """Return the side that has ``text``."""
    return Version(label, hashlib.sha256(text.encode()).hexdigest(), template)


@dataclass(frozen=True)
class Difference:
    """What differs; ``remainder`` is all that is neither access nor a resource."""

    old: Version
    new: Version
    access: tuple[AccessChange, ...]
    resources: tuple[ResourceChange, ...]
    remainder: tuple[ValueChange, ...]
    catalogue: str

    @property
    def empty(self) -> bool:
        """Whether the templates say the same."""
        return not (self.access or self.resources or self.remainder)

    @property
    def widened(self) -> tuple[AccessChange, ...]:
        """What became possible."""
        return tuple(one for one in self.access if one.widened)

    @property
    def narrowed(self) -> tuple[AccessChange, ...]:
        """What became impossible."""
        return tuple(one for one in self.access if not one.widened)

    @property
    def summary(self) -> str:
        """The difference in one line of counts."""
        if self.empty:
            return "The templates say the same."
        access = {"widened": len(self.widened), "narrowed": len(self.narrowed)}
        actions = Counter(one.action for one in self.resources)
        parts = [f"{count} {verdict}" for verdict, count in access.items() if count]
        parts += [f"{counted(actions[one], 'resource')} {one}" for one in Action if actions[one]]
        if self.remainder:
            parts.append(counted(len(self.remainder), "other value"))
        return ", ".join(parts)


def compare(old: Version, new: Version, shown: Callable[[str], str] = str) -> Difference:
    """Compare two templates; ``shown`` turns texts into what people read."""
    before, after = _remainder(old.template), _remainder(new.template)
    access = access_changes(read(old.template), read(new.template))
    return Difference(
        old,
        new,
        tuple(
            AccessChange(one.change, one.kind, shown(one.subject), shown(one.shown), one.path)
            for one in access
        ),
        resource_changes(old.template, new.template),
        tuple(value_changes(before, after)),
        catalogue_version(),
    )


def _remainder(template: Mapping[str, object]) -> Mapping[str, object]:
    return {
        str(name): symbols.canonical(content)
        for name, content in template.items()
        if name not in SECTIONS
    }
