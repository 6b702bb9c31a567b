"""Reviewed lists: TOML files, most of them here beside what reads them, checked as a whole."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bidops_cfn.errors import UsageError
from bidops_cfn.settings.problem import Problem
from bidops_cfn.settings.shapes import Shape, Text
from bidops_cfn.settings.toml_text import located, unread

HERE = Path(__file__).parent
FOLDER = f"{HERE.parent.name}/{HERE.name}/"  # as people read it
NONE = "NONE"  # what no requirement asks for
REQUIREMENT = Text(
    r"(FR|SC)-[0-9]{3}|US[1-9]-[1-9]", "a requirement of docs/spec.md, such as FR-016 or US5-4"
)


def read(name: str, shape: Shape) -> dict[str, Any]:
    """Return the reviewed list ``name``; raises ``UsageError`` with every problem in it."""
    return parse(name, (HERE / name).read_text("utf-8"), shape)


def parse(name: str, text: str, shape: Shape, folder: str = FOLDER) -> dict[str, Any]:
    """Return what ``text`` of the list ``name`` in ``folder`` holds; raises as ``read`` does."""
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise wrong(unread(name, text, error), folder) from error
    refuse(name, text, list(shape.check(found, "")), folder)
    return found


def refuse(name: str, text: str, problems: Sequence[Problem], folder: str = FOLDER) -> None:
    """Raise ``UsageError`` where the list ``name``, which says ``text``, has ``problems``."""
    if problems:
        raise wrong(located(name, text, problems), folder)


def wrong(problems: Iterable[str], folder: str = FOLDER) -> UsageError:
    """Return the error of a reviewed list that cannot be relied on."""
    details = list(problems)
    count = "1 problem" if len(details) == 1 else f"{len(details)} problems"
    return UsageError(
        "a reviewed list is wrong",
        count,
        details=details,
        hint=f"Correct the file in {folder} and run the command again.",
    )
