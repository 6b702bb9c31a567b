"""How a deployment ended: success only when the stack is complete and ECS runs it."""

from __future__ import annotations

from bidops_cfn.deploy import verdict
from bidops_cfn.deploy.attend import Undo, attend, left
from bidops_cfn.deploy.failure import console, failure, told
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.images import shown
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.protection import protect
from bidops_cfn.deploy.records import Outputs, Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import parsed
from bidops_cfn.errors import BidopsCfnError, CheckFailed

SUCCESS = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def conclude(
    runtime: Runtime, subject: Subject, operation: Operation, undo: Undo, minutes: float
) -> Result:
    """Follow the operation to its end and return the result of a success; raise for all else."""
    target = subject.target
    stack = attend(runtime, target, operation, undo, minutes)
    try:
        if stack.status not in SUCCESS:
            if subject.deployed is not None and stack.status == "UPDATE_ROLLBACK_COMPLETE":
                protect(runtime, target, stack, parsed(subject.deployed))
            raise failure(target, operation, stack)
        protect(runtime, target, stack, target.template)
        found = verdict.problems(runtime, stack.id, target.rendered)
    except KeyboardInterrupt:
        raise left(target, f"interrupted while looking at what runs ({stack.status})") from None
    except Fault as fault:
        raise unfinished(target, stack, fault) from fault
    if found:
        raise CheckFailed(
            "the stack is complete, and its services do not run what was deployed",
            found[0],
            details=[*found[1:], *told(operation.evidence), f"Console: {console(stack)}"],
            hint=f"See what runs: {target.command('status')}",
        )
    return success(runtime, target, stack, "deployed", f"{stack.name} is {stack.status}")


def unfinished(target: Target, stack: Stack, fault: Fault) -> BidopsCfnError:
    """Return the error for what remains to be done after the operation and could not be."""
    again = f"Run the deployment again for the rest: {target.command('deploy')}"
    return CheckFailed(
        f"{stack.name} is {stack.status}, but was not protected or looked at",
        str(fault),
        hint=f"{fault.hint}\n{again}" if fault.hint else again,
    )


def unchanged(runtime: Runtime, subject: Subject) -> Result:
    """Return the result of a deployment that changes nothing, after a look at what runs."""
    target, stack = subject.target, subject.stack
    if stack is None:
        raise AssertionError  # only an update can be empty
    protect(runtime, target, stack, target.template)
    found = verdict.problems(runtime, stack.id, target.rendered)
    if found:
        raise CheckFailed(
            "nothing to change in the stack, and its services do not run what it says",
            found[0],
            details=found[1:],
            hint=f"See what runs: {target.command('status')}",
        )
    summary = f"{stack.name} is what {target.path} says"
    return success(runtime, target, stack, "no changes", summary, images(subject))


def images(subject: Subject) -> str:
    """Return which images stay: a forgotten ``--image`` is seen here."""
    named = [f"{name} {shown(image)}" for name, image in subject.images.items() if image]
    return f"images: {', '.join(named)}"


def success(
    runtime: Runtime, target: Target, stack: Stack, outcome: str, summary: str, *details: str
) -> Result:
    """Report the stack's outputs and return the result of a good end."""
    runtime.output.emit(Outputs({output.key: output.value for output in stack.outputs}))
    return Result(
        outcome=outcome,
        exit_code=0,
        summary=summary,
        details=details,
        environment=target.environment.name,
        stack_id=stack.id,
        change_set_id=stack.change_set_id,
        template_sha256=target.sha256,
    )
