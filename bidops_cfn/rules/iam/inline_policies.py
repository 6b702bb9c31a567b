"""E9303: policies stand in their role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items, mapping
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.roles import POLICIES, ROLE
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, Where, mismatches, used_once
from bidops_cfn.rules._house_rule import HouseRule, properties

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
POLICY_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
NEEDED = ("Effect", "Action", "Resource")
STATEMENT = frozenset({*NEEDED, "Sid", "Condition"})


class InlinePolicies(HouseRule):
    """A separate policy is no dependency of the task definition and races the first launch.

    What a role may do stands in one place. A policy resource beside it is easily overlooked and may
    come after the first task; a managed policy changes without a review. Of two policies of one
    name in a role the later replaces the other; Sids are distinct, too.
    """

    id = "E9303"
    shortdesc = "Policies are inline in their role, of the current version"
    source_url = (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html"
    )
    requirements = ("FR-009", "FR-016", "FR-017", "FR-018")
    fix = "In bidops_cfn/compute/roles.py, keep all statements in the role's Policies"
    judges = properties(ROLE, "Policies", "Description")

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Find policies elsewhere, and compare the form of those that are inline."""
        for resource in case.reading.document.of_type(*POLICIES):
            yield Mismatch(resource.path, "is a policy outside its role")
        for role in case.reading.document.of_type(ROLE):
            if "ManagedPolicyArns" in role.properties:
                yield Mismatch(role.at("ManagedPolicyArns"), "attaches policies from elsewhere")
            yield from mismatches(
                {k: v for k, v in role.properties.items() if k == "Description"},
                {"Description": Maybe(SOME_TEXT)},
                role.at(),
            )
            policies = items(role.get("Policies"))
            for index, policy in enumerate(policies):
                yield from _form(policy, role.at("Policies", index))
            yield from used_once(_named(policies, "PolicyName", role.at("Policies")))


def _form(policy: object, path: Path) -> Iterator[Mismatch]:
    statements = Where("statements", lambda value: isinstance(value, (list, dict)))
    name = Where(
        "a name of letters, digits and +=,.@_-",
        lambda value: isinstance(value, str) and bool(POLICY_NAME.fullmatch(value)),
    )
    document = {"Version": "2012-10-17", "Statement": statements}
    yield from mismatches(policy, {"PolicyName": name, "PolicyDocument": document}, path)
    found = policy.get("PolicyDocument") if isinstance(policy, dict) else None
    inside = found.get("Statement") if isinstance(found, dict) else None
    for index, statement in enumerate(items(inside)):
        alone = isinstance(inside, dict)  # which IAM reads as a list of one
        here = (*path, "PolicyDocument", "Statement", *(() if alone else (index,)))
        elements = statement if isinstance(statement, dict) else {}
        for element in elements:
            if element not in STATEMENT:
                yield Mismatch((*here, element), "is an element that no requirement asks for")
        for element in NEEDED:
            if not elements.get(element):
                yield Mismatch((*here, element), "is missing or empty")
        if not elements.get("Condition", True):
            yield Mismatch((*here, "Condition"), "is a condition without a content")
    yield from used_once(_named(items(inside), "Sid", (*path, "PolicyDocument", "Statement")))


def _named(found: Sequence[object], key: str, path: Path) -> dict[Path, str]:
    """Return where each thing of a list says its name, and which."""
    names = ((index, symbols.text(mapping(one).get(key))) for index, one in enumerate(found))
    return {(*path, index, key): name for index, name in names if name is not None}
