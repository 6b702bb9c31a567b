"""Inputs of AWS's own provers, as files: network access scopes, and policies role by role.

A scope is the input of ``ec2 create-network-insights-access-scope``: paths that must not exist. It
expects no finding. A network analysis knows what a template does not: route tables, gateways, and
rules that others have added.

``reviewed.json`` is what the template grants a role, for ``check-no-new-access``: what it really
has may be no more. ``not-granted.json`` is the ``access`` of ``check-access-not-granted``: actions
that delete or that change infrastructure, and Bedrock where a role must not use it.
"""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.facts.document import descend
from bidops_cfn.facts.proofs.roles import is_forbidden
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import Role
from bidops_cfn.facts.template_under_review import played_parts
from bidops_cfn.json_text import json_text
from bidops_cfn.review.account.placeholders import UNKNOWN, concrete, placeholder_of, script
from bidops_cfn.review.role_places import role_uses
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import Capability, Service
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
# https://docs.aws.amazon.com/vpc/latest/network-access-analyzer/resource-statement.html
OUTSIDE = [
    "AWS::EC2::InternetGateway",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
]

Scope = Mapping[str, object]
SCRIPT = "run.sh"


def proof_files(subject: Subject) -> Mapping[str, str]:
    """Return every file by its path in the folder that was asked for."""
    found = {
        **{f"network/{name}.json": scope for name, scope in scopes(subject).items()},
        **{
            f"roles/{role}/{name}.json": document
            for role, documents in role_policies(subject).items()
            for name, document in documents.items()
        },
    }
    texts = {path: json_text(one, indent=1, sort_keys=True) + "\n" for path, one in found.items()}
    return {SCRIPT: script(subject, texts), **texts}


def scopes(subject: Subject) -> Mapping[str, Scope]:
    """Return the scopes of every specified service by name."""
    groups = _groups(subject)
    found: dict[str, Scope] = {}
    for service in subject.specified:
        group = groups.get(service.name)
        if group is None:
            continue
        if service.public:
            found[f"{service.name}-from-the-internet-through-the-load-balancer-only"] = _balanced(
                subject, group
            )
        else:
            found[f"{service.name}-has-no-path-to-the-outside"] = _isolated(group)
            callers = [groups[name] for name in service.callers if name in groups]
            found[f"{service.name}-is-reached-by-its-callers-only"] = _called(
                subject, service, group, callers
            )
    return found


def _groups(subject: Subject) -> dict[str, str]:
    """Return the placeholder of each service's security group."""
    found = {}
    for reading in subject.readings[:1]:
        for service in subject.specified:
            logical_id = played_parts(reading).id(service.name, Part.GROUP)
            if logical_id:
                found[service.name] = f"@resource:{logical_id}@"
    return found


def _at(*resources: str) -> Mapping[str, object]:
    return {"ResourceStatement": {"Resources": list(resources)}}


def _types(types: list[str]) -> Mapping[str, object]:
    return {"ResourceStatement": {"ResourceTypes": types}}


def _isolated(group: str) -> Scope:
    return {
        "MatchPaths": [
            {"Source": _at(group), "Destination": _types(OUTSIDE)},
            {"Source": _types(OUTSIDE), "Destination": _at(group)},
        ]
    }


def _balanced(subject: Subject, group: str) -> Scope:
    outside, inside = _types(OUTSIDE), _at(group)
    balancer = _at(_of_another_stack(subject, Imports.PUBLIC_ALB_ARN))
    return {
        "MatchPaths": [{"Source": outside, "Destination": inside}],
        "ExcludePaths": [
            {"Source": outside, "Destination": inside, "ThroughResources": [balancer]}
        ],
    }


def _called(subject: Subject, service: Service, group: str, callers: list[str]) -> Scope:
    vpc = _at(_of_another_stack(subject, Imports.VPC_ID))
    port = {"Protocols": ["tcp"], "DestinationPorts": [str(service.port)]}
    return {
        "MatchPaths": [{"Source": vpc, "Destination": _at(group)}],
        "ExcludePaths": [
            {
                "Source": _at(caller),
                "Destination": {**_at(group), "PacketHeaderStatement": port},
            }
            for caller in callers
        ],
    }


def _of_another_stack(subject: Subject, value: Imports) -> str:
    """Return a value of another stack: a placeholder, or the constant of the settings."""
    found = subject.contract.one(value.value)
    return found if isinstance(found, str) else placeholder_of(found) or UNKNOWN


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
