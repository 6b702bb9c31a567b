"""Reviewed lists: TOML files beside the modules that read them, checked as a whole when read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from bidops_cfn.errors import UsageError
from bidops_cfn.shapes import Shape, Text

HERE = Path(__file__).parent
NONE = "NONE"  # what no requirement asks for
REQUIREMENT = Text(
    r"(FR|SC)-[0-9]{3}|US[1-9]-[1-9]", "a requirement of docs/spec.md, such as FR-016 or US5-4"
)


def read(name: str, shape: Shape) -> dict[str, Any]:
    """Return the reviewed list ``name``; raises ``UsageError`` with every problem in it."""
    return parse(name, (HERE / name).read_text("utf-8"), shape)


def parse(name: str, text: str, shape: Shape) -> dict[str, Any]:
    """Return what ``text``, the content of the list ``name``, holds; raises as ``read`` does."""
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise wrong([f"{name}: not valid TOML: {error}"]) from error
    problems = [f"{name}: {problem}" for problem in shape.check(found, "")]
    if problems:
        raise wrong(problems)
    return found


def wrong(problems: list[str]) -> UsageError:
    """Return the error of a reviewed list that cannot be relied on."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return UsageError(
        "a reviewed list is wrong",
        count,
        details=problems,
        hint=f"Correct the file in {HERE.parent.name}/{HERE.name}/ and run the command again.",
    )
