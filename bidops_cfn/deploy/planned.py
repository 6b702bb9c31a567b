"""``deploy --plan``: executing exactly the change set that was looked at, if it still holds."""

from __future__ import annotations

from bidops_cfn.deploy import change_set as change_sets
from bidops_cfn.deploy import template
from bidops_cfn.deploy.admission import refusal
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.change_report import report
from bidops_cfn.deploy.change_set import ChangeSet
from bidops_cfn.deploy.change_table import rows as table
from bidops_cfn.deploy.change_table import summary
from bidops_cfn.deploy.consent import consent
from bidops_cfn.deploy.deployment import Options, interrupted
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.guards import require_allowed, require_exports
from bidops_cfn.deploy.launch import Launch, launch
from bidops_cfn.deploy.plan_file import Plan
from bidops_cfn.deploy.preflight.survey import survey
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.state import Action, action
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import GuardRefused


def deploy_plan(runtime: Runtime, target: Target, plan: Plan, options: Options) -> Result:
    """Execute the plan's change set and return how the operation ended.

    Whatever is not as it was when the plan was made is refused. A plan that is not executed stays
    as it is: it can still be executed, or deleted by whoever made it.
    """
    try:
        require_same(target, plan)
        subject = survey(runtime, target)
        require_idle(runtime, target, subject.stack)
        change_set = held(runtime, target, plan)
        rows = table(change_set.changes, template.hidden_parameters(target.template))
        report(runtime, subject, change_set, rows)
        require_allowed(rows, options.allowed)
        require_exports(subject, rows)
        consent(
            runtime,
            target.environment,
            summary(rows),
            yes=options.yes,
            otherwise="nothing was executed; the plan still holds",
        )
        what = Launch(
            stack_id=change_set.stack_id,
            change_set_id=change_set.id,
            token=plan.change_set_name,
            update=plan.update,
            allowed=options.allowed,
            minutes=options.minutes,
        )
        return launch(runtime, subject, what)
    except KeyboardInterrupt:
        raise interrupted(target) from None


def require_same(target: Target, plan: Plan) -> None:
    """Raise ``GuardRefused`` if the plan is of something else than what is deployed now."""
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
        raise stale(target, "it was made from something else", different)


def require_idle(runtime: Runtime, target: Target, stack: Stack | None) -> None:
    """Raise what the stack's state asks for, if nothing can be executed on it now."""
    what = action(stack.status if stack else None)
    if stack is not None and what not in (Action.CREATE, Action.UPDATE):
        raise refusal(runtime, target, stack, what)


def held(runtime: Runtime, target: Target, plan: Plan) -> ChangeSet:
    """Return the plan's change set if it can be executed and holds the reviewed template."""
    try:
        change_set = change_sets.described(runtime.wire, plan.change_set_id)
        text = runtime.wire(Call.GET_TEMPLATE, ChangeSetName=plan.change_set_id)["TemplateBody"]
    except NotFound as fault:
        why = "its change set is gone: it was deleted, or another one was executed"
        raise stale(target, why) from fault
    if change_set.stack_id != plan.stack_id or change_set.name != plan.change_set_name:
        raise stale(target, "its change set is another one than it says")
    if not template.same(str(text), target.rendered):
        raise stale(target, "its change set holds another template than the reviewed one")
    if change_set.execution == "OBSOLETE":
        raise stale(target, "its change set is obsolete: the stack was changed meanwhile")
    if change_set.execution.startswith("EXECUTE_"):
        raise stale(target, f"it was executed already ({change_set.execution})")
    if change_set.execution != "AVAILABLE":
        raise stale(target, f"its change set cannot be executed ({change_set.execution})")
    return change_set


def stale(target: Target, why: str, details: list[str] | None = None) -> GuardRefused:
    """Return the error for a plan that does not hold any more."""
    return GuardRefused(
        "the plan does not hold any more",
        why,
        details=details or [],
        hint=f"Make a new one: {target.command('plan', '--out', 'plan.json')}",
    )
