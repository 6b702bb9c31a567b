"""``services.toml``: what a service has beside flows and permissions, and who asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from bidops_cfn.settings.shapes import Dictionary, Key, Table, Text
from bidops_cfn.settings.texts import SERVICE_NAME
from bidops_cfn.spec.reviewed import NONE, REQUIREMENT, read

FILE = "services.toml"


class Having(StrEnum):
    """What a service may have, by its word in the list."""

    SUBNETS = "subnets"
    REPOSITORY = "repository"
    GROUP = "group"
    ROUTE = "route"
    TARGET = "target"
    DISCOVERY = "discovery"
    IMAGE_CHOICE = "image_choice"
    LOGS = "logs"
    SECRET = "secret"  # noqa: S105 - a kind of thing, no password
    VARIABLE = "variable"
    HEALTH_CHECK = "health_check"
    EXECUTION_ROLE = "execution_role"
    TASK_ROLE = "task_role"
    TRUST = "trust"
    ALARM_ACTION = "alarm_action"


BY_KEY = (Having.SUBNETS, Having.REPOSITORY)
CONTRACT_KEY = Text(r"(network|storage|security)\.[A-Za-z0-9]+", "a key of the contract")
REASON = Key(REQUIREMENT, "The requirement that asks for it.")
SHAPE = Dictionary(
    SERVICE_NAME,
    Table(
        {
            having.value: Key(
                Table(
                    {"requirement": REASON}
                    | ({"value": Key(CONTRACT_KEY, "Which it is.")} if having in BY_KEY else {})
                ),
                f"Its {having.value}.",
                optional=True,
            )
            for having in Having
        }
    ),
    allowed="a table by service",
)


@cache
def reviewed_services() -> Mapping[str, Any]:
    """Return what each service has; raises ``UsageError`` where the file is wrong."""
    return read(FILE, SHAPE)


def asked_by(service: str, having: Having) -> str:
    """Return the requirement that asks for what ``service`` has, or NONE."""
    return str(reviewed_services().get(service, {}).get(having, {}).get("requirement", NONE))


def contract_key(service: str, having: Having) -> str:
    """Return the contract key of the subnets or the repository of ``service``; empty for none."""
    return str(reviewed_services().get(service, {}).get(having, {}).get("value", ""))
