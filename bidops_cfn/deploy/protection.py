"""A stack's protection: termination protection, and a stack policy.

The policy denies replacing or deleting services, cluster, namespace with its entries and target
groups, for every caller. A replacement that was allowed by name opens it for that one resource,
until the deployment is over; a deployment that did not come to its end leaves it to the next one
to close.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.faults import TRANSIENT
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack, find_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import GUARDED, Json, find_resources_of_type


def protect_stack(
    runtime: Runtime, target: Target, stack: Stack, template: Json, allowed: Collection[str] = ()
) -> None:
    """Bring the stack's protection to what the settings ask for; repeating it changes nothing.

    ``template`` is what the stack holds. Nothing is switched off here: settings without protection
    leave the stack as it is.
    """
    if not target.environment.deploy.termination_protection:
        return
    runtime.output.status("Protecting the stack ...")
    if not stack.termination_protection:
        switch_on_termination_protection(runtime.client, stack)
    wanted = make_stack_policy(template, allowed)
    if read_stack_policy(runtime.client, stack) != wanted:
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


def read_stack_policy(client: Client, stack: Stack) -> Json | None:
    """Return the stack's policy, None where it has none."""
    text = client(Call.GET_STACK_POLICY, StackName=stack.id).get("StackPolicyBody")
    found: Json | None = json.loads(text) if text else None
    return found


def set_stack_policy(client: Client, stack: Stack, policy: Json) -> None:
    """Give the stack a policy; a lost answer is asked after."""
    try:
        client(Call.SET_STACK_POLICY, StackName=stack.id, StackPolicyBody=json.dumps(policy))
    except TRANSIENT:
        if read_stack_policy(client, stack) != policy:
            raise


def make_stack_policy(template: Json, allowed: Collection[str] = ()) -> Json:
    """Return the stack policy for ``template``, open for the logical ids in ``allowed``."""
    guarded = sorted(
        logical_id
        for type_ in GUARDED
        for logical_id in find_resources_of_type(template, type_)
        if logical_id not in allowed
    )
    allow = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
    deny = {
        "Effect": "Deny",
        "Action": ["Update:Replace", "Update:Delete"],
        "Principal": "*",
        "Resource": [f"LogicalResourceId/{logical_id}" for logical_id in guarded],
    }
    return {"Statement": [allow, deny] if guarded else [allow]}
