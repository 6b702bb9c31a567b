"""Who may assume a role, what bounds it, and which task definition has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.roles import ROLE, role_of
from bidops_cfn.facts.services import TASK_DEFINITION
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._allow_list import KINDS, distance
from bidops_cfn.rules._expect import Maybe, Mismatch, Where, mismatches
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules._values import Rows, Values, of_stack, subjects
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part
from bidops_cfn.spec.permissions import arn

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
SID = Where(
    "letters and digits",
    lambda value: isinstance(value, str) and value.isascii() and value.isalnum(),
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html:
# the keys of conditions are the same in any case.
KEYS = {key.lower(): key for key in ("aws:SourceAccount", "aws:SourceArn")}


class Trust(HouseRule):
    """Only ECS tasks of this account and region may assume a role.

    A principal that may assume the role has all that it is granted. The source account and ARN keep
    other customers' services from using the role. A cluster's ARN as source is not supported for
    tasks: it lints clean and breaks the launch.
    """

    id = "E9304"
    source = "ecs/task-iam-roles"
    requirements = ("FR-009", "FR-016", "FR-017", "US5-4")
    fix = (
        "In bidops_cfn/compute/roles.py, trust ecs-tasks.amazonaws.com alone, under "
        "aws:SourceAccount and aws:SourceArn"
    )
    judges = properties(ROLE, "AssumeRolePolicyDocument")
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
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


class Boundary(Values):
    """Roles have the permissions boundary that settings name.

    An account may demand a permissions boundary of every role. Where settings name a boundary,
    every role has it; where they name none, no role has one, since a boundary of an unknown policy
    may take rights away that a service needs.
    """

    id = "E9307"
    source = "iam/access_policies_boundaries"
    requirements = ("FR-018",)
    rows: ClassVar[Rows] = {
        ROLE: {"PermissionsBoundary": of_stack("security.permissions_boundary_arn")}
    }


PROPERTIES = {Part.EXECUTION_ROLE: "ExecutionRoleArn", Part.TASK_ROLE: "TaskRoleArn"}


class TaskRoles(HouseRule):
    """Each task definition names its own execution role and its own task role.

    Swapped roles give the code of a task what only ECS may have, or another service's rights. ECS
    starts tasks with the execution role; the code inside gets the task role. Both are in the
    template, differ, and belong to no other service. A role whose permissions fit another place
    better than the one it is used in was swapped.
    """

    id = "E9203"
    source = "ecs/task-iam-roles"
    requirements = ("FR-009", "FR-016", "FR-017", "SC-006", "US2-2", "US5-4")
    fix = (
        "In bidops_cfn/compute/task_definitions.py, refer to the ARN of the service's own role "
        "with Fn::GetAtt"
    )
    judges = properties(TASK_DEFINITION, *PROPERTIES.values())
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        for service, task in subjects(case, Part.TASK_DEFINITION):
            for part, name in PROPERTIES.items():
                for text in _told_of_role(case, service, part, task.get(name)):
                    yield Mismatch(task.at(name), text)


def _told_of_role(
    case: ReadingUnderReview, service: Service, part: Part, value: object
) -> Iterator[str]:
    """Yield what is wrong with a reference to the role that plays ``part`` for a service."""
    role = role_of(case.reading.document, value)
    if role is None or not symbols.same(value, {symbols.GETATT: [role, "Arn"]}):
        text = symbols.show(value) if value is not None else "missing"
        yield f"is {text}, must be the ARN of the service's {part}"
        return
    for other, kind in case.parts.slots_of(role):
        if (other, kind) != (service.name, part):
            yield f"names {role}, which is also the {kind} of {other}"
    away = {
        (kind, other.name): distance(case, case.reading.roles[role], other, kind)
        for other in case.services
        for kind in KINDS
    }
    nearest = min(away, key=lambda one: (away[one], one != (part, service.name)))
    if nearest != (part, service.name):
        those = "those" if away[nearest] == 0 else "nearest to those"
        yield f"names {role}, whose permissions are {those} of the {nearest[0]} of {nearest[1]}"
