"""``allowed_permissions.toml``: what each role may do, on what, and the requirement behind it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from bidops_cfn.settings.shapes import Array, Choice, Dictionary, Key, Table, Text
from bidops_cfn.settings.texts import SERVICE_NAME
from bidops_cfn.spec.resources import CONDITIONS, RESOURCES
from bidops_cfn.spec.reviewed import NONE, REQUIREMENT, read

FILE = "allowed_permissions.toml"
# Actions that write data and nothing else, or only carry a session; the catalogue has no level
# between that and changing infrastructure.
DATA_WRITES = frozenset(
    {
        "bedrock:InvokeAgent",
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:PutObject",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    }
)
ACTION = Text(
    r"[a-z0-9-]+:[A-Za-z0-9]+", "an action written out, such as s3:GetObject, without wildcard"
)
ENTRY = Table(
    {
        "actions": Key(Array(ACTION, 1), "The actions."),
        "on": Key(Choice(tuple(RESOURCES)), "The kind of resource."),
        "under": Key(Choice(tuple(CONDITIONS)), "The condition.", optional=True),
        "requirement": Key(REQUIREMENT, "The requirement that asks for it.", optional=True),
    }
)
ROLE = Key(Array(ENTRY), "What the role may do.", optional=True)
SHAPE = Dictionary(
    SERVICE_NAME, Table({"execution": ROLE, "task": ROLE}), allowed="a table by service"
)


@cache
def allow_list() -> Mapping[str, Any]:
    """Return the entries by service and role; raises ``UsageError`` where the file is wrong."""
    return read(FILE, SHAPE)


def entries(service: str, role: str) -> tuple[Mapping[str, Any], ...]:
    """Return the entries of ``execution`` or ``task`` role of ``service``; none for a stranger."""
    return tuple(allow_list().get(service, {}).get(role, ()))


def requirement_of(entry: Mapping[str, Any]) -> str:
    """Return the requirement that asks for what ``entry`` allows, or NONE."""
    return str(entry.get("requirement", NONE))
