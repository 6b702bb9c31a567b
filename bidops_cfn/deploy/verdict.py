"""How a deployment ended: success only when the stack is complete and ECS runs it.

CloudFormation may report success where ECS went back. Each service's primary deployment has to be
completed, run the task definition that the stack holds, and have all its tasks.
"""

from __future__ import annotations

from collections.abc import Sequence

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.console import make_stack_url
from bidops_cfn.deploy.evidence import describe_evidence
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.follow import follow_operation, make_failure_error, make_left_error
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.protection import describe_open_policy, protect_stack
from bidops_cfn.deploy.records import Outputs, Result
from bidops_cfn.deploy.running_images import report_kept_images, report_running_digests
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.service_problems import (
    WENT_BACK,
    choose_service_step,
    find_service_problems,
    look_at_services,
)
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import Json, TemplateUnreadable
from bidops_cfn.errors import BidopsCfnError, CannotTell, CheckFailed

SUCCESS = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def conclude_deployment(
    runtime: Runtime, context: DeploymentContext, operation: Operation
) -> Result:
    """Follow the operation to its end and return the result of a success; raise for all else."""
    target = context.target
    stack = follow_operation(runtime, operation)
    try:
        if stack.status in SUCCESS:
            return _conclude_success(runtime, context, operation, stack)
        failure = make_ended_error(runtime, operation, stack)
        if context.deployed is not None and stack.status == WENT_BACK:
            deployed = context.protected_template
            kept = operation.kept_policy
            unprotected = _find_protection_problem(runtime, target, stack, deployed, kept)
            failure.details += tuple(filter(None, [unprotected]))
        raise failure
    except KeyboardInterrupt:
        why = "interrupted while looking at what runs"
        raise make_left_error(operation, why, seen=False) from None


def make_ended_error(runtime: Runtime, operation: Operation, stack: Stack) -> BidopsCfnError:
    """Return the error for an operation that failed; it names services that are gone."""
    failure = make_failure_error(operation, stack)
    if operation.successor is None:
        problems, step = look_at_services(runtime, operation.target, stack)
        failure.details += tuple(problems)
        failure.hint = step or failure.hint
    return failure


def _conclude_success(
    runtime: Runtime, context: DeploymentContext, operation: Operation, stack: Stack
) -> Result:
    target = context.target
    unprotected = _find_protection_problem(
        runtime, target, stack, target.template, operation.kept_policy
    )
    require_services_running(
        runtime, operation, stack, target.rendered, *filter(None, [unprotected])
    )
    if unprotected:
        what = f"{stack.name} is {stack.status}, but was not protected"
        step = f"Run the deployment again for the rest: {target.command('deploy')}"
        details = list(operation.describe_successor())
        raise CheckFailed(what, unprotected, details=details, hint=step)
    summary = f"{stack.name} is {stack.status}"
    running = report_running_digests(runtime, context, operation.evidence)
    return report_success(
        runtime, target, stack, "deployed", summary, *running, operation=operation
    )


def _find_protection_problem(
    runtime: Runtime, target: Target, stack: Stack, template: Json, kept: Json | None
) -> str:
    """Protect the stack as its operation left it; return why that is not possible, else nothing."""
    try:
        protect_stack(runtime, target, stack, template, kept=kept)
    except Fault as fault:
        if fault.call in (Call.SET_STACK_POLICY, Call.GET_STACK_POLICY):
            return describe_open_policy(stack, template, str(fault))
        return f"{fault}. {fault.hint}" if fault.hint else str(fault)
    return ""


def require_services_running(
    runtime: Runtime, operation: Operation, stack: Stack, template: str, *details: str
) -> None:
    """Raise unless the services run what ``template``, which the operation deployed, says."""
    target = operation.target
    try:
        found = find_service_problems(runtime, stack.id, template, operation)
    except (Fault, TemplateUnreadable) as problem:
        raise make_unreadable_error(target, stack, problem, details) from problem
    if found:
        what = "the stack is complete, and its services do not run what was deployed"
        more = [*found[1:], *describe_evidence(operation.evidence)]
        more += [*operation.describe_successor(), *details, f"Console: {make_stack_url(stack.id)}"]
        raise CheckFailed(what, found[0], details=more, hint=choose_service_step(target, found))


def make_unreadable_error(
    target: Target, stack: Stack, problem: Fault | TemplateUnreadable, details: Sequence[str] = ()
) -> CannotTell:
    """Return the error for services that cannot be read, while CloudFormation is done."""
    hint, why = target.look, f"its template cannot be read: {problem}"
    if isinstance(problem, Fault):
        hint, why = problem.before(f"Look again: {target.command('watch')}"), str(problem)
    what = "cannot tell whether the services run what was deployed"
    why = f"{stack.name} is {stack.status}, but {why}"
    return CannotTell(what, why, details=details, hint=hint)


def conclude_unchanged(
    runtime: Runtime, context: DeploymentContext, kept: Json | None, *, protect: bool
) -> Result:
    """Return the result of a deployment that changes nothing, after checking what runs.

    ``protect`` says that the stack's protection is brought to the settings; a plan changes nothing.
    """
    target, stack = context.target, context.stack
    if stack is None:
        raise AssertionError  # only an update can be empty
    if protect:
        protect_stack(runtime, target, stack, target.template, kept=kept)
    try:
        found = find_service_problems(runtime, stack.id, target.rendered)
    except Fault as fault:
        raise make_unreadable_error(target, stack, fault) from fault
    if found:
        what = "nothing to change in the stack, and its services do not run what it says"
        step = choose_service_step(target, found)
        raise CheckFailed(what, found[0], details=found[1:], hint=step)
    summary = f"{stack.name} is what {target.path} says"
    images = report_kept_images(runtime, context, stack)
    return report_success(runtime, target, stack, "no changes", summary, images)


def report_success(
    runtime: Runtime,
    target: Target,
    stack: Stack,
    outcome: str,
    summary: str,
    *details: str,
    operation: Operation | None = None,
) -> Result:
    """Report the stack's outputs and return the result of a success; name what came after it."""
    runtime.output.emit(Outputs({output.key: output.value for output in stack.outputs}))
    successor = list(operation.describe_successor()) if operation else []
    if successor:
        successor.append("what the services run from then on, and the outputs, are up to that one")
    return target.succeed(
        outcome,
        summary,
        stack.id,
        details=(*details, *successor),
        next=f"Follow that one: {target.command('watch')}" if successor else "",
        change_set_id=stack.change_set_id,
        template_sha256=target.sha256,
    )
