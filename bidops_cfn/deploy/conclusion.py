"""How an operation ended: success only when the stack is complete and ECS runs it."""

from __future__ import annotations

from bidops_cfn.deploy import verdict
from bidops_cfn.deploy.attend import Undo, attend, left
from bidops_cfn.deploy.failure import failure, told
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.protection import protect
from bidops_cfn.deploy.records import Outputs, Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.watch import Operation
from bidops_cfn.errors import CheckFailed

SUCCESS = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def conclude(
    runtime: Runtime, subject: Subject, operation: Operation, undo: Undo, minutes: float
) -> Result:
    """Follow the operation to its end and return the result of a success; raise for all else."""
    target = subject.target
    stack = attend(runtime, target, operation, undo, minutes)
    if stack.status not in SUCCESS:
        raise failure(target, operation, stack)
    try:
        protect(runtime, target, stack, target.template)
        found = verdict.problems(runtime, stack.id, target.rendered)
    except KeyboardInterrupt:
        raise left(target, "interrupted while asking ECS what runs") from None
    if found:
        raise CheckFailed(
            "the stack is complete, and its services do not run what was deployed",
            found[0],
            details=[*found[1:], *told(operation.evidence)],
            hint=f"See what runs: {target.command('status')}",
        )
    runtime.output.emit(Outputs({output.key: output.value for output in stack.outputs}))
    return Result(
        outcome="deployed",
        exit_code=0,
        summary=f"{stack.name} is {stack.status}",
        environment=target.environment.name,
        stack_id=stack.id,
        change_set_id=operation.change_set_id,
        template_sha256=target.sha256,
    )


def still_right(runtime: Runtime, target: Target, stack: Stack) -> None:
    """Raise ``CheckFailed`` if an unchanged stack's services do not run what it says."""
    found = verdict.problems(runtime, stack.id, target.rendered)
    if found:
        raise CheckFailed(
            "nothing to change in the stack, and its services do not run what it says",
            found[0],
            details=found[1:],
            hint=f"See what runs: {target.command('status')}",
        )
