"""``explain``: what a requirement or a rule asks for, and where the template shows it."""

from __future__ import annotations

import re

import click

from bidops_cfn.cli.columns import width
from bidops_cfn.cli.completion import complete_requirement
from bidops_cfn.cli.deploy_options import output_option
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.cli.output_file import show
from bidops_cfn.cli.review_subjects import subjects
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project

RULE = re.compile(r"[EWI]\d{4}", re.IGNORECASE)


@click.command()
@env_option(text="Look at this environment only.")
@click.argument("id", metavar="ID", shell_complete=complete_requirement)
@output_option("For people, or one JSON object for programs.")
@pass_project
def command(project: Project, name: str | None, *, id: str, form: str) -> None:  # noqa: A002 - click's name
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
    explain = rule if RULE.fullmatch(id) else requirement
    show(explain(project, id, names, form))


def requirement(project: Project, wanted: str, names: tuple[str, ...], form: str) -> str:
    """Return the explanation of a requirement."""
    from bidops_cfn.cli.house_rules import checked
    from bidops_cfn.cli.marked_tests import marked_tests
    from bidops_cfn.review import requirements
    from bidops_cfn.review.explanation import Explained
    from bidops_cfn.review.traceability import trace

    one = requirements.requirement(wanted)
    found = subjects(project, names)
    traced = trace(one, found, checked(project, found))
    explained = Explained(traced, found, tuple(marked_tests(project, one.id)))
    return explained.as_json() if form == "json" else explained.as_text(width())


def rule(project: Project, wanted: str, names: tuple[str, ...], form: str) -> str:
    """Return the explanation of a house rule; raises ``UsageError`` when there is none."""
    from bidops_cfn.cli.house_rules import described, findings
    from bidops_cfn.cli.marked_tests import tests_of_rule
    from bidops_cfn.review.explanation import ExplainedRule, Found
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
    found = [
        Found(subject.name, finding.path, finding.text)
        for subject in subjects(project, names)
        for finding in findings(project, subject, [one])[wanted]
    ]
    tests = tuple(tests_of_rule(project, wanted))
    explained = ExplainedRule(described(one), str(one.fix), one.file, found, names, tests)
    return explained.as_json() if form == "json" else explained.as_text(width())
