"""The project's tests that are marked with a requirement, where the project has its tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bidops_cfn.project import Project


def marked_tests(project: Project, requirement: str) -> Iterator[str]:
    """Yield ``tests/folder/test_file.py::test_name`` for each test that carries the mark."""
    for file in sorted((project.root / "tests").rglob("test_*.py")):
        try:
            text = file.read_text(encoding="utf-8")
            if requirement in text:
                yield from (f"{project.shown(file)}{name}" for name in _marked(text, requirement))
        except (OSError, ValueError, SyntaxError):
            continue  # a test file that is being written hides nothing else


def _marked(text: str, requirement: str) -> Iterator[str]:
    tree = ast.parse(text)
    whole = [node for node in tree.body if isinstance(node, ast.Assign)]
    if any(_marks(node, requirement) for node in whole):
        yield ""
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(
            _marks(decorator, requirement) for decorator in node.decorator_list
        ):
            yield f"::{node.name}"


def _marks(node: ast.AST, requirement: str) -> bool:
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "requirement"
        and any(isinstance(one, ast.Constant) and one.value == requirement for one in call.args)
        for call in ast.walk(node)
    )


def tests_of_rule(project: Project, rule: str) -> Iterator[str]:
    """Yield the test files that name a rule."""
    for file in sorted((project.root / "tests").rglob("test_*.py")):
        try:
            if rule in file.read_text(encoding="utf-8"):
                yield project.shown(file)
        except (OSError, ValueError):
            continue
