"""A loss of tasks while it is watched: what is read every second, and what that says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import TRANSIENT, ExpiredCredentials, Fault, NoCredentials
from bidops_cfn.deploy.runtime import Runtime, Trouble
from bidops_cfn.deploy.state_records import ServiceProgress
from bidops_cfn.errors import CannotTell
from bidops_cfn.review.writing import counted
from bidops_cfn.settings.services import Service
from bidops_cfn.verify import measures
from bidops_cfn.verify.finding import Finding, Unobserved, judge, leave_open, limit
from bidops_cfn.verify.observed import Observed
from bidops_cfn.verify.surroundings import UNHEALTHY_SECONDS, find_discovery

POLL_SECONDS = 1.0
OVER = ("completed", "stopped", "failed", "cancelled")


@dataclass(slots=True)
class Drill:
    """What is watched: ``known`` tasks ran before, ``lost`` are those that were taken away.

    Moments are seconds since the drill began, None before; ``lost`` has when each task was seen to
    be lost, ``started`` when each further one was seen to run. ``unseen`` says why a figure is not
    measured, by its requirement.
    """

    seen: Observed
    service: Service
    known: frozenset[str]
    desired: int
    address: str = ""  # of the task that is stopped, where its target shows it
    experiment: str = ""
    over: bool = True  # the experiment, where there is one
    lost: dict[str, float] = field(default_factory=dict)
    started: list[float] = field(default_factory=list)
    watched: float = 0.0
    polls: list[int] = field(default_factory=list)  # how many tasks served, by poll
    left: float | None = None
    found: float | None = None
    unseen: dict[str, str] = field(default_factory=dict)

    @property
    def replaced(self) -> float | None:
        """How long the slowest replacement took, in seconds; None before all of them run."""
        if not self.lost or not self.over or len(self.started) < len(self.lost):
            return None
        pairs = zip(sorted(self.lost.values()), self.started, strict=False)
        return max(started - lost for lost, started in pairs)


def watch(runtime: Runtime, drill: Drill, minutes: float) -> None:
    """Read the service every second until all is measured, or the time is over."""
    begun = runtime.clock.monotonic()
    trouble = Trouble(runtime.output, "the service cannot be read now")
    told: ServiceProgress | None = None
    while True:
        elapsed = runtime.clock.monotonic() - begun
        try:
            with trouble.told_once():
                progress = read(drill, elapsed)
                if progress != told:
                    runtime.output.emit(progress)
                told = progress
        except Fault as fault:
            raise CannotTell(
                f"cannot tell how {drill.service.name} takes the loss",
                str(fault),
                details=describe(drill),
                hint=fault.before(drill.seen.context.target.look),
            ) from fault
        if _is_done(drill) or elapsed >= minutes * 60:
            return
        runtime.output.status("Waiting for ECS to replace the task ...")
        runtime.clock.sleep(POLL_SECONDS)


def read(drill: Drill, elapsed: float) -> ServiceProgress:
    """Note what is to be seen at a moment, and return how far the service is."""
    seen, service = drill.seen, drill.service
    tasks = {one["taskArn"] for one in seen.tasks(service) if one.get("lastStatus") == "RUNNING"}
    new, described = tasks - drill.known, seen.service(service)
    if drill.experiment:
        drill.lost |= dict.fromkeys(sorted(drill.known - tasks - drill.lost.keys()), elapsed)
        answer = seen.client(Call.GET_EXPERIMENT, id=drill.experiment)["experiment"]
        drill.over = answer.get("state", {}).get("status") in OVER
    drill.started += [elapsed] * (len(new) - len(drill.started))
    if described["desiredCount"] != drill.desired or len(described.get("deployments", ())) > 1:
        why = f"{service.name} was scaled or deployed meanwhile, which starts tasks too"
        drill.unseen |= {"SC-002": why, "SC-011": why}
    if not drill.experiment and drill.replaced is None and drill.known - tasks - drill.lost.keys():
        why = f"another task of {service.name} stopped meanwhile, whose replacement it may be"
        drill.unseen |= {"SC-002": why, "SC-011": why}
    healthy = partial(_count_healthy, elapsed=elapsed)
    serving = look_aside(drill, "SC-005", healthy) if service.public else None
    count = len(tasks) if serving is None else serving
    drill.polls.append(count)
    drill.watched = elapsed
    if service.callers and new and drill.found is None:
        found = look_aside(drill, "SC-011", _count_discovered)
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


def look_aside(drill: Drill, name: str, count: Callable[[Drill], int]) -> int | None:
    """Return a count beside the tasks; None where it cannot be seen, which is noted."""
    if name in drill.unseen:
        return None
    try:
        return count(drill)
    except (ExpiredCredentials, NoCredentials, *TRANSIENT):
        raise
    except (Fault, Unobserved) as problem:
        drill.unseen[name] = str(problem)
        return None


def _count_healthy(drill: Drill, elapsed: float) -> int:
    """Return how many targets are healthy, and note when the lost task's is none any more."""
    group = drill.seen.find(logical_ids.target_group(drill.service))
    answer = drill.seen.client(Call.DESCRIBE_TARGET_HEALTH, TargetGroupArn=group)
    healthy = [
        one["Target"]["Id"]
        for one in answer.get("TargetHealthDescriptions") or ()
        if one.get("TargetHealth", {}).get("State") == "healthy"
    ]
    if drill.left is None and drill.address and drill.address not in healthy:
        drill.left = elapsed
    return len(healthy)


def _count_discovered(drill: Drill) -> int:
    entry = find_discovery(drill.seen, drill.service)
    answer = drill.seen.client(Call.GET_INSTANCES_HEALTH, ServiceId=entry)
    known = {one.rpartition("/")[2] for one in drill.known}
    health = answer.get("Status") or {}
    found = {name for name, status in health.items() if status == "HEALTHY"}
    return len(found - known)


def _is_done(drill: Drill) -> bool:
    left = drill.left is not None or not drill.address or "SC-005" in drill.unseen
    found = drill.found is not None or "SC-011" in drill.unseen
    return (
        (drill.replaced is not None or ("SC-002" in drill.unseen and drill.over))
        and (left or not drill.service.public)
        and (found or not drill.service.callers)
    )


def judge_drill(drill: Drill) -> Iterator[tuple[str, Finding]]:
    """Yield the findings on what was measured, by requirement."""
    name, service, lost = drill.service.name, drill.service, len(drill.lost)
    if "SC-002" in drill.unseen:
        yield "SC-002", leave_open(f"{name}: {lost} lost", drill.unseen["SC-002"])
    elif drill.replaced is not None:
        # A limit on each loss holds of those that were seen, which the text counts; a percentage
        # takes as many readings as it is fine (SC-003).
        told = f"{name}: {lost} lost, replaced within {drill.replaced:.0f} s"
        yield "SC-002", limit(told, drill.replaced, measures.REPLACED_SECONDS)
    elif drill.lost:
        told = f"{name}: {lost} lost, not replaced"
        yield "SC-002", judge(told, [f"no task ran in its place within {len(drill.polls)} s"])
    else:
        yield "SC-002", leave_open("", "no task was lost")
    yield "SC-003", _judge_availability(drill)
    if drill.left is not None:
        told = f"{name}: out of the load balancer within {drill.left:.0f} s"
        # ECS takes a task that stops out of the target group: that shows no health check.
        why = "ECS took the lost target out, no health check failed"
        yield "SC-005", limit(told, drill.left, UNHEALTHY_SECONDS, but=why)
    else:
        why = drill.unseen.get("SC-005", "its target was not seen to leave")
        alone = f"{name} stands behind no load balancer"
        yield "SC-005", leave_open("", why if service.public else alone)
    if drill.found is not None and drill.replaced is not None:
        waited = drill.found - drill.started[len(drill.lost) - 1]
        told = f"{name}: discovered within {waited:.0f} s of running"
        yield "SC-011", limit(told, waited, measures.DISCOVERED_SECONDS)
    else:
        why = drill.unseen.get("SC-011", "its replacement was not discovered")
        yield "SC-011", leave_open("", why if service.callers else f"{name} is not found by name")


def _judge_availability(drill: Drill) -> Finding:
    if not drill.polls:
        return leave_open("", "nothing was read")
    count, least = len(drill.polls), measures.AVAILABLE_PERCENT
    percent = 100 * sum(one > 0 for one in drill.polls) / count
    told = f"{drill.service.name}: at least {min(drill.polls)} served, "
    told += f"{percent:.1f} % of {count} readings"
    wrong = [f"less than {least} %"] if percent < least else []
    few = f"{counted(count, 'reading')} over {drill.watched:.0f} s cannot tell {least} %"
    takes = f"{measures.AVAILABLE_READINGS} readings of rolling deployments"
    return judge(told, wrong, percent, "%", but=f"{few}, which takes {takes}")


def describe(drill: Drill) -> Sequence[str]:
    """Return what was measured, a line each."""
    return [f"{name}: {one.measured or one.reason}" for name, one in judge_drill(drill)]
