"""What none of the roles may do, read from ``forbidden.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bidops_cfn.settings.environment import Environment
from judges.policies.request import Request

LINES = Path(__file__).with_name("forbidden.toml")


def list_forbidden(environment: Environment, physical: Mapping[str, str]) -> Iterator[Request]:
    """Yield requests that have to be denied, with physical ids by logical id."""
    names = {
        **physical,
        "partition": environment.partition,
        "region": environment.region,
        "account": environment.account_id,
        "stack": environment.stack_name,
    }
    for line in tomllib.loads(LINES.read_text(encoding="utf-8"))["line"]:
        if line.get("with_boundary") and not environment.security.permissions_boundary_arn:
            continue
        context = {"aws:RequestedRegion": environment.region, **line.get("with", {})}
        for role in line["roles"]:
            yield Request(
                role,
                line["action"],
                line["on"].format_map(names),
                environment.account_id,
                {key: fill(value, names) for key, value in context.items()},
                line["may_not"],
            )


def fill(value: Any, names: Mapping[str, str]) -> Any:
    """Return a context value with its names filled in."""
    if isinstance(value, list):
        return [fill(one, names) for one in value]
    return str(value).format_map(names)
