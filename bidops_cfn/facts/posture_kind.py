"""The kinds of posture facts."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from bidops_cfn.facts.paths import Path


class PostureKind(StrEnum):
    """What a posture fact is about."""

    ROLE = "role"
    BOUNDARY = "permissions boundary"
    ADDRESS = "address"
    SUBNET = "subnet"
    GROUP = "security group"
    ROUTE = "load balancer route"
    TARGET = "load balancer target"
    IMAGE = "image"
    IMAGE_CHOICE = "image choice"
    COMMAND = "command"
    HEALTH = "health check"
    HARDENING = "missing hardening"
    LOGS = "logs"
    SECRET = "secret"  # noqa: S105 - a kind of fact, no password
    VARIABLE = "variable"
    DYNAMIC = "dynamic reference"
    RESOURCE = "resource"


PostureFacts = Iterator[tuple[PostureKind, str, Path]]
