"""Deleting a stack by its id, once somebody has agreed to what goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.attend import carried
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.change import Change
from bidops_cfn.deploy.change_table import rows as table
from bidops_cfn.deploy.events import Journal, newest
from bidops_cfn.deploy.failure import failure
from bidops_cfn.deploy.faults import Rejected
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import Json, parsed, resources
from bidops_cfn.errors import Declined, GuardRefused

RETAINING = ("Retain", "RetainExceptOnCreate")


def delete(runtime: Runtime, target: Target, stack: Stack, minutes: float, *, yes: bool) -> Stack:
    """Show what goes, ask for the environment's name, delete the stack and return it deleted."""
    placeholder = stack.status == "REVIEW_IN_PROGRESS"  # it has no template
    text = None if placeholder else stacks.deployed_template(runtime.wire, stack.id)
    for row in table(going(runtime, stack, parsed(text))):
        runtime.output.emit(replace(row, guarded=False))  # all of it goes, or nothing
    agree(runtime, target, stack, yes=yes)
    token = f"bidops-cfn-delete-{runtime.unique()[:8]}"
    operation = Operation(Journal(stack.id, {token}, newest(runtime.wire, stack.id)), before=stack)
    role = target.environment.deploy.role_arn

    def send() -> None:
        try:
            runtime.wire(
                Call.DELETE_STACK,
                StackName=stack.id,
                ClientRequestToken=token,
                **({"RoleARN": role} if role else {}),
            )
        except Rejected as fault:
            raise GuardRefused(f"{stack.name} cannot be deleted", fault.why) from fault

    gone = carried(runtime, target, operation, send, minutes)
    if gone.status != "DELETE_COMPLETE":
        raise failure(target, operation, gone)
    return gone


def going(runtime: Runtime, stack: Stack, template: Json) -> Iterator[Change]:
    """Yield every resource of the stack as a removal, and say which ones stay behind."""
    definitions = resources(template)
    for one in stacks.resources(runtime.wire, stack.id):
        if one.status == "DELETE_COMPLETE":
            continue
        policy = definitions.get(one.logical_id, {}).get("DeletionPolicy", "Delete")
        yield Change(
            action="Remove",
            logical_id=one.logical_id,
            type=one.type,
            physical_id=one.physical_id,
            policy_action="Retain" if policy in RETAINING else "Delete",
        )


def agree(runtime: Runtime, target: Target, stack: Stack, *, yes: bool) -> None:
    """Return if the stack may be deleted; raise ``Declined`` if not. The name is always typed."""
    if yes:
        return
    name = target.environment.name
    if not runtime.terminal.interactive:
        raise Declined(
            "nobody can be asked",
            "there is no terminal, and no --yes; nothing was deleted",
            hint="Add --yes if the stack is to be deleted.",
        )
    answer = runtime.terminal.ask(
        f"Delete {stack.name} ({target.environment.account_id})? "
        f"Type the environment's name ({name}): "
    )
    if answer.strip() != name:
        raise Declined("declined", "nothing was deleted")
