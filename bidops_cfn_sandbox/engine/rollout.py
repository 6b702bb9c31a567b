"""The rollout of a service's newest deployment: task by task to its end, good or bad."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bidops_cfn_sandbox.engine.clock import Process
from bidops_cfn_sandbox.engine.engine import Engine
from bidops_cfn_sandbox.engine.service import EcsService, Json, named, threshold
from bidops_cfn_sandbox.resource_type import ResourceFailed

# AWS's seconds: until a task runs, until it is healthy, until one that crashes has ended.
START, HEALTHY, CRASH = 25.0, 35.0, 8.0
SLOWLY = 10
PLACEMENT, PATIENCE = 60.0, 600.0  # between two attempts to place tasks, and for all of them
NO_PLACE = {
    "no-capacity": "Capacity is unavailable at this time. Please try again later or in a different"
    " availability zone.",
    "quota": "You've reached the limit on the number of vCPUs you can run concurrently.",
}
# AWS does not document how it words this one.
STOPPED = "Error occurred during operation 'ECS Deployment was stopped'."
LAST_WORDS = (
    "starting",
    "Error: connect ECONNREFUSED: the rehearsed dependency refuses connections",
    "exiting with code 1",
)


@dataclass(frozen=True, slots=True)
class Container:
    """What a service runs, and where: ``port`` is None where no load balancer checks it.

    ``log`` writes lines of a task, by its id.
    """

    name: str
    port: int | None
    log: Callable[[str, Sequence[str]], None]


def roll_out(service: EcsService, engine: Engine, container: Container) -> Process[None]:
    """Bring the newest deployment to its end; raise ResourceFailed where that is a bad one."""
    deployment, rollout = service.deployments[0], service.rollouts[0]
    for seconds in _play(service, engine, container):
        yield seconds
        if rollout["status"] == "ROLLBACK_REQUESTED":
            begun = (
                one
                for one in service.tasks
                if one["startedBy"] == deployment["id"] and one["lastStatus"] != "STOPPED"
            )
            service.stop(begun, "Service deployment was stopped")
            service.running = len(service.running_tasks)
            service.finish("ROLLBACK_SUCCESSFUL")
            raise ResourceFailed(STOPPED, "GeneralServiceException")


def _play(service: EcsService, engine: Engine, container: Container) -> Process[None]:
    # What is rehearsed befalls task definitions that have not run before: going back succeeds.
    known = service.task_definition in service.proven
    trouble = "" if known else engine.rehearsal.of(container.name)
    if trouble in NO_PLACE:
        yield from _wait_for_a_place(service, engine.pace, NO_PLACE[trouble])
    if trouble in ("crash", "unhealthy"):
        yield from _fail(service, engine.pace, container, trouble)
    pace = engine.pace * (SLOWLY if trouble == "slow" else 1)
    before = service.running_tasks
    for task in service.start(service.desired, container.name):
        yield START * pace / service.desired
        _run(service, task)
    if service.target_group:
        group = f"(target-group {service.target_group})"
        service.tell(f"registered {service.desired} targets in {group}")
    yield HEALTHY * pace
    for task in service.tasks:
        task["healthStatus"] = "HEALTHY" if task["lastStatus"] == "RUNNING" else "UNKNOWN"
    if before:
        service.stop(before, "Scaling activity initiated by deployment")
        service.tell(f"has stopped {len(before)} running tasks: {named(before)}.")
    service.complete()
    service.tell(f"(deployment {service.deployments[0]['id']}) deployment completed.")
    service.tell("has reached a steady state.")


def replace(service: EcsService, pace: float, container: Container) -> Process[None]:
    """Start a task for one that was stopped, and bring it to health."""
    service.running -= 1
    service.deployments[0]["runningCount"] -= 1
    (task,) = service.start(1, container.name)
    yield START * pace
    _run(service, task)
    yield HEALTHY * pace
    task["healthStatus"] = "HEALTHY"


def scale(service: EcsService, pace: float, container: Container) -> Process[None]:
    """Start or stop tasks until as many run as are desired."""
    primary, running = service.deployments[0], service.running_tasks
    primary["desiredCount"] = service.desired
    if surplus := running[service.desired :]:
        service.stop(surplus, "Scaling activity initiated by service")
        service.running = primary["runningCount"] = service.desired
    for task in service.start(max(0, service.desired - len(running)), container.name):
        yield START * pace
        _run(service, task)
        task["healthStatus"] = "HEALTHY"


def _run(service: EcsService, task: Json) -> None:
    task |= {"lastStatus": "RUNNING", "startedAt": service.clock.now()}
    task["containers"] = [{**one, "lastStatus": "RUNNING"} for one in task["containers"]]
    primary = service.deployments[0]
    primary["runningCount"] += 1
    service.running = max(service.running, primary["runningCount"])


def _wait_for_a_place(service: EcsService, pace: float, why: str) -> Process[None]:
    for _ in range(int(PATIENCE / PLACEMENT)):
        service.tell(f"was unable to place a task. Reason: {why}")
        yield PLACEMENT * pace
    raise ResourceFailed("Exceeded attempts to wait", "NotStabilized")


def _fail(service: EcsService, pace: float, container: Container, trouble: str) -> Process[None]:
    for _ in range(threshold(service.desired)):
        (task,) = tasks = service.start(1, container.name)
        yield START * pace
        before = service.running
        _run(service, task)
        if trouble == "unhealthy":
            task["healthStatus"] = "UNHEALTHY"
        yield CRASH * pace
        service.deployments[0]["runningCount"] -= 1
        service.running = before
        if trouble == "crash":
            container.log(task["taskArn"].rpartition("/")[2], LAST_WORDS)
            why = "Essential container in task exited"
            service.stop(tasks, why, "EssentialContainerExited", exitCode=1)
        else:
            service.stop(tasks, _unhealthy(service, container, task))
        service.fail()
    deployment = service.deployments[0]
    service.trip()
    back = service.deployments[0] is not deployment
    service.finish("ROLLBACK_SUCCESSFUL" if back else "ROLLBACK_FAILED")
    service.tell(f"(deployment {deployment['id']}) deployment failed: tasks failed to start.")
    if back:
        service.tell(f"rolling back to (deployment {service.deployments[0]['id']}).")
    raise ResourceFailed(
        "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.",
        "GeneralServiceException",
    )


def _unhealthy(service: EcsService, container: Container, task: Json) -> str:
    if container.port is None:
        service.tell(f"{named([task])} failed container health checks.")
        return "Task failed container health checks"
    group = f"(target-group {service.target_group})"
    why = "(reason Health checks failed with these codes: [502])"
    service.tell(f"(port {container.port}) is unhealthy in {group} due to {why}.")
    return f"Task failed ELB health checks in {group}"
