"""What keeps a deployment from beginning: the stack's status, change sets, exports, and a no."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

from bidops_cfn.deploy.change_set import ChangeSet, list_change_sets, read_validation_errors
from bidops_cfn.deploy.change_set_request import NOTHING_CHANGED
from bidops_cfn.deploy.client import get_region
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.exports import find_deployed_exports, in_use, refusal
from bidops_cfn.deploy.records import ChangeRow, Notice
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import (
    Stack,
    StackAction,
    choose_action,
    is_in_progress,
    list_stack_resources,
)
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import find_references
from bidops_cfn.errors import ChangeSetFailed, Declined, GuardRefused, StackBusy, StackNeedsHuman
from bidops_cfn.settings.environment import Environment


def require_deployable(runtime: Runtime, target: Target, stack: Stack | None) -> None:
    """Raise what the stack's state asks for, unless it can be created or updated."""
    if stack is None:
        return
    action = choose_action(stack.status)
    if action is StackAction.CREATE:
        require_no_live_change_set(runtime, target, stack, target.creation())
        return
    require_stable(runtime, target, stack)
    for other in list_change_sets(runtime.client, stack.id):
        if other.live:
            message = f"change set {other.name} waits to be executed, and becomes obsolete"
            runtime.output.emit(Notice(message, tuple(filter(None, [other.description]))))


def require_no_live_change_set(runtime: Runtime, target: Target, stack: Stack, again: str) -> None:
    """Raise ``StackBusy`` if a change set of the placeholder ``stack`` may still be executed."""
    for other in list_change_sets(runtime.client, stack.id):
        if other.live:
            words = f"cloudformation delete-change-set --change-set-name {other.id}"
            hint = (
                "Execute its plan (deploy --plan), or leave that to its author. If it is not "
                f"wanted, delete it:\n  {target.aws(words, get_region(other.id))}\nthen: {again}"
            )
            why = f"change set {other.name} waits to be executed"
            details = [other.description] * bool(other.description)
            raise StackBusy(f"{stack.name} is under review", why, details=details, hint=hint)


def require_created(runtime: Runtime, change_set: ChangeSet) -> None:
    """Raise ``ChangeSetFailed`` unless CloudFormation could work the change set out."""
    if change_set.status == "CREATE_COMPLETE":
        return
    what = f"the change set is in {change_set.status}"
    why = change_set.reason or "CloudFormation gives no reason"
    details = list(read_validation_errors(runtime, change_set.id))
    raise ChangeSetFailed(what, why, details=details, hint=NOTHING_CHANGED)


def require_replacements_allowed(rows: Sequence[ChangeRow], allowed: Collection[str]) -> None:
    """Raise ``GuardRefused`` for a guarded replacement or removal that is not allowed by name."""
    refused = [row for row in rows if row.guarded and row.logical_id not in allowed]
    if not refused:
        return
    details = [
        f"{row.logical_id} ({row.resource_type}): "
        + ("removed" if row.action == "Remove" else f"replacement {row.replacement}")
        for row in refused
    ]
    what = "this would replace or remove what the application runs on"
    hint = f"If that is meant, say so by adding: {' '.join(list_allowing_options(refused))}"
    raise GuardRefused(what, "nothing was executed", details=details, hint=hint)


def list_allowing_options(rows: Sequence[ChangeRow]) -> list[str]:
    """Return the options of ``deploy`` that allow every guarded row."""
    guarded = [row.logical_id for row in rows if row.guarded]
    return [word for logical_id in guarded for word in ("--allow-replacement", logical_id)]


def require_exports_unused(context: DeploymentContext, rows: Sequence[ChangeRow]) -> None:
    """Raise ``GuardRefused`` if a replacement alters an export that other stacks import."""
    if context.deployed is None:
        return
    gone = {row.logical_id for row in rows if row.replacement in ("True", "Conditional")}
    names = [
        name
        for name, value in find_deployed_exports(context).items()
        if value is None or find_references(value) & gone
    ]
    used = in_use(context.client, sorted(names))
    if used:
        finding = refusal(used)
        raise GuardRefused(finding.message, details=finding.details, hint=finding.hint)


def suggest_waiting(target: Target) -> str:
    """Return what to type while another operation runs."""
    wait = target.command("deploy", "--queue")
    return f"{target.follow}\nOr queue behind it: {wait}"


def require_idle(target: Target, stack: Stack) -> None:
    """Raise ``StackBusy`` while an operation runs on the stack."""
    if is_in_progress(stack.status):
        what, why = f"{stack.name} is in {stack.status}", "an operation is in progress"
        raise StackBusy(what, why, hint=target.follow)


def require_action(target: Target, stack: Stack, wanted: StackAction, refusal: str) -> None:
    """Raise unless the stack's status allows ``wanted``; ``refusal`` says what cannot be done."""
    require_idle(target, stack)
    if choose_action(stack.status) is not wanted:
        what, why = f"{stack.name} {refusal}", f"it is in {stack.status}"
        raise GuardRefused(what, why, hint=target.look)


def require_stable(runtime: Runtime, target: Target, stack: Stack) -> None:
    """Raise unless a stack of this status can be created or updated now."""
    action = choose_action(stack.status)
    if action in (StackAction.CREATE, StackAction.UPDATE):
        return
    what = f"{stack.name} is in {stack.status}"
    if action is StackAction.WAIT:
        why = stack.reason or "another operation runs"
        raise StackBusy(what, why, hint=suggest_waiting(target))
    if action is StackAction.RECREATE:
        raise StackNeedsHuman(
            what,
            "its creation failed, and what is left of it cannot be updated",
            hint=f"Delete what is left, create it again: {target.creation('--recreate')}",
        )
    details = [
        f"{one.logical_id} ({one.type}) {one.status}: {one.reason}"
        for one in list_stack_resources(runtime.client, stack.id)
        if one.status.endswith("_FAILED")
    ]
    why = "no deployment can leave this state"
    step = "Look at it in the console; no command here knows this state."
    if action is StackAction.ROLL_BACK:
        why = "an operation stopped half way"
        step = f"Bring it back to a stable state first: {target.command('rollback')}"
    elif stack.status in ("DELETE_FAILED", "ROLLBACK_FAILED"):
        step = f"Remove what holds it, then: {target.command('destroy')}"
    raise StackNeedsHuman(what, stack.reason or why, details=details, hint=step)


def confirm(
    runtime: Runtime, environment: Environment, what: str, *, yes: bool, otherwise: str
) -> None:
    """Return if ``what`` may be executed; raise ``Declined`` if not: ``otherwise`` is what is left.

    Environments with ``confirm_name`` want their name typed, so that a habit does not deploy.
    """
    if yes:
        return
    require_answer(runtime, environment, yes=yes, otherwise=otherwise)
    if runtime.agree:
        agreed = runtime.agree(f"{what} ({environment.account_id}, {environment.region})")
    else:
        agreed = _ask(runtime, environment, what)
    if not agreed:
        raise Declined("declined", otherwise)


def _ask(runtime: Runtime, environment: Environment, what: str) -> bool:
    where = f"{environment.name} ({environment.account_id}, {environment.region})"
    if environment.deploy.confirm_name:
        answer = runtime.terminal.ask(
            f"{what} on {where}. Type the environment's name to execute: "
        )
        return answer.strip() == environment.name
    answer = runtime.terminal.ask(f"{what} on {where}. Execute? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def require_answer(
    runtime: Runtime, environment: Environment, *, yes: bool, otherwise: str, instead: str = ""
) -> Callable[[str], None]:
    """Return what ``confirm``s; raise ``Declined`` where it could not: no ``--yes``, no terminal.

    ``otherwise`` says what that leaves, ``instead`` what can be done without a terminal.
    """
    if not yes and not runtime.agree and not runtime.terminal.interactive:
        hint = f"Add --yes, or {instead}" if instead else "Add --yes if that is meant."
        raise Declined("no terminal for the confirmation, and no --yes", otherwise, hint=hint)
    return partial(confirm, runtime, environment, yes=yes, otherwise=otherwise)
