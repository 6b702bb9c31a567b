"""A stack's protection as the settings ask for it: termination protection and stack policy."""

from __future__ import annotations

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.faults import TRANSIENT
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack, find_stack
from bidops_cfn.deploy.stack_policy import make_stack_policy, read_stack_policy, set_stack_policy
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import Json


def protect_stack(
    runtime: Runtime,
    target: Target,
    stack: Stack,
    template: Json,
    kept: Json | None = None,
) -> None:
    """Bring the stack's protection to what the settings ask for; repeating it changes nothing.

    ``template`` is what the stack holds, ``kept`` a policy that stays. Nothing is switched off
    here: settings without protection leave the stack as it is.
    """
    if not target.environment.deploy.termination_protection:
        return
    runtime.output.status("Protecting the stack ...")
    if not stack.termination_protection:
        switch_on_termination_protection(runtime.client, stack)
    wanted = make_stack_policy(template)
    if read_stack_policy(runtime.client, stack) not in (wanted, kept or wanted):
        set_stack_policy(runtime.client, stack, wanted)


def switch_on_termination_protection(client: Client, stack: Stack) -> None:
    """Protect the stack from being deleted; a lost answer is asked after."""
    try:
        client(
            Call.UPDATE_TERMINATION_PROTECTION,
            StackName=stack.id,
            EnableTerminationProtection=True,
        )
    except TRANSIENT:
        found = find_stack(client, stack.id)
        if found is None or not found.termination_protection:
            raise
