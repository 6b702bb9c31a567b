"""What a settings file may hold, declared once and read in three ways.

A ``Shape`` checks a value that came out of TOML and yields every ``Problem`` in it, with its key
path; the same shape makes of a checked value what the program uses, and describes itself as JSON
Schema, for editors. Libraries that do both either
stop at the first error or take longer to import than a whole render (ADR 0006).

A class under ``@table`` is a table of the file, each field made by ``setting`` a key of it, of the
same name::

    retain: bool = setting(Flag(), "Keep the log groups when the stack is deleted.", default=False)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, field, fields
from typing import Any, Protocol, TypeVar, dataclass_transform

from bidops_cfn.frozen import frozen
from bidops_cfn.printable import first_unprintable
from bidops_cfn.settings.problem import TYPE_NAMES, Problem, join, near, shown, span
from bidops_cfn.settings.services import Service

LETTER = r"[^\W_]"  # letters and digits of every language, as Python writes them
EDITORS_LETTER = r"[0-9A-Za-z\u00aa-\uffff]"  # nearly so: no class means that to every reader


class Shape(Protocol):
    """A kind of value."""

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""

    def check(self, value: object, path: str) -> Iterator[Problem]:
        """Yield every problem of ``value``, which stands at the key ``path``."""

    def read(self, value: Any) -> Any:
        """Return a checked ``value`` as the program uses it."""

    def json_schema(self) -> dict[str, object]:
        """Return the shape as JSON Schema (draft 2020-12)."""


class Plain:
    """A kind of value that is used as TOML has it."""

    def read(self, value: Any) -> Any:
        return value


@frozen
class Text(Plain):
    r"""A printable string that matches ``pattern`` as a whole; ``allowed`` says so in words.

    ``pattern`` is read by Python and, out of the JSON Schema, by JavaScript: it spells out its
    classes, since ``\d`` and ``\w`` mean more in Python, but for ``LETTER``. A ``private`` value is
    not repeated in a problem: it may be a secret that was put there by mistake.
    """

    pattern: str
    allowed: str
    private: bool = False

    def check(self, value: object, path: str) -> Iterator[Problem]:
        hidden = first_unprintable(value) if isinstance(value, str) else ""
        if not isinstance(value, str) or hidden or not re.fullmatch(self.pattern, value):
            kind = TYPE_NAMES.get(type(value), "another value")
            found = kind if self.private else shown(value)
            yield Problem(path, f"{found} with {hidden} in it" if hidden else found, self.allowed)

    def json_schema(self) -> dict[str, object]:
        pattern = self.pattern.replace(LETTER, EDITORS_LETTER)
        return {"type": "string", "pattern": f"^(?:{pattern})$"}


@frozen
class Choice(Plain):
    """One of a few strings or integers; ``words`` says which, where they are many."""

    choices: tuple[str, ...] | tuple[int, ...]
    words: str = ""

    @property
    def allowed(self) -> str:
        return self.words or ", ".join(shown(choice) for choice in self.choices)

    def check(self, value: object, path: str) -> Iterator[Problem]:
        if type(value) is not type(self.choices[0]) or value not in self.choices:
            known = [one for one in self.choices if isinstance(one, str)]
            meant = near(value, known) if isinstance(value, str) else ""
            yield Problem(path, f"{shown(value)}{meant}", self.allowed)

    def json_schema(self) -> dict[str, object]:
        return {"enum": list(self.choices)}


@frozen
class Number(Plain):
    """An integer between two bounds, both included."""

    minimum: int
    maximum: int

    @property
    def allowed(self) -> str:
        return f"an integer from {self.minimum} to {self.maximum}"

    def check(self, value: object, path: str) -> Iterator[Problem]:
        if type(value) is not int or not self.minimum <= value <= self.maximum:
            yield Problem(path, shown(value), self.allowed)

    def json_schema(self) -> dict[str, object]:
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@frozen
class Flag(Plain):
    """True or false."""

    allowed: str = "true or false"

    def check(self, value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, bool):
            yield Problem(path, shown(value), self.allowed)

    def json_schema(self) -> dict[str, object]:
        return {"type": "boolean"}


@frozen
class Array:
    """An array of one shape, without repetition where ``unique``."""

    item: Shape
    minimum: int = 0
    maximum: int = 100
    unique: bool = True

    @property
    def allowed(self) -> str:
        count = span(self.minimum, self.maximum)
        return f"an array of {count} values, each {self.item.allowed}"

    def check(self, value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(path, shown(value), self.allowed)
            return
        if not self.minimum <= len(value) <= self.maximum:
            yield Problem(path, f"{len(value)} values", self.allowed)
        for index, item in enumerate(value):
            yield from self.item.check(item, f"{path}[{index}]")
            if self.unique and item in value[:index]:
                yield Problem(f"{path}[{index}]", f"{shown(item)} again", "each value once")

    def read(self, value: Any) -> Any:
        return tuple(map(self.item.read, value))

    def json_schema(self) -> dict[str, object]:
        return {
            "type": "array",
            "items": self.item.json_schema(),
            "minItems": self.minimum,
            "maxItems": self.maximum,
            "uniqueItems": self.unique,
        }


@frozen
class Dictionary:
    """A table with free keys of one shape, each holding a value of another."""

    key: Text
    value: Shape
    allowed: str = "a table"

    def check(self, value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(path, shown(value), self.allowed)
            return
        for key, item in value.items():
            if first_unprintable(key) or not re.fullmatch(self.key.pattern, key):
                yield Problem(join(path, key), "this key", self.key.allowed)
            yield from self.value.check(item, join(path, key))

    def read(self, value: Any) -> Any:
        return {key: self.value.read(item) for key, item in value.items()}

    def json_schema(self) -> dict[str, object]:
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^(?:{self.key.pattern})$"},
            "additionalProperties": self.value.json_schema(),
        }


@frozen
class Key:
    """A key of a table: its shape, what it means, and its default; without one it is required.

    ``optional`` is for keys whose absence means something of its own. ``own`` says that two
    environments seldom have the value in common.
    """

    shape: Shape
    meaning: str
    default: str | int | bool | None = None
    optional: bool = False
    own: bool = False

    @property
    def required(self) -> bool:
        """Whether a settings file must have the key."""
        return self.default is None and not self.optional


@frozen
class Table:
    """A table with named keys and no others, of which ``kind`` makes what the program uses."""

    keys: Mapping[str, Key]
    allowed: str = "a table"
    kind: Callable[..., Any] = dict

    @property
    def optional(self) -> bool:
        """Whether the table may be left out, since each of its keys may."""
        return not any(key.required for key in self.keys.values())

    def check(self, value: object, path: str) -> Iterator[Problem]:
        """Yield unknown keys, missing keys, and the problems of each value."""
        if not isinstance(value, dict):
            yield Problem(path or "the file", shown(value), self.allowed)
            return
        for key, item in value.items():
            if key in self.keys:
                yield from self.keys[key].shape.check(item, join(path, key))
            else:
                meant = near(key, tuple(self.keys))
                yield Problem(join(path, key), f"an unknown key{meant}", ", ".join(self.keys))
        for key, declared in self.keys.items():
            if declared.required and key not in value:
                yield Problem(join(path, key), "", declared.shape.allowed)

    def read(self, value: Any) -> Any:
        """Return what ``kind`` makes of a checked ``value``; what it leaves out has its default."""
        return self.kind(**self.values(value))

    def values(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return each value of a checked ``value`` as it is used, by its key."""
        return {key: self.keys[key].shape.read(item) for key, item in value.items()}

    def json_schema(self) -> dict[str, object]:
        properties = {}
        for name, key in self.keys.items():
            described = {**key.shape.json_schema(), "description": key.meaning}
            if key.default is not None:
                described["default"] = key.default
            properties[name] = described
        return {
            "type": "object",
            "properties": properties,
            "required": [name for name, key in self.keys.items() if key.required],
            "additionalProperties": False,
        }


T = TypeVar("T")


def setting(
    shape: Shape | type,
    meaning: str,
    *,
    default: object = MISSING,
    own: bool = False,
    applies: Callable[[Service], bool] | None = None,
) -> Any:
    """Return the field of a setting; without ``default`` the file must have it.

    A ``shape`` may be a table's class. Where a file leaves out a key whose default is None or
    empty, that says something of its own. A table may be left out when each of its keys may,
    whatever the ``default``, which then stands for a service that it does not apply to:
    ``applies`` says of which it is a setting. What two environments seldom have in common is an
    environment's ``own``.
    """
    if isinstance(shape, type):
        shape = shape_of(shape)
    constant = default if isinstance(default, str | int) else None
    optional = shape.optional if isinstance(shape, Table) else default is not MISSING
    key = Key(shape, meaning, constant, optional and constant is None, own)
    metadata = {"key": key, "applies": applies}
    if default is MISSING and isinstance(shape, Table) and optional:
        return field(default_factory=shape.kind, metadata=metadata)
    if default == {}:
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(setting, field))
def table(cls: type[T]) -> type[T]:
    """Make ``cls`` a frozen dataclass whose settings are the keys of a table."""
    return frozen(cls)


def shape_of(cls: type, service: Service | None = None) -> Table:
    """Return the shape of the table ``cls``: all its keys, or those that apply to ``service``."""
    keys = {
        one.name: one.metadata["key"]
        for one in fields(cls)
        if "key" in one.metadata
        if service is None or not one.metadata["applies"] or one.metadata["applies"](service)
    }
    return Table(keys, kind=cls)
