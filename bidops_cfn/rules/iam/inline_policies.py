"""E9303: policies stand in their role."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.document import items
from bidops_cfn.facts.roles import POLICIES, ROLE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, Where, mismatches
from bidops_cfn.rules._house_rule import HouseRule, properties

NEEDED = ("Effect", "Action", "Resource")
STATEMENT = frozenset({*NEEDED, "Sid", "Condition"})


class InlinePolicies(HouseRule):
    """A separate policy is no dependency of the task definition and races the first launch."""

    id = "E9303"
    shortdesc = "Policies are inline in their role, of the current version"
    description = (
        "What a role may do stands in one place. A policy resource beside it is easily overlooked "
        "and may come after the first task; a managed policy changes without a review."
    )
    source_url = (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html"
    )
    requirements = ("FR-009", "FR-016", "FR-017", "FR-018")
    fix = "Move the statements into the role's Policies"
    judges = properties(ROLE, "Policies", "Description")

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Find policies elsewhere, and compare the form of those that are inline."""
        for resource in world.reading.document.of_type(*POLICIES):
            yield Mismatch(resource.path, "is a policy outside its role")
        for role in world.reading.document.of_type(ROLE):
            if "ManagedPolicyArns" in role.properties:
                yield Mismatch(role.at("ManagedPolicyArns"), "attaches policies from elsewhere")
            yield from mismatches(
                {k: v for k, v in role.properties.items() if k == "Description"},
                {"Description": Maybe(SOME_TEXT)},
                role.at(),
            )
            for index, policy in enumerate(items(role.get("Policies"))):
                yield from _form(policy, role.at("Policies", index))


def _form(policy: object, path: tuple[str | int, ...]) -> Iterator[Mismatch]:
    statements = Where("a list of statements", lambda value: isinstance(value, list))
    document = {"Version": "2012-10-17", "Statement": statements}
    yield from mismatches(policy, {"PolicyName": SOME_TEXT, "PolicyDocument": document}, path)
    found = policy.get("PolicyDocument") if isinstance(policy, dict) else None
    inside = found.get("Statement") if isinstance(found, dict) else None
    for index, statement in enumerate(items(inside)):
        here = (*path, "PolicyDocument", "Statement", index)
        elements = statement if isinstance(statement, dict) else {}
        for name in elements:
            if name not in STATEMENT:
                yield Mismatch((*here, name), "is an element that nobody asked for")
        for name in NEEDED:
            if not elements.get(name):
                yield Mismatch((*here, name), "is missing or empty")
