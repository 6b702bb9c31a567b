"""``flows.toml``: who may reach whom on which port, and which requirement asks for it.

Zones say where each end of a flow stands in a drawing, from the outside in.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from bidops_cfn.frozen import frozen
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.shapes import Dictionary, Text
from bidops_cfn.spec.reviewed import NONE, REQUIREMENT, read

FILE = "flows.toml"
S3 = "S3"
LINE = Text(
    r"ingress [1-9][0-9]{0,4} from \S+|egress [1-9][0-9]{0,4} to \S+",
    "ingress PORT from PEER, or egress PORT to PEER",
)
SHAPE = Dictionary(
    Text(r"[a-z][a-z0-9-]*|[a-z]+\.[A-Za-z0-9]+", "a service, or a group by its contract key"),
    Dictionary(LINE, REQUIREMENT, allowed="a table of requirements by flow"),
    allowed="a table by service or group",
)

# Groups of others on which this stack writes rules: the switch in [network], a rule's usual id.
WRITTEN = {
    Imports.ENDPOINT_SECURITY_GROUP: ("endpoint_rules", "EndpointsFrom{}Ingress"),
    Imports.DATABASE_SECURITY_GROUP: ("database_rules", "DatabaseFrom{}Ingress"),
    Imports.ALB_SECURITY_GROUP: ("load_balancer_rules", "LoadBalancerTo{}Egress"),
}


@frozen
class ReviewedFlow:
    """A flow that a requirement asks for: TCP, seen from its ``owner``."""

    owner: str
    direction: str
    port: int
    peer: str
    requirement: str


@cache
def reviewed_flows() -> tuple[ReviewedFlow, ...]:
    """Return every line; raises ``UsageError`` where the file is wrong."""
    return tuple(
        ReviewedFlow(owner, direction, int(port), peer, requirement)
        for owner, lines in read(FILE, SHAPE).items()
        for line, requirement in lines.items()
        for direction, port, _, peer in [line.split(" ")]
    )


def flows_of(owner: str, direction: str) -> tuple[ReviewedFlow, ...]:
    """Return the flows of one direction that are asked for of a service or group."""
    return tuple(
        one for one in reviewed_flows() if (one.owner, one.direction) == (owner, direction)
    )


def asked_by(owner: str, direction: str, port: int, peer: str) -> str:
    """Return the requirement that asks for a flow, or NONE."""
    wanted = (owner, direction, port, peer)
    found = (
        one.requirement
        for one in reviewed_flows()
        if (one.owner, one.direction, one.port, one.peer) == wanted
    )
    return next(found, NONE)


class Zone(StrEnum):
    """Where a node stands, from the outside in."""

    INTERNET = "Internet"
    PUBLIC = "Public subnets"
    APP = "PrivateApp subnets"
    AGENT = "PrivateAgent subnets"
    DATA = "AWS services and data"
    OTHER = "Elsewhere"


# A group by its key in the contract: what stands behind it, whose it is or what for, and where.
KNOWN = {
    Imports.ALB_SECURITY_GROUP.value.key: ("Load balancer", "of NetworkStack", Zone.PUBLIC),
    Imports.ENDPOINT_SECURITY_GROUP.value.key: (
        "VPC endpoints",
        "Bedrock, SSM, ECR, logs",
        Zone.DATA,
    ),
    Imports.DATABASE_SECURITY_GROUP.value.key: ("Database", "of NetworkStack", Zone.DATA),
}
GROUPS = {member.value.key: member for member in WRITTEN}
ZONES = {
    Imports.PRIVATE_APP_SUBNETS: Zone.APP,
    Imports.PRIVATE_AGENT_SUBNETS: Zone.AGENT,
}
