"""A plan: a change set that somebody looked at, to be executed as it is, later, elsewhere.

It is a small JSON file that names the change set and what it was made from. Nothing in it is
trusted: account, template and change set are held against AWS again before anything happens.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from bidops_cfn.errors import UsageError

PLAN_VERSION = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan file says; ``images`` maps a service's name to its parameter's value."""

    environment: str
    account_id: str
    region: str
    stack_name: str
    stack_id: str
    change_set_id: str
    change_set_name: str
    update: bool
    template_sha256: str
    images: dict[str, str]
    plan_version: int = PLAN_VERSION


def text(plan: Plan) -> str:
    """Return the plan as a file's text."""
    return json.dumps(asdict(plan), indent=1, sort_keys=True) + "\n"


def read(path: Path) -> Plan:
    """Return the plan in a file; raise ``UsageError`` where it is none."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise unusable(path, error.strerror or str(error)) from error
    except (UnicodeDecodeError, ValueError) as error:
        raise unusable(path, str(error)) from error
    if not isinstance(values, dict) or values.get("plan_version") != PLAN_VERSION:
        raise unusable(path, f"it has no plan_version {PLAN_VERSION}")
    kinds = {"str": str, "bool": bool, "int": int, "dict[str, str]": dict}
    for field in fields(Plan):
        value = values.get(field.name)
        if not isinstance(value, kinds[str(field.type)]):
            raise unusable(path, f"{field.name} is missing or of the wrong type")
    if set(values) != {field.name for field in fields(Plan)} or not all(
        isinstance(image, str) for image in values["images"].values()
    ):
        raise unusable(path, "it holds something that no plan holds")
    return Plan(**values)


def unusable(path: Path, why: str) -> UsageError:
    """Return the error for a file that is no plan."""
    return UsageError(
        f"{path} is not a plan",
        why,
        hint="Make one: bidops-cfn plan --env ENV --out plan.json",
    )
