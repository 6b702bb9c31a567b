"""``explain``: what a requirement or a rule asks for, and where the template shows it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.committed import checked, described, findings, subjects
from bidops_cfn.cli.completion import complete_requirement
from bidops_cfn.cli.output_file import show
from bidops_cfn.cli.terminal import width
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project

RULE = re.compile(r"[EWI]\d{4}", re.IGNORECASE)


@click.command()
@options.env("Look at this environment only.")
@click.argument("wanted", metavar="ID", shell_complete=complete_requirement)
@options.output("For people, or one JSON object for programs.")
@options.pass_project
def explain_command(project: Project, name: str | None, *, wanted: str, form: str) -> None:
    """Show what a requirement or rule asks for, its verdict, and the lines that show it.

    ID is a requirement (FR-026, SC-008), an acceptance scenario (US4-3: story 4, scenario 3) or a
    house rule (E9401). The committed template is looked at.

    \b
    Examples:
      bidops-cfn explain FR-026 --env prod
      bidops-cfn explain US4-3
      bidops-cfn explain E9401 --env dev
      bidops-cfn explain SC-008 --output json | jq .verdicts
    """
    names = (name,) if name else project.environments
    explain = rule if RULE.fullmatch(wanted) else requirement
    show(explain(project, wanted, names, form))


def requirement(project: Project, wanted: str, names: tuple[str, ...], form: str) -> str:
    """Return the explanation of a requirement."""
    from bidops_cfn.review import requirements
    from bidops_cfn.review.explanation import explain_requirement
    from bidops_cfn.review.traceability import trace

    one = requirements.requirement(wanted)
    found = subjects(project, names)
    traced = trace(one, found, checked(project, found))
    explained = explain_requirement(traced, found, tuple(marked_tests(project, one.id)))
    return explained.as_json() if form == "json" else explained.as_text(width())


def rule(project: Project, wanted: str, names: tuple[str, ...], form: str) -> str:
    """Return the explanation of a house rule; raises ``UsageError`` when there is none."""
    from bidops_cfn.facts.verdict import Witness
    from bidops_cfn.review.explanation import explain_rule
    from bidops_cfn.rules import house_rules

    wanted = wanted.upper()
    rules = {str(one.id): one for one in house_rules()}
    if wanted not in rules:
        raise UsageError(
            f"no house rule {wanted}",
            "house rules are numbered from E9001 and W9001",
            hint="docs/rules.md lists them; a rule of cfn-lint itself: cfn-lint --list-rules",
        )
    one = rules[wanted]
    found = {
        subject.name: [
            Witness(finding.text, finding.path)
            for finding in findings(project, subject, [one])[wanted]
        ]
        for subject in subjects(project, names)
    }
    tests = tuple(file for file, _ in test_files(project, wanted))
    explained = explain_rule(described(one), str(one.fix), one.file, found, tests)
    return explained.as_json() if form == "json" else explained.as_text(width())


def marked_tests(project: Project, requirement: str) -> Iterator[str]:
    """Yield ``tests/folder/test_file.py::test_name`` for each test that carries the mark."""
    for file, text in test_files(project, requirement):
        with suppress(ValueError, SyntaxError):  # a file that is being written hides nothing else
            yield from (f"{file}{name}" for name in _marked(text, requirement))


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


def test_files(project: Project, word: str) -> Iterator[tuple[str, str]]:
    """Yield path and text of each test file in which ``word`` stands; not of what is no text."""
    for file in sorted((project.root / "tests").rglob("test_*.py")):
        with suppress(OSError, ValueError):
            if word in (text := file.read_text(encoding="utf-8")):
                yield project.shown(file), text
