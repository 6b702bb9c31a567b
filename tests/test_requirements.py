"""Every requirement that a template can show has a test that shows it, in any folder of tests."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
SPECIFICATION = (REPOSITORY / "docs" / "spec.md").read_text(encoding="utf-8")
REQUIREMENTS = sorted(set(re.findall(r"^- \*\*(FR-\d{3})\*\*:", SPECIFICATION, re.MULTILINE)))
CRITERIA = sorted(set(re.findall(r"^- \*\*(SC-\d{3})\*\*:", SPECIFICATION, re.MULTILINE)))


def marked(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the id and the line of each ``pytest.mark.requirement`` with a literal id."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "requirement"
        ):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value, node.lineno


@cache
def marks() -> dict[str, list[str]]:
    """Return where each id is marked, over every folder of tests."""
    found = defaultdict(list)
    for file in sorted((REPOSITORY / "tests").rglob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        for identifier, line in marked(ast.parse(text if "requirement" in text else "")):
            found[identifier].append(f"{file.relative_to(REPOSITORY)}:{line}")
    return found


def test_the_specification_has_fr_001_to_fr_050_without_fr_036() -> None:
    assert [f"FR-{n:03}" for n in range(1, 51) if n != 36] == REQUIREMENTS
    assert [f"SC-{n:03}" for n in range(1, 12)] == CRITERIA


def test_every_requirement_has_a_test() -> None:
    missing = [identifier for identifier in REQUIREMENTS if identifier not in marks()]
    assert not missing, f"no test is marked with {', '.join(missing)}"


def test_no_test_is_marked_with_a_requirement_that_does_not_exist() -> None:
    unknown = {
        identifier: places
        for identifier, places in marks().items()
        if identifier.startswith(("FR", "SC")) and identifier not in (*REQUIREMENTS, *CRITERIA)
    }
    assert not unknown


def test_marks_are_seen_on_functions_parameters_and_modules() -> None:
    module = ast.parse(
        "pytestmark = [pytest.mark.requirement('FR-001')]\n"
        "@pytest.mark.requirement('FR-002')\n"
        "@pytest.mark.parametrize('x', [pytest.param(1, marks=[mark.requirement('FR-003')])])\n"
        "def test(): pass\n"
    )
    assert {identifier for identifier, _ in marked(module)} == {"FR-001", "FR-002", "FR-003"}
