"""The stack that stands in the environment's account, for commands that work on it."""

from __future__ import annotations

from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.preflight.account import account
from bidops_cfn.deploy.records import Verdict
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import GuardRefused


def require_account(runtime: Runtime, target: Target) -> None:
    """Raise ``GuardRefused`` unless we are in the environment's account and region."""
    runtime.output.status("Asking AWS who we are ...")
    finding = account(runtime.wire, target.environment)
    runtime.output.emit(finding)
    if finding.verdict is not Verdict.OK:
        raise GuardRefused(
            "wrong account or region",
            finding.message,
            details=finding.details,
            hint=finding.hint,
        )


def require_stack(runtime: Runtime, target: Target) -> Stack:
    """Return the target's stack; raise ``GuardRefused`` without one, or in another account."""
    require_account(runtime, target)
    stack = stacks.find(runtime.wire, target.environment.stack_name)
    if stack is None:
        raise GuardRefused(
            f"nothing is deployed of {target.environment.name}",
            f"there is no stack {target.environment.stack_name} in "
            f"{target.environment.account_id}, {target.environment.region}",
            hint=f"Create it: {target.creation()}",
        )
    return stack
