"""Why a permission or a flow is there: the requirement that asks for it.

Closed tables. What they do not have was asked for by nobody, and is marked so in every review.
"""

from __future__ import annotations

from bidops_cfn.contract import Imports
from bidops_cfn.facts.flows import Direction, Flow, PeerKind
from bidops_cfn.model import DATABASE_PORT, HTTPS_PORT, Capability, Service

NOBODY = "NONE"

EXECUTION = {
    "ecr:BatchCheckLayerAvailability": "FR-009",
    "ecr:BatchGetImage": "FR-009",
    "ecr:GetAuthorizationToken": "FR-009",
    "ecr:GetDownloadUrlForLayer": "FR-009",
    "kms:Decrypt": "FR-009",
    "logs:CreateLogStream": "FR-009",
    "logs:PutLogEvents": "FR-009",
    "secretsmanager:GetSecretValue": "US2-2",
    "ssm:GetParameter": "FR-009",
    "ssm:GetParameters": "FR-009",
}
_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
_CONFIGURATION = ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath")
_BEDROCK = (
    "bedrock:InvokeAgent",
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
)
_KNOWLEDGE_BASE = ("s3:GetObject", "s3:ListBucket", "s3:PutObject")
CAPABILITIES = {
    Capability.WRITE_LOGS: dict.fromkeys(_LOGS, "FR-016"),
    Capability.READ_CONFIGURATION: dict.fromkeys(_CONFIGURATION, "FR-016"),
    Capability.INVOKE_BEDROCK: dict.fromkeys(_BEDROCK, "FR-017"),
    Capability.USE_KNOWLEDGE_BASE: dict.fromkeys(_KNOWLEDGE_BASE, "FR-017"),
}


def of_task_action(service: Service, action: str) -> str:
    """Return the requirement that grants ``action`` to the code of ``service``."""
    agent = Capability.INVOKE_BEDROCK in service.capabilities
    for capability in service.capabilities:
        if action in CAPABILITIES[capability]:
            return "FR-017" if agent else CAPABILITIES[capability][action]
    return NOBODY


def of_flow(service: Service, flow: Flow, peer: str) -> str:
    """Return the requirement that asks for a flow of ``service`` with ``peer``.

    ``peer`` is a contract key such as ``network.DatabaseSecurityGroupId``, the name of a service,
    or anything else.
    """
    whole = flow.protocol == "tcp" and flow.first_port == flow.last_port and not flow.implicit
    port = flow.first_port if whole else -1
    if flow.direction is Direction.INGRESS:
        asked = (
            peer == Imports.ALB_SECURITY_GROUP.value.key
            if service.public
            else peer in service.callers
        )
        if asked and port == service.port:
            return "FR-025" if service.public else "FR-026"
        return NOBODY
    if flow.peer.kind is PeerKind.PREFIX_LIST:
        return "FR-028" if port == HTTPS_PORT else NOBODY
    return {
        (Imports.ENDPOINT_SECURITY_GROUP.value.key, HTTPS_PORT): "FR-028",
        (Imports.DATABASE_SECURITY_GROUP.value.key, DATABASE_PORT): "FR-029",
    }.get((peer, port), NOBODY)
