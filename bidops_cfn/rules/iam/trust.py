"""E9304: who may assume a role."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.roles import ROLE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Maybe, Mismatch, Where, mismatches
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules.iam._resource_shapes import arn

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
SID = Where(
    "letters and digits",
    lambda value: isinstance(value, str) and value.isascii() and value.isalnum(),
)


class Trust(HouseRule):
    """Whoever may assume the role has all that it is granted."""

    id = "E9304"
    shortdesc = "Only ECS tasks of this account and region may assume a role"
    description = (
        "The source account and ARN keep other customers' services from using the role. A "
        "cluster's ARN as source is not supported for tasks: it lints clean and breaks the launch."
    )
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html"
    requirements = ("FR-009", "FR-016", "FR-017", "US5-4")
    fix = "Trust ecs-tasks.amazonaws.com alone, under aws:SourceAccount and aws:SourceArn"
    judges = properties(ROLE, "AssumeRolePolicyDocument")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the trust policy of every role."""
        account = world.concrete({symbols.REF: "AWS::AccountId"})
        source = world.concrete(arn("ecs:${AWS::Region}:${AWS::AccountId}:*"))
        conditions = {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": source},
        }
        statement = {
            "Sid": Maybe(SID),
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Condition": conditions,
        }
        expected = {"Version": "2012-10-17", "Statement": [statement]}
        for role in world.reading.document.of_type(ROLE):
            path = role.at("AssumeRolePolicyDocument")
            document = mapping(world.concrete(role.get("AssumeRolePolicyDocument")))
            yield from mismatches(_single(document), expected, path)


def _single(value: object, inside: str = "") -> object:
    """Return ``value`` with every list of one, but the statements', as its only item."""
    if isinstance(value, list) and len(value) == 1 and inside != "Statement":
        return value[0]
    if isinstance(value, list):
        return [_single(item) for item in value]
    if isinstance(value, dict):
        return {name: _single(item, name) for name, item in value.items()}
    return value
