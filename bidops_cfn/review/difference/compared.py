"""Two templates compared: everything that a person wants to know before a change is approved.

Access is compared by set inclusion: what nothing old covers is wider, what nothing new covers is
narrower.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from bidops_cfn.facts import symbols
from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.changes import Change, FactChange, FactKind
from bidops_cfn.facts.document import logical_id, pointer
from bidops_cfn.facts.expansions import dynamic_references, expansions, reads_elsewhere
from bidops_cfn.facts.reading import Facts, read
from bidops_cfn.facts.widening import changes
from bidops_cfn.printable import json_text
from bidops_cfn.review.difference.resources import (
    Action,
    ResourceChange,
    ValueChange,
    meaning,
    resource_changes,
    value_changes,
)
from bidops_cfn.review.settings_facts import (
    Direction,
    Rows,
    SettingChange,
    only_in,
    setting_changes,
    words_of,
)
from bidops_cfn.review.writing import counted

SCHEMA_VERSION = 1
SECTIONS = ("Resources",)
SAME = "The templates say the same."
ORDER = (Change.WIDENED, Change.UNKNOWN, Change.NARROWED)

Shown = Callable[[str], str]


@dataclass(frozen=True)
class Version:
    """One side: what it is called, its text, and the template that it is.

    ``shown`` turns texts about the template into what people read, by its own settings, and
    ``settings`` are these, as far as they are known. ``doubt`` is why another template may be
    meant, a sentence without its full stop.
    """

    label: str
    text: str
    template: Mapping[str, object]
    shown: Shown = str
    settings: Rows = field(default_factory=dict)
    doubt: str = ""

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def facts(self) -> Facts:
        """The facts of the template."""
        return read(self.template)


@dataclass(frozen=True)
class Difference:
    """What differs; ``remainder`` is all of the template that is neither access nor a resource.

    ``settings`` are those of the deployment, which stand in no template.
    ``elsewhere`` names what CloudFormation reads from somewhere else when it expands the template.
    """

    old: Version
    new: Version
    access: tuple[FactChange, ...]
    resources: tuple[ResourceChange, ...]
    remainder: tuple[ValueChange, ...]
    elsewhere: tuple[str, ...] = ()
    settings: tuple[SettingChange, ...] = ()

    @property
    def uncompared(self) -> tuple[str, ...]:
        """The settings of the deployment that are not known of the old side, in words."""
        return tuple(words_of(key) for key in only_in(self.new.settings, self.old.settings))

    @property
    def same(self) -> bool:
        """Whether the templates say the same."""
        return not (self.access or self.resources or self.remainder)

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return self.same and not self.settings

    def of(self, change: Change) -> tuple[FactChange, ...]:
        """Return what became possible, what became impossible, or what cannot be told."""
        return tuple(one for one in self.access if one.change is change)

    @property
    def summary(self) -> str:
        """The difference in one line of counts."""
        counts = Counter(one.direction for one in self.settings)
        settings = (
            f"{counted(counts[one], 'setting')} of the deployment "
            f"{'that cannot be judged' if one is Direction.UNKNOWN else one}"
            for one in Direction
            if counts[one]
        )
        doubt = (f"{self.new.doubt}.",) if self.new.doubt else ()
        if not self.same:
            return ". ".join((", ".join((*self._counts(), *settings)), *doubt))
        names = ", ".join(self.elsewhere)
        unknown = f"The texts are the same; what CloudFormation makes of {names} is not known."
        return " ".join((unknown if names else SAME, *(f"{one}." for one in settings), *doubt))

    def _counts(self) -> Iterator[str]:
        yield from (f"{len(found)} {one}" for one in Change if (found := self.of(one)))
        actions = Counter(one.action for one in self.resources)
        yield from (f"{counted(actions[one], 'resource')} {one}" for one in Action if actions[one])
        if self.remainder:
            yield counted(len(self.remainder), "other value")


def compare(old: Version, new: Version) -> Difference:
    """Compare two templates; the same text is the same, whatever could be read of it."""
    found = expansions(new.template)
    read_then = (text for text, _ in dynamic_references(symbols.canonical(dict(new.template))))
    elsewhere = (*(found if reads_elsewhere(found) else ()), *sorted(set(read_then)))
    settings = setting_changes(old.settings, new.settings)
    if old.sha256 == new.sha256 and symbols.same(old.template, new.template):
        return Difference(old, new, (), (), (), elsewhere, settings)
    before, after = _remainder(old.template), _remainder(new.template)
    return Difference(
        old,
        new,
        access_changes(old.facts, new.facts, old.shown, new.shown),
        resource_changes(old.template, new.template),
        tuple(value_changes(before, after)),
        elsewhere,
        settings,
    )


def access_changes(
    old: Facts, new: Facts, before: Shown = str, after: Shown = str
) -> tuple[FactChange, ...]:
    """Return every change of access: what is wider, what cannot be told, what is narrower.

    ``before`` and ``after`` turn texts about the old and the new template into what people read.
    """
    found = (
        _named(one, before if one.change is Change.NARROWED else after) for one in changes(old, new)
    )
    kinds = list(FactKind)

    def place(one: FactChange) -> tuple[object, ...]:
        return ORDER.index(one.change), kinds.index(one.kind), one.subject, one.shown

    return tuple(sorted(found, key=place))


def _named(one: FactChange, shown: Shown) -> FactChange:
    """Return a change as people read it, ``${BffSecurityGroup.GroupId}`` as the group's name."""
    subject = shown(one.subject).removeprefix("${").removesuffix("}").removesuffix(".GroupId")
    return replace(one, subject=subject, shown=shown(one.shown))


def _remainder(template: Mapping[str, object]) -> Mapping[str, object]:
    return {
        str(name): symbols.canonical(content)
        for name, content in template.items()
        if name not in SECTIONS
    }


def as_json(difference: Difference) -> str:
    """Return the difference as JSON text."""
    found = {
        "schema_version": SCHEMA_VERSION,
        **{
            side: {"label": one.label, "sha256": one.sha256}
            for side, one in (("old", difference.old), ("new", difference.new))
        },
        "catalogue": catalogue_version(),
        "summary": difference.summary,
        "widened": len(difference.of(Change.WIDENED)),
        "cannot_tell": len(difference.of(Change.UNKNOWN)),
        "narrowed": len(difference.of(Change.NARROWED)),
        "access": [
            {
                "change": one.change.value,
                "kind": one.kind.value,
                "subject": one.subject,
                "fact": one.shown,
                "logical_id": logical_id(one.path),
                "pointer": pointer(one.path),
            }
            for one in difference.access
        ],
        "deployment": [
            {
                "setting": one.key,
                "change": one.direction.value,
                "before": one.before,
                "after": one.after,
            }
            for one in difference.settings
        ],
        "resources": [
            {
                "action": one.action.value,
                "logical_id": one.logical_id,
                "type": one.type,
                "causes": list(one.causes),
                "means": meaning(one.type) if one.action is Action.REPLACED else "",
                "values": [_value(change) for change in one.changes],
            }
            for one in difference.resources
        ],
        "remainder": [_value(one) for one in difference.remainder],
    }
    return json_text(found, indent=1) + "\n"


def _value(one: ValueChange) -> dict[str, str]:
    return {"pointer": pointer(one.path), "before": one.before, "after": one.after}
