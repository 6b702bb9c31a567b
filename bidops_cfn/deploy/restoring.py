"""What brings back a service that was deleted outside CloudFormation.

An ordinary update compares templates, sees no change in the service, and leaves it gone; a
drift-aware change set compares with what is there.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
"""

from __future__ import annotations

from collections.abc import Sequence

from bidops_cfn.deploy.target import Target

GONE = "ECS has no such service; deleted outside CloudFormation, which does not create it again"

UNNAMED = "CloudFormation names no ECS service for it"


def describe_inactive_service(status: str) -> str:
    """Return what it means that a service is not active; ECS shows a deleted one for a while."""
    return GONE if status == "INACTIVE" else f"the service is {status}"


def choose_service_step(target: Target, problems: Sequence[str]) -> str:
    """Return what to type where services do not run what the stack says."""
    if any(problem.endswith(GONE) for problem in problems):
        return choose_restoring_step(target)
    return f"See what runs: {target.command('status')}"


def choose_restoring_step(target: Target) -> str:
    """Return what to type: a drift-aware change set, or a stack that is made anew."""
    return (
        "See whether a drift-aware change set creates it again, and execute its plan:\n"
        f"  {target.command('plan', '--drift', '--out', 'plan.json')}\n"
        f"Or delete the stack and create it again: {target.command('destroy')}"
    )
