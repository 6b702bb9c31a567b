"""E9302: every action is written out."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.actions import expand, is_known, is_wild
from bidops_cfn.facts.statements import Statement
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule


class WrittenOut(HouseRule):
    """A wildcard admits actions that do not exist yet.

    NotAction and NotResource allow everything else. A name that IAM does not know, such as
    bedrock-runtime:InvokeModel, grants nothing: it is the name of an API.
    """

    id = "E9302"
    shortdesc = "Policies write out actions that exist, without wildcard and exclusion"
    source_url = (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html"
    )
    requirements = ("FR-017", "FR-018", "US2-5")
    fix = (
        "In bidops_cfn/compute/policies.py, write each action out, by its IAM name and in its "
        "usual spelling"
    )

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Look at every statement that is attached to any role."""
        for role in case.reading.roles.values():
            for statement in (*role.statements, *role.trust):
                yield from _written(statement)


def _written(statement: Statement) -> Iterator[Mismatch]:
    if statement.patterns_excluded:
        yield Mismatch(statement.path, "allows all actions but some (NotAction)")
    if statement.resources_excluded:
        yield Mismatch(statement.path, "reaches all resources but some (NotResource)")
    if ("*", "*") in statement.principals and not statement.readable:
        yield Mismatch(statement.path, "cannot be read")
    for pattern in statement.patterns:
        if is_wild(pattern):
            yield Mismatch(statement.path, f"allows {pattern}, which has a wildcard")
            continue
        for usual in expand(pattern):
            if not is_known(usual):
                yield Mismatch(statement.path, f"allows {pattern}, which IAM does not know")
            elif usual != pattern:
                yield Mismatch(statement.path, f"allows {pattern}, which is written {usual}")
