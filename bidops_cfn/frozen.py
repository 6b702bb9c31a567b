"""Frozen dataclasses whose methods are shared.

``@dataclass(frozen=True)`` writes and compiles six functions for each class, which takes longer
than all else that declaring the model does: a tenth of a render (ADR 0008). ``@frozen`` gives every
class the same six. ``fields``, ``replace`` and the rest of ``dataclasses`` work as always.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field, Field))
def frozen(cls: type[T]) -> type[T]:
    """Make ``cls`` a frozen dataclass."""
    for name in ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__"):
        setattr(cls, name, vars(Methods)[name])
    return dataclass(init=False, repr=False, eq=False)(cls)


class Methods:
    """What every frozen dataclass can do."""

    def __init__(self, *given: Any, **named: Any) -> None:
        values = dict(zip(names(self), given, strict=False))
        if len(given) > len(names(self)) or values.keys() & named or named.keys() - {*names(self)}:
            raise TypeError(f"{type(self).__name__} takes {', '.join(names(self))}, each once")
        values.update(named)
        for one in fields(self):  # type: ignore[arg-type] # it is one, wherever this method is
            if one.name not in values:
                values[one.name] = default(self, one)
        vars(self).update(values)

    def __repr__(self) -> str:
        """Return ``TaskSize(cpu=512, memory=1024)``."""
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names(self))
        return f"{type(self).__qualname__}({values})"

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in names(self)))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")


def names(value: object) -> tuple[str, ...]:
    """Return the names of the fields of ``value``, in their order."""
    found: tuple[str, ...] = type(value).__match_args__  # type: ignore[attr-defined] # dataclass sets it
    return found


def default(value: object, one: Field[Any]) -> Any:
    """Return what ``value`` has in a field that was not given."""
    if one.default is not MISSING:
        return one.default
    if one.default_factory is not MISSING:
        return one.default_factory()
    raise TypeError(f"{type(value).__name__} needs {one.name}")
