"""The subjects of a review: committed templates with their settings, and what rules find in them.

The house rules are loaded with cfn-lint, which takes most of a second: only commands that need them
do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bidops_cfn.cli.committed import read_template
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.review.subject import Subject
    from bidops_cfn.review.traceability import Check, Rule
    from bidops_cfn.rules._house_rule import Finding, HouseRule


def subjects(project: Project, names: Sequence[str]) -> list[Subject]:
    """Return the subject of each environment: what is committed, since that is what is reviewed."""
    from bidops_cfn.review.rule_packs import read_lists
    from bidops_cfn.review.subject import Subject
    from bidops_cfn.settings import load

    lists = read_lists(project)
    return [
        Subject(
            environment,
            read_template(project.template(environment.name), environment.name),
            rule_lists=lists,
        )
        for environment in load.load_all(project.params, names)
    ]


def described(rule: HouseRule) -> Rule:
    """Return what a review says of a rule; its tags that are requirement ids are what it guards."""
    from bidops_cfn.review.requirements import requirements
    from bidops_cfn.review.traceability import Rule

    return Rule(
        str(rule.id),
        str(rule.shortdesc),
        str(rule.description),
        frozenset(tag for tag in rule.tags if tag in requirements()),
        str(rule.source_url),
    )


def findings(
    project: Project, subject: Subject, rules: Sequence[HouseRule]
) -> dict[str, list[Finding]]:
    """Return what each rule finds in a subject's template, by the rule's id."""
    from bidops_cfn.rules._under_review import claimed

    judged = replace(
        subject.under_review,
        environment=claimed(subject.template),
        file=project.template(subject.name),
        asked=subject.name,
    )
    return {str(rule.id): rule.findings(judged) for rule in rules}


def checked(project: Project, subjects: Sequence[Subject]) -> Check:
    """Run every house rule on every subject and return what they are and which find something."""
    from bidops_cfn.review.traceability import Check
    from bidops_cfn.rules import house_rules

    rules = house_rules()
    broken = {
        subject.name: frozenset(
            name for name, found in findings(project, subject, rules).items() if found
        )
        for subject in subjects
    }
    return Check(tuple(map(described, rules)), broken)
