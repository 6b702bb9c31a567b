"""A plan: a change set that was looked at, to be executed as it is, later, elsewhere.

It is a small JSON file that names the change set and what it was made from. Nothing in it is
trusted: account, template and change set are compared with AWS again before anything happens.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from bidops_cfn.deploy.change_set_request import Draft
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.images import read_digests
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import UsageError
from bidops_cfn.json_text import json_text

PLAN_VERSION = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan file says; ``images`` maps a service's name to its parameter's value.

    ``counts`` are the tasks of each service that the change set replaces, by its name: those that
    ran when the plan was made. ``digests`` are what the images' tags stood for then, by the
    service's name, where ECR told. ``revert_drift`` says that the change set compares with what was
    live then.
    """

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
    counts: dict[str, int]
    digests: dict[str, str] = field(default_factory=dict)
    revert_drift: bool = False
    plan_version: int = PLAN_VERSION


def format_plan(plan: Plan) -> str:
    """Return the plan as a file's text."""
    return json_text(asdict(plan), indent=1, sort_keys=True) + "\n"


def read_plan(path: Path) -> Plan:
    """Return the plan in a file; raise ``UsageError`` where it is none."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _make_unusable_error(path, error.strerror or str(error)) from error
    except (UnicodeDecodeError, ValueError) as error:
        raise _make_unusable_error(path, str(error)) from error
    if not isinstance(values, dict) or values.get("plan_version") != PLAN_VERSION:
        raise _make_unusable_error(path, f"it has no plan_version {PLAN_VERSION}")
    values = {"digests": {}, "revert_drift": False, **values}  # a plan may be older than they are
    kinds = {"str": str, "bool": bool, "int": int, "dict[str, str]": dict, "dict[str, int]": dict}
    for member in fields(Plan):
        value = values.get(member.name)
        if not isinstance(value, kinds[str(member.type)]):
            raise _make_unusable_error(path, f"{member.name} is missing or of the wrong type")
    if set(values) != {member.name for member in fields(Plan)} or not all(
        isinstance(value, kind)
        for key, kind in (("images", str), ("counts", int), ("digests", str))
        for value in values[key].values()
    ):
        raise _make_unusable_error(path, "it holds something that no plan holds")
    return Plan(**values)


def _make_unusable_error(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is not a plan",
        why,
        hint="Make one: bidops-cfn plan --env ENV --out plan.json",
    )


def explain_by_hand(target: Target, plan: Plan) -> str:
    """Return how to execute or delete a change set without this tool."""
    execute, delete = (
        target.aws(f"cloudformation {one} --change-set-name {plan.change_set_id}", plan.region)
        for one in ("execute-change-set", "delete-change-set")
    )
    return (
        "Execute it, and see how it ends:\n"
        f"  {execute}\n"
        f"  {target.command('watch')}\n"
        "Or delete it:\n"
        f"  {delete}"
    )


def make_plan(context: DeploymentContext, draft: Draft) -> Plan:
    """Return the plan of a draft."""
    environment = context.target.environment
    return Plan(
        environment=environment.name,
        account_id=environment.account_id,
        region=environment.region,
        stack_name=environment.stack_name,
        stack_id=draft.stack_id,
        change_set_id=draft.change_set_id,
        change_set_name=draft.request.name,
        update=draft.request.kind == "UPDATE",
        template_sha256=context.target.sha256,
        images={name: image for name, image in context.images.items() if image},
        counts=dict(draft.request.live),
        revert_drift=draft.request.revert_drift,
        digests=dict(read_digests(context)),
    )
