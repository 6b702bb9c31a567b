"""Exposure: what a reviewer wants to see listed, whether or not a requirement asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bidops_cfn.facts.paths import Path


class ExposureKind(StrEnum):
    """What an exposure is about."""

    ROLE = "role"
    BOUNDARY = "permissions boundary"
    ADDRESS = "address"
    SUBNET = "subnet"
    GROUP = "security group"
    RANGE = "address range"
    IMPLICIT_EGRESS = "implicit egress"
    ROUTE = "load balancer route"
    TARGET = "load balancer target"
    DISCOVERY = "discovery"
    IMAGE = "image"
    IMAGE_CHOICE = "image choice"
    COMMAND = "command"
    HEALTH = "health check"
    HARDENING = "missing hardening"
    USER = "user"
    LOGS = "logs"
    SECRET = "secret"  # noqa: S105 - a kind of fact, no password
    VARIABLE = "variable"
    DYNAMIC = "dynamic reference"
    ALARM_ACTION = "alarm action"
    EVENT_TARGET = "event target"
    RESOURCE = "resource"
    PROPERTY = "property"
    EXPORT = "export"


@dataclass(frozen=True)
class Exposure:
    """One exposure: of which service or role, what kind, what it says, where it stands."""

    subject: str
    kind: ExposureKind
    shown: str
    path: Path

    @property
    def fact(self) -> tuple[str, str, str]:
        """What it says, without where it is written."""
        return (self.subject, self.kind, self.shown)


ExposureFacts = Iterator[tuple[ExposureKind, str, Path]]
