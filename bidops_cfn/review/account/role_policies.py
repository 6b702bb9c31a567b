"""Role by role: the reviewed policy, and the access that must not be granted.

``reviewed.json`` is what the template grants, for ``check-no-new-access``: what the role really has
may be no more. ``not-granted.json`` is the ``access`` of ``check-access-not-granted``: actions that
delete or that change infrastructure, and Bedrock where a role must not use it.
"""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.facts.document import descend
from bidops_cfn.facts.proofs.bedrock import is_forbidden
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import Role
from bidops_cfn.review.account.placeholders import concrete
from bidops_cfn.review.role_places import role_uses
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.services import Capability
from bidops_cfn.spec.parts import Part

MOST_ACTIONS = 100  # in one check
DESTRUCTIVE = (
    "bedrock:DeleteAgent",
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ecr:BatchDeleteImage",
    "ecs:DeleteService",
    "ecs:RegisterTaskDefinition",
    "ecs:UpdateService",
    "iam:AttachRolePolicy",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "kms:ScheduleKeyDeletion",
    "logs:DeleteLogGroup",
    "s3:DeleteBucket",
    "s3:DeleteObject",
    "s3:PutBucketPolicy",
    "s3:PutLifecycleConfiguration",
    "secretsmanager:DeleteSecret",
    "ssm:DeleteParameter",
    "ssm:PutParameter",
    "sts:AssumeRole",
)
BEDROCK_RUNTIME = (
    "bedrock:InvokeAgent",
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
    "bedrock:Retrieve",
    "bedrock:RetrieveAndGenerate",
)


def role_policies(subject: Subject) -> Mapping[str, Mapping[str, object]]:
    """Return the documents of every role by the role's logical id."""
    found = {}
    for reading in subject.readings[:1]:
        for name, role in reading.roles.items():
            found[name] = {
                "reviewed": reviewed(subject, reading, role),
                "not-granted": [{"actions": list(not_granted(subject, reading, name))}],
            }
    return found


def reviewed(subject: Subject, reading: Reading, role: Role) -> Mapping[str, object]:
    """Return one policy with every statement of the role, wherever it stands in the template."""
    statements = [
        concrete(descend(reading.document.body, *one.path), reading.document, subject.environment)
        for one in role.statements
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def not_granted(subject: Subject, reading: Reading, role: str) -> tuple[str, ...]:
    """Return the actions that nothing may grant to the role."""
    uses = [use for use in role_uses(reading) if use.role == role]
    invokers = {
        service.name
        for service in subject.specified
        if Capability.INVOKE_BEDROCK in service.capabilities
    }
    allowed = all(use.part is Part.TASK_ROLE and use.service in invokers for use in uses) and bool(
        uses
    )
    bedrock = () if allowed else tuple(one for one in BEDROCK_RUNTIME if is_forbidden(one))
    return tuple(sorted({*DESTRUCTIVE, *bedrock}))[:MOST_ACTIONS]
