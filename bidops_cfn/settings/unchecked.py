"""Settings whose shape nothing has checked yet, read without a mistake of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bidops_cfn.settings.problem import join


def table(values: object, *keys: str) -> dict[str, Any]:
    """Return the table at a key path of unchecked settings, or an empty one."""
    for key in keys:
        values = values.get(key) if isinstance(values, dict) else None
    return values if isinstance(values, dict) else {}


def array(values: dict[str, Any], key: str) -> list[Any]:
    """Return the array at ``key`` of unchecked settings, or an empty one."""
    value = values.get(key)
    return value if isinstance(value, list) else []


def texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string in unchecked settings with its key path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, join(path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts(inner, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value
