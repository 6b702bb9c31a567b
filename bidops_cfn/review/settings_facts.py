"""``settings.tsv``: every setting with its value, one per line, and what about it needs an eye.

The lines come from walking the settings field by field, so that a setting that is new has its line
by itself. They go by the key of ``params/<env>.toml``, which a field is called like.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bidops_cfn.review.subject import SUBJECTS, Subject
from bidops_cfn.review.writing import tsv
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.environment import settings_file
from bidops_cfn.settings.problem import join
from bidops_cfn.settings.references import Reference
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
