"""``drill task-loss``: stop one task of a service, and measure how the service takes it.

With a zone, the AWS FIS experiment of the settings takes the tasks away instead. Every figure is by
this machine's stop watch, from the answer to the request on, read every second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.ecs_services import parse_service
from bidops_cfn.deploy.faults import TRANSIENT, Fault
from bidops_cfn.deploy.guards import confirm, require_action
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Observation, Result, Verification
from bidops_cfn.deploy.restart import require_steady
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import StackAction, require_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.verdict import choose_service_step
from bidops_cfn.errors import Declined, GuardRefused, StillRunning, UsageError
from bidops_cfn.review.requirements import requirements
from bidops_cfn.review.writing import counted
from bidops_cfn.settings.services import MIN_TASKS, PRODUCTION
from bidops_cfn.verify.finding import Unobserved
from bidops_cfn.verify.loss import Drill, describe, judge_drill, watch
from bidops_cfn.verify.observed import Observed, list_details

REASON = "bidops-cfn drill task-loss"
CALLS: Mapping[str, tuple[str, ...]] = {
    "SC-002": (Call.DESCRIBE_TASKS.text,),
    "SC-003": (Call.DESCRIBE_TASKS.text, Call.DESCRIBE_TARGET_HEALTH.text),
    "SC-005": (Call.DESCRIBE_TARGET_HEALTH.text,),
    "SC-011": (Call.GET_INSTANCES_HEALTH.text,),
}


def drill_task_loss(
    runtime: Runtime, target: Target, name: str, minutes: float, *, zone: bool, yes: bool
) -> Result:
    """Take tasks of the service ``name`` away, and report what was measured.

    Raises ``Declined`` without a yes, in production without its name typed, whatever ``yes``.
    """
    template = target.environment.drill.fis_template
    if zone and template is None:
        raise UsageError(
            "--zone cannot be used",
            "the settings name no experiment of AWS FIS",
            hint=f"Set drill.fis_template in params/{target.environment.name}.toml.",
        )
    drill = prepare(runtime, target, name)
    task = min(drill.known)
    what = f"Start the experiment {template}" if zone else f"Stop task {task.rpartition('/')[2]}"
    ask(runtime, target, f"{what} of {name}, of {len(drill.known)} that run", yes=yes)
    try:
        if zone:
            drill.address = ""  # it takes other tasks, at a time of its own
            asked = {"experimentTemplateId": template, "clientToken": runtime.unique()}
            started = runtime.client(Call.START_EXPERIMENT, **asked)
            drill.experiment, drill.over = started["experiment"]["id"], False
        else:
            stop_task(runtime, drill, task)
        watch(runtime, drill, minutes)
    except KeyboardInterrupt:
        raise make_left_error(runtime, drill, "interrupted") from None
    return conclude(runtime, drill)


def prepare(runtime: Runtime, target: Target, name: str) -> Drill:
    """Return the drill of a service that is steady, with tasks enough to lose one."""
    stack = require_stack(runtime, target)
    require_action(target, stack, StackAction.UPDATE, "cannot be drilled")
    now = runtime.clock.now()
    context = DeploymentContext(runtime.client, target, runtime.clock)
    seen = Observed(context, stack, now, now)
    service = next(one for one in target.services if one.name == name)
    try:
        described = seen.service(service)
        parsed = parse_service(described, seen.cluster["clusterName"])
        require_steady(target, {parsed.arn: name}, [parsed])
        tasks = seen.running(service)
    except Unobserved as unseen:
        step = choose_service_step(target, [str(unseen)])
        raise _make_refusal(name, str(unseen), step) from unseen
    if len(tasks) < MIN_TASKS or len(tasks) < described["desiredCount"]:
        count = f"{len(tasks)}/{described['desiredCount']} tasks running"
        raise _make_refusal(name, f"{count}, and {MIN_TASKS} have to", target.look)
    known = {one["taskArn"]: one for one in tasks}
    drill = Drill(seen, service, frozenset(known), described["desiredCount"])
    drill.address = next(list_details(known[min(known)], "privateIPv4Address"), "")
    return drill


def ask(runtime: Runtime, target: Target, what: str, *, yes: bool) -> None:
    """Return where the person agrees; production wants its name typed, whatever ``yes``."""
    environment, otherwise = target.environment, "nothing was stopped"
    if environment.name == PRODUCTION or environment.deploy.confirm_name:
        if not runtime.terminal.interactive:
            raise Declined(
                f"a drill in {environment.name} wants the name typed",
                f"there is no terminal, and --yes does not stand for it; {otherwise}",
                hint="Run it at a terminal.",
            )
        environment = replace(environment, deploy=replace(environment.deploy, confirm_name=True))
        runtime, yes = replace(runtime, agree=None), False
    confirm(runtime, environment, what, yes=yes, otherwise=otherwise)


def stop_task(runtime: Runtime, drill: Drill, task: str) -> None:
    """Stop a task; a lost answer is asked after. Raises ``GuardRefused`` where it was refused."""
    cluster = drill.seen.cluster["clusterName"]
    again = f"Run it again: {drill.seen.context.target.command('drill', 'task-loss')}"
    try:
        runtime.client(Call.STOP_TASK, cluster=cluster, task=task, reason=REASON)
    except TRANSIENT as fault:
        found = runtime.client(Call.DESCRIBE_TASKS, cluster=cluster, tasks=[task])
        if (found.get("tasks") or [{}])[0].get("desiredStatus") != "STOPPED":
            raise _make_refusal(drill.service.name, str(fault), fault.before(again)) from fault
    except Fault as fault:
        raise _make_refusal(drill.service.name, str(fault), fault.before(again)) from fault
    drill.lost[task] = 0.0


def _make_refusal(name: str, why: str, hint: str) -> GuardRefused:
    return GuardRefused(f"{name} cannot be drilled", f"{why}; nothing was stopped", hint=hint)


def make_left_error(runtime: Runtime, drill: Drill, why: str) -> StillRunning:
    """Return the error for a drill that is left; an experiment is stopped, and ECS goes on."""
    details = list(describe(drill)) if drill.lost or drill.experiment else []
    if drill.experiment and not drill.over:
        try:
            runtime.client(Call.STOP_EXPERIMENT, id=drill.experiment)
            details.append(f"the experiment {drill.experiment} is being stopped")
        except Fault as fault:
            details.append(f"the experiment {drill.experiment} goes on: {fault}")
    return StillRunning(
        f"the drill of {drill.service.name} was left",
        f"{why}; ECS replaces what was lost",
        details=details,
        hint=drill.seen.context.target.look,
    )


def conclude(runtime: Runtime, drill: Drill) -> Result:
    """Report each figure, and return the result: 1 where one fails."""
    stack, name = drill.seen.stack, drill.service.name
    failing, measured = list[str](), 0
    for key, one in judge_drill(drill):
        title, calls = requirements()[key].title, CALLS[key]
        row = (key, title, one.shown, one.measured, one.reason, one.value, one.unit, calls)
        runtime.output.emit(Verification(*row))
        measured += one.shown is not Observation.NOT_OBSERVED
        if one.shown is Observation.FAILS:
            failing.append(f"! {key} {title}: {one.reason}")
    are = "is" if measured == 1 else "are"
    how = f"{measured} of 4 figures {are} judged, and {len(failing) or 'none'} fail"
    how += "" if len(failing) > 1 else "s"
    return Result(
        outcome="attention" if failing else "drilled",
        exit_code=1 if failing else 0,
        summary=f"{name} of {stack.name} lost {counted(len(drill.lost), 'task')}; {how}",
        details=tuple(failing),
        environment=drill.seen.environment.name,
        stack_id=stack.id,
    )
