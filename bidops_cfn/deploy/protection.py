"""A stack's protection: termination protection, and the stack policy.

The policy denies replacing or deleting what the application runs on, for every caller. A
replacement that was allowed by name opens it for that one resource, until the operation is over. A
policy that this tool has not set is replaced only on a yes.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, get_region
from bidops_cfn.deploy.faults import TRANSIENT, Fault
from bidops_cfn.deploy.records import Notice
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack, find_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import Json, find_resources_of_type
from bidops_cfn.errors import BidopsCfnError, StillRunning
from bidops_cfn.spec.resource_types import GUARDED

ALLOW: Json = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
DENY: Json = {
    "Effect": "Deny",
    "Action": ["Update:Replace", "Update:Delete"],
    "Principal": "*",
    "Resource": [],
}


def read_stack_policy(client: Client, stack: Stack) -> Json | None:
    """Return the stack's policy, None where it has none."""
    text = client(Call.GET_STACK_POLICY, StackName=stack.id).get("StackPolicyBody")
    found: Json | None = json.loads(text) if text else None
    return found


def _set_stack_policy(client: Client, stack: Stack, policy: Json) -> None:
    try:
        client(Call.SET_STACK_POLICY, StackName=stack.id, StackPolicyBody=json.dumps(policy))
    except TRANSIENT:
        if read_stack_policy(client, stack) != policy:
            raise


def make_stack_policy(template: Json, allowed: Collection[str] = ()) -> Json:
    """Return the stack policy for ``template``, open for the logical ids in ``allowed``."""
    guarded = _list_guarded(template) - {f"LogicalResourceId/{one}" for one in allowed}
    deny = {**DENY, "Resource": sorted(guarded)}
    return {"Statement": [ALLOW, deny] if guarded else [ALLOW]}


def _list_guarded(*templates: Json) -> set[str]:
    return {
        f"LogicalResourceId/{logical_id}"
        for template in templates
        for type_ in GUARDED
        for logical_id in find_resources_of_type(template, type_)
    }


@contextmanager
def hold_policy_open(
    runtime: Runtime, stack: Stack | None, template: Json, allowed: frozenset[str]
) -> Iterator[None]:
    """Hold the policy of a stack open for the logical ids in ``allowed`` while an operation runs.

    ``template`` is what the stack holds. Whatever ends the operation, the policy is closed; where
    the operation goes on, or the policy cannot be closed, the error or a notice has the command. A
    good end closes it before it comes here.
    """
    if stack is None or not allowed:
        yield
        return
    opened, closed = make_stack_policy(template, allowed), make_stack_policy(template)
    try:
        runtime.output.status("Opening the stack policy ...")
        _set_stack_policy(runtime.client, stack, opened)
        yield
    except StillRunning as error:
        names = ", ".join(sorted(allowed))
        command = _format_policy_command(stack, template)
        text = f"The stack policy stays open for {names} until the operation is over; then close it"
        error.details += (f"{text}: {command}",)
        raise
    except BaseException as error:
        try:
            if opened != closed and read_stack_policy(runtime.client, stack) == opened:
                _set_stack_policy(runtime.client, stack, closed)
        except (Fault, KeyboardInterrupt) as why:
            problem = describe_open_policy(stack, template, str(why) or "interrupted")
            if isinstance(error, BidopsCfnError):
                error.details += (problem,)
            else:
                runtime.output.emit(Notice(problem))
        raise


def describe_open_policy(stack: Stack, template: Json, why: str) -> str:
    """Return that the stack policy could not be set, why, and the command that sets it."""
    command = _format_policy_command(stack, template)
    return f"The stack policy could not be set ({why}); set it: {command}"


def _format_policy_command(stack: Stack, template: Json) -> str:
    body = json.dumps(make_stack_policy(template), separators=(",", ":"))
    words = ["aws", "cloudformation", "set-stack-policy", "--stack-name", stack.name]
    return shlex.join([*words, "--region", get_region(stack.id), "--stack-policy-body", body])


def is_own_policy(policy: Json, *templates: Json) -> bool:
    """Tell whether a policy is one that we have set for one of ``templates``, open or closed."""
    statements = policy.get("Statement")
    if not isinstance(statements, list) or statements[:1] != [ALLOW]:
        return False
    guarded = _list_guarded(*templates)
    return all(
        isinstance(one, dict)
        and {**one, "Resource": []} == DENY
        and isinstance(one.get("Resource"), list)
        and guarded.issuperset(map(str, one["Resource"]))
        for one in statements[1:]
    )


def decide_on_policy(
    runtime: Runtime, target: Target, policy: Json | None, *, yes: bool
) -> Json | None:
    """Show a policy that is not ours, ask whether to replace it, and return it where it is kept.

    ``policy`` is None where there is no such policy. Without a terminal, or with ``--yes``, it is
    kept: it was set for a reason.
    """
    if policy is None:
        return None
    shown = tuple(json.dumps(policy, indent=1, sort_keys=True).splitlines())
    runtime.output.emit(Notice("the stack has a policy that this tool has not set", shown))
    if yes or not runtime.terminal.interactive:
        runtime.output.emit(
            Notice("that policy is kept, ours is not set: deploy without --yes to be asked")
        )
        return policy
    name = target.environment.stack_name
    answer = runtime.terminal.ask(f"Replace the policy of {name} by ours? [y/N] ")
    return None if answer.strip().lower() in ("y", "yes") else policy


def protect_stack(
    runtime: Runtime, target: Target, stack: Stack, template: Json, kept: Json | None = None
) -> None:
    """Bring the stack's protection to what the settings ask for; repeating it changes nothing.

    ``template`` is what the stack holds, ``kept`` a policy that stays. Nothing is switched off
    here: settings without protection leave the stack as it is.
    """
    if not target.environment.deploy.termination_protection:
        return
    runtime.output.status("Protecting the stack ...")
    if not stack.termination_protection:
        _switch_on_termination_protection(runtime.client, stack)
    wanted = make_stack_policy(template)
    if read_stack_policy(runtime.client, stack) not in (wanted, kept or wanted):
        _set_stack_policy(runtime.client, stack, wanted)


def _switch_on_termination_protection(client: Client, stack: Stack) -> None:
    try:
        call = Call.UPDATE_TERMINATION_PROTECTION
        client(call, StackName=stack.id, EnableTerminationProtection=True)
    except TRANSIENT:
        found = find_stack(client, stack.id)
        if found is None or not found.termination_protection:
            raise
