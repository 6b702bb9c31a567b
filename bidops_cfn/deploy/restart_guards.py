"""What is restarted, and what has to hold before: a stack at rest, services there and steady."""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn import logical_ids
from bidops_cfn.deploy.ecs_services import EcsService
from bidops_cfn.deploy.guards import require_action
from bidops_cfn.deploy.restoring import choose_restoring_step
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack, StackAction, list_stack_resources
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import SERVICE
from bidops_cfn.errors import CheckFailed, GuardRefused, StackBusy


def require_at_rest(target: Target, stack: Stack) -> None:
    """Raise unless the stack is in a state in which its services are its own."""
    require_action(target, stack, StackAction.UPDATE, "cannot be restarted")


def find_services(
    runtime: Runtime, target: Target, stack: Stack, wanted: str
) -> dict[str, tuple[str, str]]:
    """Return logical id and name of the stack's services, by ARN; those of ``wanted`` alone."""
    names = {logical_ids.ecs_service(one): one.name for one in target.services}
    found = {
        one.physical_id: (one.logical_id, name)
        for one in list_stack_resources(runtime.client, stack.id)
        if one.type == SERVICE and one.physical_id
        for name in [names.get(one.logical_id, one.logical_id)]
        if wanted in ("", name)
    }
    if not found:
        raise GuardRefused(
            "there is nothing to restart",
            f"{stack.name} has no service" + (f" {wanted}" if wanted else ""),
            hint=f"See what stands there: {target.command('status')}",
        )
    return found


def require_steady(target: Target, names: Mapping[str, str], services: list[EcsService]) -> None:
    """Raise where a service is gone, or has a rollout in progress."""
    there = {one.arn for one in services if one.status == "ACTIVE"}
    gone = sorted(name for arn, name in names.items() if arn not in there)
    if gone:
        raise CheckFailed(
            f"{', '.join(gone)} cannot be restarted",
            "ECS has no such active service; nothing was restarted",
            hint=choose_restoring_step(target),
        )
    busy = sorted(
        names[one.arn]
        for one in services
        if one.primary is not None and one.primary.rollout == "IN_PROGRESS"
    )
    if busy:
        raise StackBusy(
            f"{', '.join(busy)} cannot be restarted",
            "a rollout is in progress; nothing was restarted",
            hint=f"See how far it is: {target.command('status', '--watch')}",
        )
