"""E9304: who may assume a role."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.roles import ROLE
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Maybe, Mismatch, Where, mismatches
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.spec.resources import arn

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
SID = Where(
    "letters and digits",
    lambda value: isinstance(value, str) and value.isascii() and value.isalnum(),
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html:
# the keys of conditions are the same in any case.
KEYS = {key.lower(): key for key in ("aws:SourceAccount", "aws:SourceArn")}


class Trust(HouseRule):
    """A principal that may assume the role has all that it is granted.

    The source account and ARN keep other customers' services from using the role. A cluster's ARN
    as source is not supported for tasks: it lints clean and breaks the launch.
    """

    id = "E9304"
    shortdesc = "Only ECS tasks of this account and region may assume a role"
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html"
    requirements = ("FR-009", "FR-016", "FR-017", "US5-4")
    fix = (
        "In bidops_cfn/compute/roles.py, trust ecs-tasks.amazonaws.com alone, under "
        "aws:SourceAccount and aws:SourceArn"
    )
    judges = properties(ROLE, "AssumeRolePolicyDocument")
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare the trust policy of every role."""
        account = case.concrete({symbols.REF: "AWS::AccountId"})
        source = case.concrete(arn("ecs:${AWS::Region}:${AWS::AccountId}:*"))
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
        for role in case.reading.document.of_type(ROLE):
            path = role.at("AssumeRolePolicyDocument")
            document = mapping(case.concrete(role.get("AssumeRolePolicyDocument")))
            yield from mismatches(_as_read(document), expected, path)


def _as_read(value: object, inside: str = "") -> object:
    """Return a policy as IAM reads it: a list of one is its item, keys have any case.

    A single statement stands for a list of one.
    """
    if inside == "Statement" and isinstance(value, dict):
        value = [value]
    if isinstance(value, list) and len(value) == 1 and inside != "Statement":
        return _as_read(value[0], inside)
    if isinstance(value, list):
        return [_as_read(item) for item in value]
    if isinstance(value, dict):
        return {KEYS.get(str(name).lower(), name): _as_read(v, name) for name, v in value.items()}
    return value
