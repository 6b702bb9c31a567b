"""``destroy``: deleting the stack by its id, when nothing needs it and its name was typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import get_region
from bidops_cfn.deploy.follow import begin_and_follow, make_failure_error
from bidops_cfn.deploy.guards import require_answer, require_idle, require_no_live_change_set
from bidops_cfn.deploy.operation import prepare_operation
from bidops_cfn.deploy.preflight.exports import in_use
from bidops_cfn.deploy.records import ChangeRow, Notice, Result
from bidops_cfn.deploy.resource_change import build_rows, make_row
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import (
    Stack,
    find_stack,
    get_template,
    list_stack_resources,
    require_account,
)
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import Json, TemplateUnreadable, get_resources, parse_template
from bidops_cfn.errors import Declined, GuardRefused

RETAINING = ("Retain", "RetainExceptOnCreate")


def destroy(runtime: Runtime, target: Target, minutes: float, *, yes: bool) -> Result:
    """Delete the target's stack and return when it is gone; none there is fine."""
    require_answer(runtime, target.environment, yes=yes, otherwise="nothing was deleted")
    require_account(runtime, target)
    stack = find_stack(runtime.client, target.environment.stack_name)
    if stack is not None:
        _require_deletable(runtime, target, stack)
        stack = delete_stack(runtime, target, stack, minutes, yes=yes)
    gone = f"there is no stack {target.environment.stack_name}"
    if stack is None:
        return target.succeed("destroyed", gone)
    return target.succeed("destroyed", f"{gone} any more", stack.id)


def _require_deletable(runtime: Runtime, target: Target, stack: Stack) -> None:
    if stack.status == "REVIEW_IN_PROGRESS":
        require_no_live_change_set(runtime, target, stack, target.command("destroy"))
        return
    require_idle(target, stack)
    if stack.termination_protection:
        words = "cloudformation update-termination-protection --no-enable-termination-protection"
        words += f" --stack-name {stack.name}"
        command = f"{target.aws(words, get_region(stack.id))} && {target.command('destroy')}"
        hint = f"If it really is to go, switch the protection off first:\n  {command}"
        raise GuardRefused(f"{stack.name} is protected", "termination protection is on", hint=hint)
    used = in_use(runtime.client, sorted(one.export for one in stack.outputs if one.export))
    if used:
        what, why = f"other stacks import from {stack.name}", "CloudFormation would refuse"
        details = [f"{name}: imported by {', '.join(users)}" for name, users in used]
        hint = "Delete those stacks, or deploy them without these imports, first."
        raise GuardRefused(what, why, details=details, hint=hint)


def delete_stack(
    runtime: Runtime, target: Target, stack: Stack, minutes: float, *, yes: bool, again: str = ""
) -> Stack:
    """List what goes, ask for the environment's name, delete the stack and return it deleted."""
    placeholder = stack.status == "REVIEW_IN_PROGRESS"  # it has no template
    text = None if placeholder else get_template(runtime.client, stack.id)
    try:
        template = parse_template(text)
    except TemplateUnreadable as problem:
        message = "what the deletion keeps cannot be told: the deployed template cannot be read"
        runtime.output.emit(Notice(message, (str(problem),)))
        template = None
    for row in build_rows(_list_removals(runtime, stack, template), template or {}):
        runtime.output.emit(replace(row, guarded=False))  # all of it goes, or nothing
    _confirm_deletion(runtime, target, stack, yes=yes)
    require_idle(target, find_stack(runtime.client, stack.id) or stack)  # a question takes its time
    operation = prepare_operation(runtime, target, stack, "delete", minutes)
    again = again or target.command("destroy")
    deleted = begin_and_follow(runtime, operation, Call.DELETE_STACK, "deleted", again)
    if deleted.status != "DELETE_COMPLETE":
        raise make_failure_error(operation, deleted)
    return deleted


def _list_removals(runtime: Runtime, stack: Stack, template: Json | None) -> Iterator[ChangeRow]:
    """Yield every resource as a removal, with what is retained where the ``template`` is known."""
    definitions = get_resources(template or {})
    for one in list_stack_resources(runtime.client, stack.id):
        if one.status == "DELETE_COMPLETE":
            continue
        policy = definitions.get(one.logical_id, {}).get("DeletionPolicy", "Delete")
        action = "Retain" if policy in RETAINING else "Delete"
        known = "" if template is None else action
        about = {"physical_id": one.physical_id, "policy_action": known}
        yield make_row("Remove", one.logical_id, one.type, **about)


def _confirm_deletion(runtime: Runtime, target: Target, stack: Stack, *, yes: bool) -> None:
    if yes:
        return
    name = target.environment.name
    if not runtime.terminal.interactive:
        what, why = "no terminal for the confirmation, and no --yes", "nothing was deleted"
        raise Declined(what, why, hint="Add --yes if the stack is to be deleted.")
    answer = runtime.terminal.ask(
        f"Delete {stack.name} ({target.environment.account_id})? "
        f"Type the environment's name ({name}): "
    )
    if answer.strip() != name:
        raise Declined("declined", "nothing was deleted")
