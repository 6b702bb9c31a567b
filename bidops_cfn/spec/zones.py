"""Where each end of a flow stands, from the outside in, and what the groups of others are for."""

from __future__ import annotations

from enum import StrEnum

from bidops_cfn.settings.contract import Imports


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
GROUPS = {member.value.key: member for member in Imports if member.value.key in KNOWN}
ZONES = {
    Imports.PRIVATE_APP_SUBNETS: Zone.APP,
    Imports.PRIVATE_AGENT_SUBNETS: Zone.AGENT,
}
