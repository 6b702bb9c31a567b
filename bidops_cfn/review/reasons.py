"""Why a permission or a flow is there: the requirement that asks for it.

Closed tables. What they do not have was asked for by nobody, and is marked so in every review.
"""

from __future__ import annotations

from collections.abc import Collection

from bidops_cfn.contract import Imports
from bidops_cfn.facts.flows import Direction, Flow, PeerKind
from bidops_cfn.facts.roster import Part
from bidops_cfn.model import DATABASE_PORT, HTTPS_PORT, Service

NOBODY = "NONE"

# The requirement that a service's task role answers to; a new service answers to User Story 5.
TASK_ROLES = {"bff": "FR-016", "agentcore": "FR-017"}
TASKS = "Service ecs-tasks.amazonaws.com"


def of_permission(part: Part, service: str, action: str) -> str:
    """Return the requirement behind an allowed permission of a service's role."""
    if part is Part.EXECUTION_ROLE:
        return "US2-2" if action.startswith("secretsmanager:") else "FR-009"
    return TASK_ROLES.get(service, "US5-4")


def of_flow(service: Service, flow: Flow, peer: str, prefix_lists: Collection[str]) -> str:
    """Return the requirement that asks for a flow of ``service`` with ``peer``.

    ``peer`` is a contract key such as ``network.DatabaseSecurityGroupId``, the name of a service,
    one of the ``prefix_lists`` of S3, or anything else.
    """
    whole = flow.protocol == "tcp" and flow.first_port == flow.last_port and not flow.implicit
    port = flow.first_port if whole else -1
    if flow.peer.kind is PeerKind.PREFIX_LIST:
        outward = flow.direction is Direction.EGRESS and peer in prefix_lists
        return "FR-028" if outward and port == HTTPS_PORT else NOBODY
    if flow.peer.kind is not PeerKind.GROUP:
        return NOBODY
    if flow.direction is Direction.INGRESS:
        asked = (
            peer == Imports.ALB_SECURITY_GROUP.value.key
            if service.public
            else peer in service.callers
        )
        if asked and port == service.port:
            return "FR-025" if service.public else "FR-026"
        return NOBODY
    return {
        (Imports.ENDPOINT_SECURITY_GROUP.value.key, HTTPS_PORT): "FR-028",
        (Imports.DATABASE_SECURITY_GROUP.value.key, DATABASE_PORT): "FR-029",
    }.get((peer, port), NOBODY)
