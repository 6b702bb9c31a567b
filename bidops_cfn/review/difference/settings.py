"""Settings that stand in no template, compared: what guards a deployment, and on whose behalf.

Both sides are the rows of ``settings.tsv``. A side that was committed has them from its own file,
so that the names of its imports are its own too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bidops_cfn.review.settings_facts import WORDS, of_deployment, settings_facts
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.contract import DEFAULT_PATTERN, ImportNames
from bidops_cfn.settings.references import parse_setting
from bidops_cfn.settings.services import SEVERITIES

Rows = Mapping[str, str]  # setting -> value, as in settings.tsv

TAGS = "tags."
EXPORTS = "imports."
PATTERN = "imports.pattern"
# Other in every environment by their nature.
OF_ITS_OWN = ("account_id", "stack_name", TAGS)
# How many accounts may fail, and how much is assumed to be saved.
MORE_IS_WEAKER = ("stackset.failure_tolerance", "capacity.spot_discount_percent")
# What no setting tells the effect of.
UNTOLD = {
    "account_id": "another account, with guards of its own",
    "deploy.role_arn": "CloudFormation acts with what this role may do, which no template shows",
}
# Whether a list guards less than before. No accounts are all accounts of the units.
LISTS: Mapping[str, Callable[[set[str], set[str]], bool]] = {
    "deploy.rollback_alarms": lambda before, after: not before <= after,
    "stackset.organizational_units": lambda before, after: not after <= before,
    "stackset.accounts": lambda before, after: bool(before) and (not after or not after <= before),
}


class Direction(StrEnum):
    """What a changed setting does to the guards of a deployment."""

    WEAKENED = "weakened"
    UNKNOWN = "cannot tell"
    CHANGED = "changed"
    STRENGTHENED = "strengthened"


@dataclass(frozen=True)
class SettingChange:
    """A setting of the deployment that differs; values in words, ``absent`` for none."""

    key: str
    before: str
    after: str
    direction: Direction

    @property
    def name(self) -> str:
        """The setting in words: ``termination protection``."""
        return words_of(self.key)

    @property
    def effect(self) -> str:
        """Why it cannot be told what the change does, empty where that is known."""
        return UNTOLD.get(self.key, "")


def rows_of(subject: Subject) -> Rows:
    """Return the rows of settings that are at hand."""
    return {fact.key: fact.value for fact in settings_facts(subject) if fact.value}


def rows_in(text: str) -> Rows:
    """Return the rows of a committed ``settings.tsv``."""
    cells = (line.split("\t") for line in text.splitlines()[1:])
    return {line[0]: line[1] for line in cells if len(line) > 1 and line[1]}


def import_names(rows: Rows) -> ImportNames:
    """Return how the imports of a side are named."""
    exceptions = {
        key.removeprefix(EXPORTS): parse_setting(json.loads(value))
        for key, value in rows.items()
        if key.startswith(EXPORTS) and key != PATTERN and value.startswith("[")
    }
    return ImportNames(rows.get(PATTERN, DEFAULT_PATTERN), exceptions)


def between_environments(rows: Rows, named: Callable[[str], str]) -> Rows:
    """Return rows without what differs between environments by its nature, names made equal."""
    return {key: named(value) for key, value in rows.items() if not key.startswith(OF_ITS_OWN)}


def setting_changes(old: Rows, new: Rows) -> tuple[SettingChange, ...]:
    """Return the settings of the deployment that differ, weakened guards first.

    A setting that only one side knows is no difference, but for tags.
    """
    both = old.keys() & new.keys()
    if any(key.startswith(TAGS) for key in old) and any(key.startswith(TAGS) for key in new):
        both |= {key for key in old.keys() | new.keys() if key.startswith(TAGS)}
    found = [
        SettingChange(key, _worded(before), _worded(after), _direction(key, before, after))
        for key in sorted(both)
        if of_deployment(key)
        if (before := old.get(key, "absent")) != (after := new.get(key, "absent"))
    ]
    order = list(Direction)
    return tuple(sorted(found, key=lambda one: (order.index(one.direction), one.key)))


def only_in(rows: Rows, others: Rows) -> tuple[str, ...]:
    """Return the settings of the deployment, tags aside, that are known of one side alone."""
    keys = (key for key in rows if of_deployment(key) and not key.startswith(TAGS))
    return tuple(sorted(key for key in keys if key not in others))


def words_of(key: str) -> str:
    """Return a setting's key in words: ``termination protection``, ``stackset name``."""
    if key.startswith(TAGS):
        return key
    return re.sub(r"^(deploy|capacity)\.", "", key).replace(".", " ").replace("_", " ")


def _worded(value: str) -> str:
    return WORDS.get(value, value)


def _direction(key: str, before: str, after: str) -> Direction:
    if key in LISTS:
        old_list, new_list = {*_listed(before)}, {*_listed(after)}
        if old_list == new_list:
            return Direction.CHANGED
        weaker = LISTS[key](old_list, new_list)
        return Direction.WEAKENED if weaker else Direction.STRENGTHENED
    if key in UNTOLD:
        return Direction.UNKNOWN
    old, new = _strength(key, before), _strength(key, after)
    if old is None or new is None or old == new:
        return Direction.CHANGED
    return Direction.WEAKENED if new < old else Direction.STRENGTHENED


def _strength(key: str, value: str) -> float | None:
    """Return how much a value guards, more being stronger; nothing where no value guards."""
    if key in MORE_IS_WEAKER and value.isdecimal():
        return -int(value)
    if key == "deploy.monitoring_minutes" and value.isdecimal():
        return int(value)
    if key == "deploy.scan_findings":
        return -SEVERITIES.index(value) if value in SEVERITIES else -len(SEVERITIES)
    if value not in WORDS or key == "stackset.delegated":
        return None
    return (value == "true") is not (key == "stackset.auto_deployment")


def _listed(value: str) -> list[str]:
    try:
        found = json.loads(value)
    except ValueError:
        return [value]
    return [str(one) for one in found] if isinstance(found, list) else [value]
