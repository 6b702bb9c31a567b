"""Two templates compared: everything that a person wants to know before a change is approved."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.changes import Change, FactChange
from bidops_cfn.facts.expansions import expansions, reads_elsewhere
from bidops_cfn.facts.reading import read
from bidops_cfn.review.count import counted
from bidops_cfn.review.difference.access import access_changes
from bidops_cfn.review.difference.resources import Action, ResourceChange, resource_changes
from bidops_cfn.review.difference.values import ValueChange, value_changes

SECTIONS = ("Resources",)
SAME = "The templates say the same."


@dataclass(frozen=True)
class Version:
    """One side: what it is called, its text's SHA-256, and the template.

    ``shown`` turns texts about the template into what people read, by its own settings.
    """

    label: str
    sha256: str
    template: Mapping[str, object]
    shown: Callable[[str], str] = str


def version(
    label: str, text: str, template: Mapping[str, object], shown: Callable[[str], str] = str
) -> Version:
    """Return the side that has ``text``."""
    return Version(label, hashlib.sha256(text.encode()).hexdigest(), template, shown)


@dataclass(frozen=True)
class Difference:
    """What differs; ``remainder`` is all that is neither access nor a resource.

    ``elsewhere`` names what CloudFormation reads from somewhere else when it expands the template.
    """

    old: Version
    new: Version
    access: tuple[FactChange, ...]
    resources: tuple[ResourceChange, ...]
    remainder: tuple[ValueChange, ...]
    catalogue: str
    elsewhere: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the templates say the same."""
        return not (self.access or self.resources or self.remainder)

    def of(self, change: Change) -> tuple[FactChange, ...]:
        """Return what became possible, what became impossible, or what cannot be told."""
        return tuple(one for one in self.access if one.change is change)

    @property
    def widened(self) -> tuple[FactChange, ...]:
        """What became possible."""
        return self.of(Change.WIDENED)

    @property
    def narrowed(self) -> tuple[FactChange, ...]:
        """What became impossible."""
        return self.of(Change.NARROWED)

    @property
    def unknown(self) -> tuple[FactChange, ...]:
        """What changed without its being known whether more is possible."""
        return self.of(Change.UNKNOWN)

    @property
    def summary(self) -> str:
        """The difference in one line of counts."""
        if self.empty and self.elsewhere:
            names = ", ".join(self.elsewhere)
            return f"The texts are the same; what CloudFormation makes of {names} is not known."
        if self.empty:
            return SAME
        parts = [f"{len(found)} {one}" for one in Change if (found := self.of(one))]
        actions = Counter(one.action for one in self.resources)
        parts += [f"{counted(actions[one], 'resource')} {one}" for one in Action if actions[one]]
        if self.remainder:
            parts.append(counted(len(self.remainder), "other value"))
        return ", ".join(parts)


def compare(old: Version, new: Version) -> Difference:
    """Compare two templates; the same text is the same, whatever could be read of it."""
    found = expansions(new.template)
    elsewhere = found if reads_elsewhere(found) else ()
    if old.sha256 == new.sha256 and symbols.same(old.template, new.template):
        return Difference(old, new, (), (), (), catalogue_version(), elsewhere)
    before, after = _remainder(old.template), _remainder(new.template)
    return Difference(
        old,
        new,
        access_changes(read(old.template), read(new.template), old.shown, new.shown),
        resource_changes(old.template, new.template),
        tuple(value_changes(before, after)),
        catalogue_version(),
        elsewhere,
    )


def _remainder(template: Mapping[str, object]) -> Mapping[str, object]:
    return {
        str(name): symbols.canonical(content)
        for name, content in template.items()
        if name not in SECTIONS
    }
