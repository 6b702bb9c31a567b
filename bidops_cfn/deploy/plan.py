"""A plan: a change set that was looked at, to be executed as it is, later, or not at all.

Nothing in its file is trusted: it is compared with AWS again before anything happens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.change_set import ChangeSet, describe_change_set, report_changes
from bidops_cfn.deploy.change_set_request import Draft, read_live_counts
from bidops_cfn.deploy.execution import Options, execute_on_agreement, make_interrupted_error
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.guards import (
    require_answer,
    require_exports_unused,
    require_replacements_allowed,
    require_stable,
)
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.images import read_digests
from bidops_cfn.deploy.preflight.survey import survey
from bidops_cfn.deploy.records import ChangeRow, Notice, Result
from bidops_cfn.deploy.resource_change import build_rows
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.target import Target, format_image, get_digest
from bidops_cfn.deploy.template import is_same_template
from bidops_cfn.errors import GuardRefused, UsageError
from bidops_cfn.printable import json_text

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
        return Plan(**_check_members(json.loads(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or str(error)
        hint = "Make one: bidops-cfn plan --env ENV --out plan.json"
        raise UsageError(f"{path} is not a plan", why, hint=hint) from error


def _check_members(values: Any) -> dict[str, Any]:
    """Return the members of a plan; raise ``ValueError`` where they are not."""
    if not isinstance(values, dict) or values.get("plan_version") != PLAN_VERSION:
        raise ValueError(f"it has no plan_version {PLAN_VERSION}")
    # A plan may be older than these two are.
    members: dict[str, Any] = {"digests": {}, "revert_drift": False, **values}
    kinds = {"str": str, "bool": bool, "int": int, "dict[str, str]": dict, "dict[str, int]": dict}
    for member in fields(Plan):
        if not isinstance(members.get(member.name), kinds[str(member.type)]):
            raise ValueError(f"{member.name} is missing or of the wrong type")  # noqa: TRY004 - a value of a file
    if set(members) != {member.name for member in fields(Plan)} or not all(
        isinstance(value, kind)
        for key, kind in (("images", str), ("counts", int), ("digests", str))
        for value in members[key].values()
    ):
        raise ValueError("it holds something that no plan holds")
    return members


def explain_by_hand(target: Target, plan: Plan) -> str:
    """Return how to execute or delete a change set without this tool."""
    execute, delete = (
        target.aws(f"cloudformation {one} --change-set-name {plan.change_set_id}", plan.region)
        for one in ("execute-change-set", "delete-change-set")
    )
    watch = target.command("watch")
    return f"Execute it, and see how it ends:\n  {execute}\n  {watch}\nOr delete it:\n  {delete}"


def make_plan(
    context: DeploymentContext, draft: Draft, live: Mapping[str, int] | None, *, revert_drift: bool
) -> Plan:
    """Return the plan of a draft; ``live`` are the task counts that it freezes, by service name."""
    environment = context.target.environment
    return Plan(
        environment=environment.name,
        account_id=environment.account_id,
        region=environment.region,
        stack_name=environment.stack_name,
        stack_id=draft.stack_id,
        change_set_id=draft.change_set_id,
        change_set_name=draft.name,
        update=context.deployed is not None,
        template_sha256=context.target.sha256,
        images={name: image for name, image in context.images.items() if image},
        counts=dict(live or {}),
        revert_drift=revert_drift,
        digests=dict(read_digests(context)),
    )


def execute_plan(runtime: Runtime, target: Target, plan: Plan, options: Options) -> Result:
    """Execute the plan's change set and return how the operation ended."""
    otherwise = "nothing was begun; the plan still holds"
    require_answer(runtime, target.environment, yes=options.yes, otherwise=otherwise)
    try:
        _require_same_target(target, plan)
        context = survey(runtime, replace(target, planned=True))
        if context.stack is not None:
            require_stable(runtime, target, context.stack)
        change_set = _find_planned_change_set(runtime, target, plan)
        rows = build_rows(change_set.changes, target.template)
        change_set = replace(change_set, changes=rows)
        report_changes(runtime, context, change_set, revert_drift=plan.revert_drift)
        require_replacements_allowed(rows, options.allowed)
        require_exports_unused(context, rows)
        _require_counts_hold(context, plan, rows)
        _require_digests_hold(runtime, context, plan)
        otherwise = "nothing was executed; the plan still holds"
        return execute_on_agreement(runtime, context, change_set, options, otherwise)
    except KeyboardInterrupt:
        raise make_interrupted_error(target) from None


def _require_same_target(target: Target, plan: Plan) -> None:
    environment = target.environment
    now = {
        "environment": (plan.environment, environment.name),
        "account": (plan.account_id, environment.account_id),
        "region": (plan.region, environment.region),
        "stack": (plan.stack_name, environment.stack_name),
        "template sha256": (plan.template_sha256, target.sha256),
    }
    different = [
        f"{what}: plan {then}, now {is_}" for what, (then, is_) in now.items() if then != is_
    ]
    if different:
        raise _make_stale_plan_error(target, "it was made from something else", different)


def _find_planned_change_set(runtime: Runtime, target: Target, plan: Plan) -> ChangeSet:
    try:
        change_set = describe_change_set(runtime.client, plan.change_set_id)
        text = runtime.client(Call.GET_TEMPLATE, ChangeSetName=plan.change_set_id)["TemplateBody"]
    except NotFound as fault:
        why = "its change set is gone: it was deleted, or another one was executed"
        raise _make_stale_plan_error(target, why) from fault
    execution = change_set.execution
    why = ""
    if change_set.stack_id != plan.stack_id or change_set.name != plan.change_set_name:
        why = "its change set is another one than it says"
    elif not is_same_template(str(text), target.rendered):
        why = "its change set holds another template than the reviewed one"
    elif change_set.reverts_drift and not plan.revert_drift:
        why = "its change set reverts drift, and the plan does not say so"
    elif execution == "OBSOLETE":
        why = "its change set is obsolete: the stack was changed meanwhile"
    elif execution.startswith("EXECUTE_"):
        why = f"it was executed already ({execution})"
    elif execution != "AVAILABLE":
        why = f"its change set cannot be executed ({execution})"
    if why:
        raise _make_stale_plan_error(target, why)
    return change_set


def _require_counts_hold(context: DeploymentContext, plan: Plan, rows: Sequence[ChangeRow]) -> None:
    running = read_live_counts(context, rows)
    fewer = [
        f"{logical_ids.ecs_service(service)}: {running[service.name]} tasks now, "
        f"{plan.counts.get(service.name, 'an unknown number')} by the plan"
        for service in context.target.services
        if service.name in running and running[service.name] > plan.counts.get(service.name, 0)
    ]
    if fewer:
        why = "it would replace a service by one with fewer tasks"
        raise _make_stale_plan_error(context.target, why, fewer)


def _require_digests_hold(runtime: Runtime, context: DeploymentContext, plan: Plan) -> None:
    now = read_digests(context)
    planned = {name: one for name, one in plan.digests.items() if name in plan.images}
    moved = [
        f"{name}: {format_image(plan.images[name])} was {then}, and is {now[name]} now"
        for name, then in planned.items()
        if now.get(name, then) != then
    ]
    if moved:
        why = "a tag has moved, and another image would run"
        raise _make_stale_plan_error(context.target, why, moved)
    loose = [
        f"{name}: {format_image(image)}"
        for name, image in plan.images.items()
        if context.target.environment.deploy.pin_digest
        and not get_digest(image)
        and image != context.previous_images.get(name)
    ]
    if loose:
        why = "it has a tag without its digest, and deploy.pin_digest is on"
        raise _make_stale_plan_error(context.target, why, loose)
    unseen = sorted(set(planned) - set(now))
    if unseen:
        message = "cannot tell whether the tags are still those of the images that were planned"
        runtime.output.emit(Notice(message, (", ".join(unseen),)))


def _make_stale_plan_error(target: Target, why: str, details: Sequence[str] = ()) -> GuardRefused:
    hint = f"Make a new one: {target.command('plan', '--out', 'plan.json')}"
    return GuardRefused("the plan does not hold any more", why, details=details, hint=hint)
