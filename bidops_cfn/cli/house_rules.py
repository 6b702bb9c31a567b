"""The house rules as a review needs them: what they are, and which of them find something.

They are loaded with cfn-lint, which takes most of a second: only commands that need them do.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.review.subject import Subject
    from bidops_cfn.review.traceability import Check, Rule
    from bidops_cfn.rules._house_rule import HouseRule


def house_rules() -> Iterator[HouseRule]:
    """Yield every house rule, by module and then by id."""
    from bidops_cfn import rules
    from bidops_cfn.rules._house_rule import HouseRule

    found: dict[str, HouseRule] = {}
    for module in pkgutil.iter_modules(rules.__path__):
        if not module.name.startswith("_"):
            loaded = importlib.import_module(f"{rules.__name__}.{module.name}")
            for member in vars(loaded).values():
                if isinstance(member, type) and issubclass(member, HouseRule) and member.id:
                    found[member.id] = member()
    yield from (found[name] for name in sorted(found))


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


def checked(project: Project, subjects: Sequence[Subject]) -> Check:
    """Run every house rule on every subject and return what they are and which find something."""
    from bidops_cfn.review.traceability import Check
    from bidops_cfn.rules._case import case

    loaded = list(house_rules())
    broken = {}
    for subject in subjects:
        file = project.template(subject.name)
        judged = case(subject.template, file, project.root, subject.name)
        broken[subject.name] = frozenset(str(one.id) for one in loaded if one.findings(judged))
    return Check(tuple(described(one) for one in loaded), broken)
