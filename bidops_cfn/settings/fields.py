"""A setting, declared: one field with its type, shape, meaning and default.

A class under ``@table`` is a table of the settings file, each field made by ``setting`` a key of
it, of the same name. What checks the file, what describes it to editors, the defaults and the
values in use all come from that one line::

    retain: bool = setting(Flag(), "Keep the log groups when the stack is deleted.", default=False)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, field, fields
from typing import Any, TypeVar, dataclass_transform

from bidops_cfn.frozen import frozen
from bidops_cfn.settings.services import Service
from bidops_cfn.settings.shapes import Key, Shape, Table

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
