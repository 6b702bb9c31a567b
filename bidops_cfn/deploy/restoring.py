"""What brings back a service that was deleted outside CloudFormation.

An ordinary update compares templates, sees no change in the service, and leaves it gone; a
drift-aware change set compares with what is there.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import find_capabilities

GONE = "ECS has no such service; deleted outside CloudFormation, which does not create it again"


def describe_inactive_service(status: str) -> str:
    """Return what it means that a service is not active; ECS shows a deleted one for a while."""
    return GONE if status == "INACTIVE" else f"the service is {status}"


def choose_service_step(target: Target, stack: str, problems: Sequence[str]) -> str:
    """Return what to type where services do not run what the stack says."""
    if any(problem.endswith(GONE) for problem in problems):
        return choose_restoring_step(target, stack)
    return f"See what runs: {target.command('status')}"


def choose_restoring_step(target: Target, stack: str) -> str:
    """Return what to type; the stack's parameters keep their values."""
    kept = [f"ParameterKey={name},UsePreviousValue=true" for name in target.template["Parameters"]]
    command = shlex.join(
        [
            *("aws", "cloudformation", "create-change-set"),
            *("--region", target.environment.region),
            *("--stack-name", stack, "--change-set-name", "restore"),
            *("--use-previous-template", "--deployment-mode", "REVERT_DRIFT"),
            *("--capabilities", *find_capabilities(target.template), "--parameters", *kept),
        ]
    )
    return (
        "See whether a drift-aware change set creates it again, and execute that in the console:\n"
        f"  {command}\n"
        f"Or delete the stack and create it again: {target.command('destroy')}"
    )
