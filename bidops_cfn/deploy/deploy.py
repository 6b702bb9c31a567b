"""``deploy``: from a reviewed template to a running stack, read from top to bottom.

Nothing that it does is unsafe to do twice, and it can be interrupted anywhere: before the execution
nothing of ours is left behind, after it the operation goes on and can be watched again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from bidops_cfn.deploy.change_set import ChangeSet, report_changes, summarize_changes
from bidops_cfn.deploy.change_set_request import (
    Draft,
    OperationInTheWay,
    create_change_set,
    hold_draft,
    read_live_counts,
)
from bidops_cfn.deploy.destroy import delete_stack
from bidops_cfn.deploy.execution import (
    Options,
    Purpose,
    execute_on_agreement,
    make_interrupted_error,
)
from bidops_cfn.deploy.guards import (
    list_allowing_options,
    require_answer,
    require_created,
    require_deployable,
    require_exports_unused,
    require_replacements_allowed,
    suggest_waiting,
)
from bidops_cfn.deploy.operation import find_latest_operation
from bidops_cfn.deploy.plan import explain_by_hand, make_plan
from bidops_cfn.deploy.poll import EndUnknown, OperationUnreadable, TimedOut, poll_operation
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.survey import survey
from bidops_cfn.deploy.protection import decide_on_policy
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.resource_change import build_rows
from bidops_cfn.deploy.runtime import Runtime, repeat
from bidops_cfn.deploy.stack import Stack, StackAction, choose_action, find_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.verdict import conclude_unchanged
from bidops_cfn.errors import BidopsCfnError, GuardRefused, StackBusy

GONE_SECONDS = 60.0  # for a name to be free after its stack was deleted
GONE_PAUSE = 2.0
WAIT_PAUSE = 5.0  # before asking once more whether an operation is in the way
Live = Mapping[str, int] | None  # the tasks that services run now, where they are asked for


def deploy(runtime: Runtime, target: Target, options: Options) -> Result:
    """Create or update the target's stack, or only show how, and return how it ended."""
    if options.purpose is Purpose.EXECUTE:
        # The plan of a local AWS ends with it.
        plan = target.command("plan", *(() if target.local else ("--out", "plan.json")))
        require_answer(
            runtime,
            target.environment,
            yes=options.yes,
            otherwise="nothing was begun",
            instead=f"plan first: {plan}",
        )
    try:
        return _attempt_deployment(runtime, target, options)
    except KeyboardInterrupt:
        raise make_interrupted_error(target) from None


def _attempt_deployment(runtime: Runtime, target: Target, options: Options) -> Result:
    while True:
        context = survey(runtime, target)
        stack = context.stack
        action = choose_action(stack.status if stack else None)
        if stack is not None and options.wait and action is StackAction.WAIT:
            _wait_for_operation(runtime, target, stack, options.minutes)
            continue
        if stack is not None and options.recreate and action is StackAction.RECREATE:
            return _recreate(runtime, target, stack, options)
        require_deployable(runtime, target, stack)
        try:
            return _propose_change_set(runtime, context, options)
        except OperationInTheWay as busy:  # the read of the stack was too old to show it
            if not options.wait or stack is None:
                busy.hint = suggest_waiting(target)
                raise
            _wait_for_operation(runtime, target, stack, options.minutes)
            runtime.clock.sleep(WAIT_PAUSE)


def _recreate(runtime: Runtime, target: Target, stack: Stack, options: Options) -> Result:
    missing = [one.name for one in target.services if one.name not in target.images]
    if missing:
        raise GuardRefused(
            "a creation needs an image for each service",
            f"none is named for {', '.join(missing)}; nothing was deleted",
            hint=f"Name them: {target.creation('--recreate')}",
        )
    again = target.creation("--recreate")
    delete_stack(runtime, target, stack, options.minutes, yes=options.yes, again=again)
    try:
        _wait_until_gone(runtime, stack)
        return _attempt_deployment(runtime, target, options)
    except (BidopsCfnError, KeyboardInterrupt) as end:
        error = end if isinstance(end, BidopsCfnError) else make_interrupted_error(target)
        error.details += (f"before that, {stack.name}, which had failed, was deleted",)
        raise error from end.__cause__


def _wait_until_gone(runtime: Runtime, stack: Stack) -> None:
    what = ""
    for _ in repeat(runtime.clock, GONE_SECONDS, GONE_PAUSE):
        found = find_stack(runtime.client, stack.name)
        if found is None or found.id != stack.id:
            return
        what = f"AWS still shows {stack.name} in {found.status}"
    why = "it was deleted, and its name is not free yet"
    raise StackBusy(what, why, hint="Wait a minute, and run the command again.")


def _wait_for_operation(runtime: Runtime, target: Target, stack: Stack, minutes: float) -> None:
    runtime.output.status(f"Waiting for {stack.name}, which is in {stack.status} ...")
    try:
        with suppress(EndUnknown):  # the next one runs, and is waited for then
            poll_operation(runtime, find_latest_operation(runtime, target, stack, minutes))
    except TimedOut:
        what, why = "is still in another operation", f"it did not end within {minutes:g} minutes"
        raise StackBusy(f"{stack.name} {what}", why, hint=target.follow) from None
    except OperationUnreadable as lost:
        what = f"{stack.name} is in another operation that cannot be followed any more"
        raise StackBusy(what, str(lost), hint=lost.fault.hint) from lost


def _propose_change_set(
    runtime: Runtime, context: DeploymentContext, options: Options, live: Live = None
) -> Result:
    """Create a change set, report what it would do, and use it for its purpose.

    Only the change set tells whether a service is replaced. Then a second one takes its place, with
    the counts that run now (``live``): a replacement must not scale a busy service in.
    """
    if options.revert_drift and context.deployed is None:
        what = f"{context.environment.name} has nothing that could have drifted"
        step = f"Create it: {context.target.creation()}"
        raise GuardRefused(what, "it is not deployed yet", hint=step)
    with hold_draft(runtime, context, live, revert_drift=options.revert_drift) as draft:
        change_set = create_change_set(runtime, draft)
        if change_set.empty:
            executing = options.purpose is Purpose.EXECUTE
            policy = context.foreign_policy if executing else None
            kept = decide_on_policy(runtime, context.target, policy, yes=options.yes)
            unchanged = conclude_unchanged(runtime, context, kept, protect=executing)
            return _add_drift(unchanged, change_set) if options.revert_drift else unchanged
        require_created(runtime, change_set)
        rows = build_rows(change_set.changes, context.target.template)
        if options.revert_drift and change_set.changes and not rows:
            unchanged = conclude_unchanged(runtime, context, None, protect=False)
            return _add_drift(unchanged, change_set)
        counts = read_live_counts(context, rows) if live is None else {}
        if not counts:
            change_set = replace(change_set, changes=rows)
            report_changes(runtime, context, change_set, revert_drift=options.revert_drift)
            return _use_change_set(runtime, context, options, draft, change_set, live=live)
    return _propose_change_set(runtime, context, options, counts)


def _use_change_set(
    runtime: Runtime,
    context: DeploymentContext,
    options: Options,
    draft: Draft,
    change_set: ChangeSet,
    *,
    live: Live,
) -> Result:
    target, rows = context.target, change_set.changes
    if options.purpose is Purpose.SHOW:
        next_step = f"Deploy it: {context.resolved_target.command('deploy')}"
        if options.revert_drift:
            keep = context.resolved_target.command("plan", "--drift", "--out", "plan.json")
            next_step = f"Keep it, to execute it: {keep}"
    if options.purpose is Purpose.KEEP:
        plan = make_plan(context, draft, live, revert_drift=options.revert_drift)
        next_step = options.take(plan) if options.take else explain_by_hand(target, plan)
        draft.keep()
    if options.purpose is not Purpose.EXECUTE:
        return target.succeed(
            "planned",
            f"{summarize_changes(context, rows)}; nothing was executed",
            draft.stack_id if draft.kept else "",
            next=" ".join([next_step, *list_allowing_options(rows)]),
            change_set_id=draft.change_set_id if draft.kept else "",
            template_sha256=target.sha256,
        )
    require_replacements_allowed(rows, options.allowed)
    require_exports_unused(context, rows)
    otherwise = "nothing was executed, and our change set is deleted"
    return execute_on_agreement(runtime, context, change_set, options, otherwise, keep=draft.keep)


def _add_drift(unchanged: Result, change_set: ChangeSet) -> Result:
    told = "its live resources are too, where CloudFormation compares them"
    if change_set.id and not change_set.reverts_drift:
        told = "whether its live resources are cannot be told"
    return replace(unchanged, summary=f"{unchanged.summary}; {told}")
