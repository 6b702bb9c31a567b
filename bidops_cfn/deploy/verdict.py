"""How a deployment ended: success only when the stack is complete and ECS runs it.

CloudFormation may report success where ECS went back. Each service's primary deployment has to be
completed, run the task definition that the stack holds, and have all its tasks.

An ordinary update compares templates, sees no change in a service that was deleted outside
CloudFormation, and leaves it gone; a drift-aware change set compares with what is there.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.console import make_url
from bidops_cfn.deploy.ecs_services import EcsService, describe_services
from bidops_cfn.deploy.evidence import describe_evidence
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.follow import follow_operation, make_failure_error, make_left_error
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.protection import describe_open_policy, protect_stack
from bidops_cfn.deploy.records import Outputs, Result
from bidops_cfn.deploy.running_images import report_kept_images, report_running_digests
from bidops_cfn.deploy.runtime import Runtime, repeat
from bidops_cfn.deploy.stack import Stack, list_service_arns, list_stack_resources
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
from bidops_cfn.errors import BidopsCfnError, CannotTell, CheckFailed

PATIENCE_SECONDS = 60.0  # ECS may be a few reads behind CloudFormation
POLL_SECONDS = 3.0
GONE = "ECS has no such service; deleted outside CloudFormation, which does not create it again"
UNNAMED = "CloudFormation names no ECS service for it"
WENT_BACK = "UPDATE_ROLLBACK_COMPLETE"
# Without a stable state to go back to, RollbackStack deletes the stack.
BACK = (WENT_BACK, "ROLLBACK_COMPLETE", "DELETE_COMPLETE")


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
    found: tuple[str, ...] = ()
    runtime.output.status("Asking ECS whether the services run what was deployed ...")
    for _ in repeat(runtime.clock, PATIENCE_SECONDS, POLL_SECONDS):
        resources = list_stack_resources(runtime.client, stack_id)
        by_id = {one.logical_id: one.physical_id for one in resources} | created
        expected = dict(find_task_definitions(parsed, by_id))
        found = tuple(_check_services(runtime, by_id, expected, operation))
        followed = operation is not None and operation.successor is not None
        if not found or followed:
            break
    return found


def _check_services(
    runtime: Runtime,
    by_id: Mapping[str, str],
    expected: Mapping[str, str],
    operation: Operation | None,
) -> Iterator[str]:
    arns = {logical_id: by_id[logical_id] for logical_id in expected}
    services = {one.arn: one for one in describe_services(runtime.client, arns.values())}
    ours_alone = operation is None or operation.successor is None
    for logical_id, arn in arns.items():
        found = (services.get(arn), expected[logical_id])
        problem = find_service_problem(arn, *found) if ours_alone else _find_failed_rollout(*found)
        if problem:
            yield f"{logical_id}: {problem}"


def _find_failed_rollout(service: EcsService | None, task_definition: str) -> str:
    for one in service.deployments if service else ():
        if one.task_definition == task_definition and one.rollout == "FAILED":
            return f"the rollout of {task_definition.rpartition('/')[2]} failed: " + (
                one.rollout_reason or "ECS gives no reason"
            )
    return ""


def find_service_problem(arn: str, service: EcsService | None, task_definition: str) -> str:
    """Return why the service ``arn`` does not run ``task_definition`` in full; empty if it does."""
    if service is None or service.status == "INACTIVE":  # ECS shows a deleted one for a while
        return GONE if arn else UNNAMED
    primary = service.primary
    if service.status != "ACTIVE":
        return f"the service is {service.status}"
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


def find_task_definitions(template: Json, by_id: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each ECS service's logical id with the ARN of the task definition it refers to."""
    for logical_id, resource in get_resources(template).items():
        if resource.get("Type") != SERVICE or logical_id not in by_id:
            continue
        for name in find_references(resource.get("Properties", {}).get("TaskDefinition")):
            if name in by_id:
                yield logical_id, by_id[name]


def choose_service_step(target: Target, problems: Sequence[str]) -> str:
    """Return what to type where services do not run what the stack says."""
    if any(problem.endswith(GONE) for problem in problems):
        return choose_restoring_step(target)
    return target.look


def choose_restoring_step(target: Target) -> str:
    """Return what to type: a drift-aware change set, or a stack that is made anew."""
    return (
        "See whether a drift-aware change set creates it again, and execute its plan:\n"
        f"  {target.command('plan', '--drift', '--out', 'plan.json')}\n"
        f"Or delete the stack and create it again: {target.command('destroy')}"
    )


def look_at_services(runtime: Runtime, target: Target, stack: Stack) -> tuple[list[str], str]:
    """Return what is wrong with the services of a stack that went back, and what to type then."""
    if stack.status != WENT_BACK:
        return [], ""
    try:
        arns = list_service_arns(runtime.client, stack.id)
        found = describe_services(runtime.client, arns)
        there = {one.arn for one in found if one.status != "INACTIVE"}
    except (Fault, KeyboardInterrupt) as end:
        why = f"! cannot tell whether its services are there: {end or 'interrupted'}"
        return [why], end.before(target.look) if isinstance(end, Fault) else target.look
    problems = [f"! {logical_id}: {GONE}" for arn, logical_id in arns.items() if arn not in there]
    return problems, choose_restoring_step(target) if problems else ""


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
        more += [*operation.describe_successor(), *details]
        more.append(f"Console: {make_url('stack', stack.id)}")
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
