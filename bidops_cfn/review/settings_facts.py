"""``settings.tsv``: every setting with its value, one per line, and what about it needs an eye.

The lines come from walking the settings field by field, so that a setting that is new has its line
by itself. They go by the key of ``params/<env>.toml``, which a field is called like.

Two sides are compared by their rows: what stands in no template, guards a deployment, and says on
whose behalf it is. A side that was committed has them from its own file, so that the names of its
imports are its own too.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bidops_cfn.review.subject import SUBJECTS, Subject
from bidops_cfn.review.writing import tsv
from bidops_cfn.settings.contract import DEFAULT_PATTERN, ImportNames
from bidops_cfn.settings.environment import settings_file
from bidops_cfn.settings.problem import join
from bidops_cfn.settings.references import Reference, parse_setting
from bidops_cfn.settings.services import SEVERITIES
from bidops_cfn.settings.shapes import Table
from bidops_cfn.spec.concerns import concerns

COLUMNS = ("setting", "value", "concern")
# What the template does not hold: where it goes, how, and what proofs assume.
BESIDE_THE_TEMPLATE = ("account_id", "region", "stack_name", "capacity.spot_discount_percent")
TABLES = ("deploy", "drill", "stackset", "tags")
WORDS = {"true": "on", "false": "off"}  # how a guard's value reads
PLAIN = re.compile(r"[!-~]+( [!-~]+)*")


@dataclass(frozen=True)
class SettingFact:
    """A line of the table; ``concern`` is empty for what is as ordinary as any value."""

    key: str
    value: str
    concern: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The line's cells, in the order of ``COLUMNS``."""
        return (self.key, self.value, f"alarming: {self.concern}" if self.concern else "")


def settings_tsv(subject: Subject) -> str:
    """Return the text of ``settings.tsv``."""
    return tsv(COLUMNS, (fact.cells for fact in settings_facts(subject)))


@lru_cache(maxsize=SUBJECTS)
def settings_facts(subject: Subject) -> tuple[SettingFact, ...]:
    """Return every setting of the subject's environment; a concern without its own key has one."""
    found = concerns(subject.environment)
    values = dict(_leaves(subject.environment, ""))
    lines = [SettingFact(key, value, found.get(key, "")) for key, value in values.items()]
    lines += [SettingFact(key, "", text) for key, text in found.items() if key not in values]
    return tuple(sorted(lines, key=lambda one: one.cells))


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield every value below ``value`` with its path; an empty table or list is a value."""
    inside: Iterator[tuple[str, object]]
    if isinstance(value, ImportNames):
        yield f"{path}.pattern", _shown(value.pattern)
        if not value.exceptions:
            yield path, _shown({})
        inside = iter(value.exceptions.items())
    elif dataclasses.is_dataclass(value):
        inside = ((one.name, getattr(value, one.name)) for one in dataclasses.fields(value))
    elif isinstance(value, Mapping) and value:
        inside = ((join("", name), item) for name, item in value.items())
    elif isinstance(value, tuple) and value and isinstance(value[0], Reference):
        yield path, _shown([one.setting for one in value])
        return
    else:
        yield path, _shown(value)
        return
    for name, item in inside:
        yield from _leaves(item, f"{path}.{name}" if path else name)


def _shown(value: object) -> str:
    """Return a value as text: a word as it is, anything that is not just words as JSON."""
    if value is None:
        return "none"
    if isinstance(value, str) and PLAIN.fullmatch(value) and value not in ("none", "true", "false"):
        return value
    plain = dict(value) if isinstance(value, Mapping) else value
    return json.dumps(plain, ensure_ascii=False)  # the table shows what cannot be seen


def of_deployment(key: str) -> bool:
    """Tell whether a setting stands in no template: how a stack is deployed, and where."""
    return key in BESIDE_THE_TEMPLATE or key.partition(".")[0] in TABLES


def meaning(subject: Subject, fact: SettingFact) -> str:
    """Return why a setting needs an eye, or what it decides, as the schema explains it."""
    table, _, key = fact.key.partition(".")
    declared = settings_file(subject.specified).keys[table]
    if key and isinstance(declared.shape, Table):
        declared = declared.shape.keys.get(key, declared)
    return fact.concern or declared.meaning


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
