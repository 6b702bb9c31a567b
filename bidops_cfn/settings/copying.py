"""The settings of a new environment, made from another's: what is renamed, and what both share.

The text is copied rather than its values, so that comments and order stay. A name is replaced in
strings and comments alone, where it stands as a word of its own: keys are not the environment's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bidops_cfn.settings.problem import join
from bidops_cfn.settings.shapes import Table
from bidops_cfn.settings.toml_lines import key_lines

STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#.*')


def copied(text: str, source: str, name: str) -> str:
    """Return the settings ``text`` of the environment ``source`` for the environment ``name``."""
    word = re.compile(rf"(?<![A-Za-z0-9]){re.escape(source)}(?![A-Za-z0-9])")
    return STRING_OR_COMMENT.sub(lambda found: word.sub(name, found[0]), text)


def with_number(text: str, path: str, number: int) -> str:
    """Return the settings ``text`` with ``number`` at the key ``path``, which stands there."""
    line = key_lines(text).first[path]
    lines = text.splitlines(keepends=True)
    lines[line - 1] = re.sub(r"(=\s*)[0-9]+", rf"\g<1>{number}", lines[line - 1], count=1)
    return "".join(lines)


def renamed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of ``new`` that differ from those of ``old``, by key path."""
    before = dict(leaves(old))
    return {path: value for path, value in leaves(new) if before.get(path) != value}


def shared(old: Mapping[str, Any], new: Mapping[str, Any], shape: Table) -> dict[str, Any]:
    """Return the settings that both have, though they are usually an environment's own."""
    before = dict(leaves(old))
    return {path: value for path, value in owned(new, shape) if before.get(path) == value}


def owned(values: Mapping[str, Any], shape: Table, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every setting that is usually an environment's own, with its key path."""
    for name, value in values.items():
        key, here = shape.keys[name], join(path, name)
        if key.own:
            yield from leaves({name: value}, path)
        elif isinstance(key.shape, Table):
            yield from owned(value, key.shape, here)


def leaves(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that is no table, with its key path."""
    for key, value in values.items():
        here = join(path, key)
        if isinstance(value, Mapping):
            yield from leaves(value, here)
        else:
            yield here, value
