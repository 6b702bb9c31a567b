"""``settings.tsv``: every setting with its value, one per line, and what about it needs an eye.

The lines come from walking the settings field by field, so that a setting that is new has its line
without anybody's doing. They go by the key of ``params/<env>.toml``; the field's own name is the
key where the file calls it the same.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bidops_cfn.review.subject import SUBJECTS, Subject
from bidops_cfn.review.table import tsv
from bidops_cfn.settings.references import Reference
from bidops_cfn.spec.concerns import concerns

COLUMNS = ("setting", "value", "concern")
# Fields that the settings file calls otherwise, as patterns of the field's path.
KEYS = (
    (r"^s3_prefix_list_id$", "network.s3_prefix_list_id"),
    (r"^peer_rules\.endpoints$", "network.endpoint_rules"),
    (r"^peer_rules\.(\w+)$", r"network.\1_rules"),
    (r"^load_balancer_idle$", "network.load_balancer_idle_seconds"),
    (r"^namespace$", "discovery.namespace"),
    (r"^(permissions_boundary_arn|\w+_key_output)$", r"security.\1"),
    (r"^(storage_key_arn|guardduty_repository_arn)$", r"security.\1"),
    (r"^(high_resolution_metrics)$", r"scaling.\1"),
    (r"^import_names\.pattern$", "imports.pattern"),
    (r"^import_names\.exceptions\b", "imports"),
    (r"^(services\.[^.]+)\.size\.", r"\1."),
    (r"^(services\.[^.]+\.)(health_grace|stop_timeout)$", r"\1\2_seconds"),
)
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
    values = {key_of(path): value for path, value in _leaves(subject.environment, "")}
    lines = [SettingFact(key, value, found.get(key, "")) for key, value in values.items()]
    lines += [SettingFact(key, "", text) for key, text in found.items() if key not in values]
    return tuple(sorted(lines, key=lambda one: one.cells))


def key_of(path: str) -> str:
    """Return the key of the settings file for the path of a field."""
    for pattern, key in KEYS:
        path = re.sub(pattern, key, path)
    return path


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield every value below ``value`` with its path; an empty table or list is a value."""
    inside: Iterator[tuple[str, object]]
    if dataclasses.is_dataclass(value):
        inside = ((one.name, getattr(value, one.name)) for one in dataclasses.fields(value))
    elif isinstance(value, Mapping) and value:
        inside = ((str(name), item) for name, item in value.items())
    elif isinstance(value, tuple) and value and isinstance(value[0], Reference):
        yield path, _shown([one.setting for one in value])
        return
    elif isinstance(value, tuple) and value and all(map(dataclasses.is_dataclass, value)):
        inside = map(_named, value)
    else:
        yield path, _shown(value)
        return
    for name, item in inside:
        yield from _leaves(item, f"{path}.{name}" if path else name)


def _named(value: Any) -> tuple[str, object]:
    """Return one of several like tables as the file has it: its first field names the others."""
    name, *others = (getattr(value, one.name) for one in dataclasses.fields(value))
    return f'"{name}"', others[0] if len(others) == 1 else tuple(others)


def _shown(value: object) -> str:
    """Return a value as text: a word as it is, anything that is not just words as JSON."""
    if value is None:
        return "none"
    if isinstance(value, str) and PLAIN.fullmatch(value) and value not in ("none", "true", "false"):
        return value
    plain = dict(value) if isinstance(value, Mapping) else value
    return json.dumps(plain, ensure_ascii=False)  # the table shows what cannot be seen
