"""``drill task-loss``: stop one task of a service, and measure how the service takes it.

With a zone, the AWS FIS experiment of the settings takes the tasks away instead. Every figure is by
this machine's stop watch, from the answer to the request on, read every second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.confirmation import confirm
from bidops_cfn.deploy.ecs_services import parse_service
from bidops_cfn.deploy.faults import TRANSIENT, ExpiredCredentials, Fault, NoCredentials
from bidops_cfn.deploy.guards import require_action
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Notice, Observation, Result, ServiceProgress, Verification
from bidops_cfn.deploy.restart_guards import require_steady
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import StackAction, require_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import CannotTell, Declined, GuardRefused, StillRunning, UsageError
from bidops_cfn.review.requirements import requirements
from bidops_cfn.settings.services import MIN_TASKS, Service
from bidops_cfn.spec.concerns import PRODUCTION
from bidops_cfn.verify import measures
from bidops_cfn.verify.configuration import get_discovery
from bidops_cfn.verify.finding import Finding, Unobserved, judge, leave_open, limit
from bidops_cfn.verify.observed import Observed

POLL_SECONDS = 1.0
OVER = ("completed", "stopped", "failed", "cancelled")
REASON = "bidops-cfn drill task-loss"


@dataclass(slots=True)
class Drill:
    """What is watched: ``known`` tasks ran before, ``lost`` are those that were taken away.

    Moments are seconds since the loss, None before; ``unseen`` says why one is not measured.
    """

    seen: Observed
    service: Service
    known: frozenset[str]
    address: str = ""  # of the task that is stopped, where its target shows it
    experiment: str = ""
    over: bool = True  # the experiment, where there is one
    lost: set[str] = field(default_factory=set)
    fewest: int | None = None
    polls: list[bool] = field(default_factory=list)  # whether a task served, by poll
    replaced: float | None = None
    left: float | None = None
    found: float | None = None
    unseen: dict[str, str] = field(default_factory=dict)


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
            drill.experiment, drill.over = start_experiment(runtime, str(template)), False
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
    seen = Observed(runtime.client, target, context, stack, now, now)
    service = next(one for one in target.services if one.name == name)
    try:
        described = seen.service(service)
        parsed = parse_service(described, seen.cluster["clusterName"])
        require_steady(target, {parsed.arn: name}, [parsed])
        tasks = seen.running(service)
    except Unobserved as unseen:
        raise GuardRefused(
            f"{name} cannot be drilled", f"{unseen}; nothing was stopped"
        ) from unseen
    if len(tasks) < MIN_TASKS or len(tasks) < described["desiredCount"]:
        raise GuardRefused(
            f"{name} cannot be drilled",
            f"{len(tasks)} of {described['desiredCount']} tasks run, and {MIN_TASKS} have to; "
            "nothing was stopped",
            hint=f"See what runs: {target.command('status')}",
        )
    known = {one["taskArn"]: one for one in tasks}
    drill = Drill(seen, service, frozenset(known))
    drill.address = find_address(known[min(known)])
    return drill


def find_address(task: Json) -> str:
    """Return a task's private address; empty where ECS tells none."""
    details = (one for each in task.get("attachments", ()) for one in each.get("details", ()))
    found = (one["value"] for one in details if one.get("name") == "privateIPv4Address")
    return next(found, "")


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
    try:
        runtime.client(Call.STOP_TASK, cluster=cluster, task=task, reason=REASON)
    except TRANSIENT as fault:
        found = runtime.client(Call.DESCRIBE_TASKS, cluster=cluster, tasks=[task])
        if (found.get("tasks") or [{}])[0].get("desiredStatus") != "STOPPED":
            raise make_refusal(drill, fault) from fault
    except Fault as fault:
        raise make_refusal(drill, fault) from fault
    drill.lost.add(task)


def make_refusal(drill: Drill, fault: Fault) -> GuardRefused:
    """Return the error for a request that AWS refused."""
    again = f"Run it again: {drill.seen.target.command('drill', 'task-loss')}"
    return GuardRefused(
        f"{drill.service.name} cannot be drilled",
        f"{fault}; nothing was stopped",
        hint=fault.before(again),
    )


def start_experiment(runtime: Runtime, template: str) -> str:
    """Start an experiment and return its id."""
    answer = runtime.client(
        Call.START_EXPERIMENT, experimentTemplateId=template, clientToken=runtime.unique()
    )
    return str(answer["experiment"]["id"])


def watch(runtime: Runtime, drill: Drill, minutes: float) -> None:
    """Read the service every second until all is measured, or the time is over."""
    begun, troubled = runtime.clock.monotonic(), False
    told: ServiceProgress | None = None
    while True:
        elapsed = runtime.clock.monotonic() - begun
        try:
            progress = read(drill, elapsed)
            if progress != told:
                runtime.output.emit(progress)
            told, troubled = progress, False
        except TRANSIENT as fault:
            if not troubled:
                runtime.output.emit(Notice("the service cannot be read now", (str(fault),)))
            troubled = True
        except Fault as fault:
            raise CannotTell(
                f"cannot tell how {drill.service.name} takes the loss",
                str(fault),
                details=describe(drill),
                hint=fault.before(f"See what runs: {drill.seen.target.command('status')}"),
            ) from fault
        if is_done(drill) or elapsed >= minutes * 60:
            return
        runtime.output.status("Waiting for ECS to replace the task ...")
        runtime.clock.sleep(POLL_SECONDS)


def read(drill: Drill, elapsed: float) -> ServiceProgress:
    """Note what is to be seen at a moment, and return how far the service is."""
    seen, service = drill.seen, drill.service
    tasks = {one["taskArn"] for one in seen.tasks(service) if one.get("lastStatus") == "RUNNING"}
    new, described = tasks - drill.known, seen.service(service)
    if drill.experiment:
        drill.lost |= drill.known - tasks
        answer = seen.client(Call.GET_EXPERIMENT, id=drill.experiment)["experiment"]
        drill.over = answer.get("state", {}).get("status") in OVER
    if drill.replaced is None and drill.lost and drill.over and len(new) >= len(drill.lost):
        drill.replaced = elapsed
    serving = look_aside(drill, "SC-005", count_healthy, elapsed) if service.public else None
    count = len(tasks) if serving is None else serving
    drill.fewest = count if drill.fewest is None else min(drill.fewest, count)
    drill.polls.append(count > 0)
    if service.callers and new and drill.found is None:
        found = look_aside(drill, "SC-011", count_discovered, elapsed)
        drill.found = (
            elapsed if found and found >= len(new) and drill.replaced is not None else None
        )
    return ServiceProgress(
        service=service.name,
        desired=described["desiredCount"],
        running=described["runningCount"],
        pending=described["pendingCount"],
        rollout="",
    )


def look_aside(
    drill: Drill, name: str, count: Callable[[Drill, float], int], elapsed: float
) -> int | None:
    """Return a count beside the tasks; None where it cannot be seen, which is noted."""
    if name in drill.unseen:
        return None
    try:
        return count(drill, elapsed)
    except (ExpiredCredentials, NoCredentials, *TRANSIENT):
        raise
    except (Fault, Unobserved) as problem:
        drill.unseen[name] = str(problem)
        return None


def count_healthy(drill: Drill, elapsed: float) -> int:
    """Return how many targets are healthy, and note when the lost task's is none any more."""
    group = drill.seen.target_group(drill.service)["TargetGroupArn"]
    answer = drill.seen.client(Call.DESCRIBE_TARGET_HEALTH, TargetGroupArn=group)
    healthy = [
        one["Target"]["Id"]
        for one in answer.get("TargetHealthDescriptions") or ()
        if one.get("TargetHealth", {}).get("State") == "healthy"
    ]
    if drill.left is None and drill.address and drill.address not in healthy:
        drill.left = elapsed
    return len(healthy)


def count_discovered(drill: Drill, _elapsed: float) -> int:
    """Return how many new tasks Cloud Map answers with."""
    entry = get_discovery(drill.seen, drill.service)
    answer = drill.seen.client(
        Call.DISCOVER_INSTANCES,
        NamespaceName=drill.seen.environment.discovery.namespace,
        ServiceName=entry["Name"],
        HealthStatus="HEALTHY",
    )
    known = {one.rpartition("/")[2] for one in drill.known}
    found = {one["InstanceId"] for one in answer.get("Instances") or ()}
    return len(found - known)


def is_done(drill: Drill) -> bool:
    """Tell whether everything is measured that can be."""
    left = drill.left is not None or not drill.address or "SC-005" in drill.unseen
    found = drill.found is not None or "SC-011" in drill.unseen
    return (
        drill.replaced is not None
        and (left or not drill.service.public)
        and (found or not drill.service.callers)
    )


def judge_drill(drill: Drill) -> Iterator[tuple[str, Finding]]:
    """Yield the findings on what was measured, by requirement."""
    name, polls = drill.service.name, drill.polls
    late = f"{name}: {len(drill.lost)} lost, no replacement after {len(polls)} s"
    if drill.replaced is not None:
        told = f"{name}: {len(drill.lost)} lost, replaced within {drill.replaced:.0f} s"
        yield "SC-002", limit(told, drill.replaced, measures.REPLACED_SECONDS)
    elif drill.lost:
        yield "SC-002", judge(late, [f"no task ran in its place within {len(polls)} s"])
    else:
        yield "SC-002", leave_open("", "no task was lost")
    percent = 100 * sum(polls) / len(polls) if polls else 0.0
    told = f"{name}: at least {drill.fewest} served, {percent:.1f} % of {len(polls)} readings"
    wrong = (
        []
        if percent >= measures.AVAILABLE_PERCENT
        else [f"less than {measures.AVAILABLE_PERCENT} %"]
    )
    yield (
        "SC-003",
        judge(told, wrong, percent, "%") if polls else leave_open("", "nothing was read"),
    )
    if drill.left is not None:
        told = f"{name}: out of the load balancer within {drill.left:.0f} s"
        yield "SC-005", limit(told, drill.left, measures.UNHEALTHY_SECONDS)
    else:
        beside = f"{name} stands behind no load balancer" if not drill.service.public else ""
        why = beside or drill.unseen.get("SC-005") or "its target was not seen to leave"
        yield "SC-005", leave_open("", why)
    if drill.found is not None and drill.replaced is not None:
        waited = drill.found - drill.replaced
        told = f"{name}: discovered within {waited:.0f} s of running"
        yield "SC-011", limit(told, waited, measures.DISCOVERED_SECONDS)
    else:
        beside = f"{name} is not found by name" if not drill.service.callers else ""
        why = beside or drill.unseen.get("SC-011") or "its replacement was not discovered"
        yield "SC-011", leave_open("", why)


def describe(drill: Drill) -> Sequence[str]:
    """Return what was measured, a line each."""
    return [f"{name}: {one.measured or one.reason}" for name, one in judge_drill(drill)]


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
        hint=f"See what runs: {drill.seen.target.command('status')}",
    )


def conclude(runtime: Runtime, drill: Drill) -> Result:
    """Report each figure, and return the result: 1 where one fails."""
    stack, known = drill.seen.stack, requirements()
    failing: list[str] = []
    calls: Mapping[str, Call] = {
        "SC-002": Call.DESCRIBE_TASKS,
        "SC-003": Call.DESCRIBE_TARGET_HEALTH if drill.service.public else Call.DESCRIBE_TASKS,
        "SC-005": Call.DESCRIBE_TARGET_HEALTH,
        "SC-011": Call.DISCOVER_INSTANCES,
    }
    for name, one in judge_drill(drill):
        runtime.output.emit(
            Verification(
                name,
                known[name].title,
                one.shown,
                one.measured,
                one.reason,
                one.value,
                one.unit,
                (calls[name].text,),
            )
        )
        if one.shown is Observation.FAILS:
            failing.append(f"! {name} {known[name].title}: {one.reason}")
    return Result(
        outcome="attention" if failing else "drilled",
        exit_code=1 if failing else 0,
        summary=f"{drill.service.name} of {stack.name} lost {len(drill.lost)}, and "
        + (f"{len(failing)} of 4 figures fail" if failing else "took it as specified"),
        details=tuple(failing),
        environment=drill.seen.environment.name,
        stack_id=stack.id,
    )
