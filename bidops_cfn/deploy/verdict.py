"""How a deployment ended: success only when the stack is complete and ECS runs it.

CloudFormation may report success where ECS went back. Each service's primary deployment has to be
completed, run the task definition that the stack holds, and have all its tasks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.cancellation import CancelMethod
from bidops_cfn.deploy.console import make_stack_url
from bidops_cfn.deploy.ecs_services import EcsService, describe_services
from bidops_cfn.deploy.evidence import describe_evidence
from bidops_cfn.deploy.failure import make_failure_error
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.follow import follow_operation, make_still_running_error
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.protection import protect_stack
from bidops_cfn.deploy.records import Outputs, Result
from bidops_cfn.deploy.restoring import (
    GONE,
    UNNAMED,
    choose_service_step,
    describe_inactive_service,
)
from bidops_cfn.deploy.running_digests import report_kept_images, report_running_digests
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack, StackResource, list_stack_resources
from bidops_cfn.deploy.stack_policy import describe_open_policy
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import (
    SERVICE,
    Json,
    TemplateUnreadable,
    find_references,
    find_resources_of_type,
    get_resources,
    parse_template,
)
from bidops_cfn.errors import CannotTell, CheckFailed

SUCCESS = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
PATIENCE_SECONDS = 60.0  # ECS may be a few reads behind CloudFormation
POLL_SECONDS = 3.0


def conclude_deployment(
    runtime: Runtime,
    context: DeploymentContext,
    operation: Operation,
    cancel_method: CancelMethod,
    minutes: float,
) -> Result:
    """Follow the operation to its end and return the result of a success; raise for all else."""
    target = context.target
    stack = follow_operation(runtime, target, operation, cancel_method, minutes)
    try:
        if stack.status in SUCCESS:
            return conclude_success(runtime, context, operation, stack)
        failure = make_failure_error(target, operation, stack)
        if context.deployed is not None and stack.status == "UPDATE_ROLLBACK_COMPLETE":
            deployed = context.protected_template
            kept = operation.kept_policy
            unprotected = find_protection_problem(runtime, target, stack, deployed, kept)
            failure.details += tuple(filter(None, [unprotected]))
        raise failure
    except KeyboardInterrupt:
        raise make_still_running_error(
            target, f"interrupted while looking at what runs ({stack.status})"
        ) from None


def conclude_success(
    runtime: Runtime, context: DeploymentContext, operation: Operation, stack: Stack
) -> Result:
    """Return the result of a deployment that CloudFormation completed, if its services run it."""
    target = context.target
    unprotected = find_protection_problem(
        runtime, target, stack, target.template, operation.kept_policy
    )
    require_services_running(
        runtime, target, operation, stack, target.rendered, *filter(None, [unprotected])
    )
    if unprotected:
        raise CheckFailed(
            f"{stack.name} is {stack.status}, but was not protected",
            unprotected,
            details=list(operation.describe_successor()),
            hint=f"Run the deployment again for the rest: {target.command('deploy')}",
        )
    summary = f"{stack.name} is {stack.status}"
    running = report_running_digests(runtime, context, operation.evidence)
    return report_success(
        runtime, target, stack, "deployed", summary, *running, operation=operation
    )


def find_protection_problem(
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
    runtime: Runtime,
    target: Target,
    operation: Operation,
    stack: Stack,
    template: str,
    *details: str,
) -> None:
    """Raise unless the services run what ``template``, which the operation deployed, says.

    Raises ``CheckFailed``, and ``CannotTell`` where they cannot be read.
    """
    try:
        found = find_service_problems(runtime, stack.id, template, operation)
    except Fault as fault:
        raise make_unreadable_error(target, stack, fault, details) from fault
    except TemplateUnreadable as problem:
        raise CannotTell(
            "cannot tell whether the services run what was deployed",
            f"{stack.name} is {stack.status}, but its template cannot be read: {problem}",
            details=details,
            hint=f"See what runs: {target.command('status')}",
        ) from problem
    if found:
        raise CheckFailed(
            "the stack is complete, and its services do not run what was deployed",
            found[0],
            details=[
                *found[1:],
                *describe_evidence(operation.evidence),
                *operation.describe_successor(),
                *details,
                f"Console: {make_stack_url(stack.id)}",
            ],
            hint=choose_service_step(target, found),
        )


def make_unreadable_error(
    target: Target, stack: Stack, fault: Fault, details: Sequence[str] = ()
) -> CannotTell:
    """Return the error for services that cannot be read, while CloudFormation is done."""
    return CannotTell(
        "cannot tell whether the services run what was deployed",
        f"{stack.name} is {stack.status}, but {fault}",
        details=details,
        hint=fault.before(f"Look again: {target.command('watch')}"),
    )


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
        raise CheckFailed(
            "nothing to change in the stack, and its services do not run what it says",
            found[0],
            details=found[1:],
            hint=choose_service_step(target, found),
        )
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
    return Result(
        outcome=outcome,
        exit_code=0,
        summary=summary,
        details=(*details, *successor),
        next=f"Follow that one: {target.command('watch')}" if successor else "",
        environment=target.environment.name,
        stack_id=stack.id,
        change_set_id=stack.change_set_id,
        template_sha256=target.sha256,
    )


def find_service_problems(
    runtime: Runtime, stack_id: str, template: str, operation: Operation | None = None
) -> tuple[str, ...]:
    """Return what is wrong with the stack's services, once ECS had its time; empty when all run.

    What ``operation`` created is known by its own events: the list of resources may be late. When
    another operation has begun, only a rollout of ours that failed counts: all else may be its.
    """
    parsed = parse_template(template)
    if not find_resources_of_type(parsed, SERVICE):
        return ()
    created = operation.find_created_resources() if operation else {}
    deadline = runtime.clock.monotonic() + PATIENCE_SECONDS
    runtime.output.status("Asking ECS whether the services run what was deployed ...")
    while True:
        listed = {one.logical_id: one for one in list_stack_resources(runtime.client, stack_id)}
        expected = dict(find_task_definitions(parsed, {**listed, **created}))
        found = tuple(check_services(runtime, {**listed, **created}, expected, operation))
        followed = operation is not None and operation.successor is not None
        if not found or followed or runtime.clock.monotonic() >= deadline:
            return found
        runtime.clock.sleep(POLL_SECONDS)


def check_services(
    runtime: Runtime,
    by_id: Mapping[str, StackResource],
    expected: Mapping[str, str],
    operation: Operation | None,
) -> Iterator[str]:
    """Yield what is wrong with each service of ``expected`` (logical id → task definition) now."""
    arns = {logical_id: by_id[logical_id].physical_id for logical_id in expected}
    services = {one.arn: one for one in describe_services(runtime.client, arns.values())}
    ours_alone = operation is None or operation.successor is None
    for logical_id, arn in arns.items():
        if arn in services:
            judge = find_service_problem if ours_alone else find_failed_rollout
            problem = judge(services[arn], expected[logical_id])
        else:
            problem = (GONE if arn else UNNAMED) * ours_alone
        if problem:
            yield f"{logical_id}: {problem}"


def find_failed_rollout(service: EcsService, task_definition: str) -> str:
    """Return that the rollout of ``task_definition`` failed; empty where that is not seen."""
    for one in service.deployments:
        if one.task_definition == task_definition and one.rollout == "FAILED":
            return f"the rollout of {task_definition.rpartition('/')[2]} failed: " + (
                one.rollout_reason or "ECS gives no reason"
            )
    return ""


def find_service_problem(service: EcsService, task_definition: str) -> str:
    """Return why a service does not run ``task_definition`` in full; empty if it does."""
    primary = service.primary
    if service.status != "ACTIVE":
        return describe_inactive_service(service.status)
    if primary is None:
        return "it has no primary deployment"
    if primary.task_definition != task_definition:
        running = primary.task_definition.rpartition("/")[2]
        return f"ECS went back to {running}; the stack says {task_definition.rpartition('/')[2]}"
    if primary.rollout != "COMPLETED":
        reason = f": {primary.rollout_reason}" if primary.rollout_reason else ""
        return f"its rollout is {primary.rollout or 'unknown'}{reason}"
    count = min(primary.running, service.running)  # the service's number has the old tasks too
    return f"{count}/{service.desired} tasks running" if count < service.desired else ""


def find_task_definitions(
    template: Json, by_id: Mapping[str, StackResource]
) -> Iterator[tuple[str, str]]:
    """Yield each ECS service's logical id with the ARN of the task definition it refers to."""
    for logical_id, resource in get_resources(template).items():
        if resource.get("Type") != SERVICE or logical_id not in by_id:
            continue
        for name in find_references(resource.get("Properties", {}).get("TaskDefinition")):
            if name in by_id:
                yield logical_id, by_id[name].physical_id
