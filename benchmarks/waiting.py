"""What a person waits for: the answers before a deployment, and the cause when a task crashes.

``preflight`` and ``plan`` ask about a stack that exists, each call 100 ms longer than here. For a
crash, the sandbox plays a deployment whose new tasks exit, ten times as fast as AWS, while clients
pause as they always do: read from the figures what a client adds, not how long a crash takes.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import boto3

from benchmarks.case import Case
from benchmarks.deployment import AWS_DEPLOY, TAG, sandbox
from benchmarks.others import INSTALLED, missing
from benchmarks.ours import PROGRAM, says
from benchmarks.rounds import environment, run
from benchmarks.slow_service import slow_service

NAME = "What a person waits for"
DELAY = 0.1
RUNS = 5
NEXT_TAG = "1.0.1"
CAUSE = "exited with 1"
OVERRIDES = f"BffImage=:{NEXT_TAG} AgentCoreImage=:{TAG}"
HEADER = ("| at 100 ms a call | seconds | calls | calls one after another |", "|---|---|---|---|")
CRASH_HEADER = (
    "| after the first task has stopped | its exit code is told | the process ends |",
    "|---|---|---|",
)


@dataclass(frozen=True)
class Crash:
    """Seconds from the first stopped task to its cause on the screen, if ever, and to the end."""

    cause: float | None
    end: float


def aws(arguments: str, name: str, worked: str) -> Case:
    program = INSTALLED / "awscli/bin/aws"
    command = (str(program), *f"{AWS_DEPLOY} {OVERRIDES} {arguments}".split())
    return Case(name, command, says(worked), missing=missing(program))


def answers() -> Iterator[Case]:
    images = f"--env dev --image bff={NEXT_TAG}"
    yield Case("`bidops-cfn preflight`", (PROGRAM, "preflight", *images.split()), says("hooks"))
    yield Case("`bidops-cfn plan`", (PROGRAM, "plan", *images.split()), says(NEXT_TAG))
    yield aws(
        "--no-execute-changeset",
        "`aws cloudformation deploy --no-execute-changeset`",
        "Changeset created",
    )


def crashes() -> Iterator[Case]:
    ours = f"deploy --env dev --yes --image bff={NEXT_TAG}"
    yield Case("`bidops-cfn deploy`", (PROGRAM, *ours.split()), says(""))
    yield aws("", "`aws cloudformation deploy`", "")


def asked(case: Case) -> str:
    """Return the row of a case, run some times against a stack of its own."""
    with (
        sandbox("--deployed", "--pace", "0") as variables,
        slow_service(variables["AWS_ENDPOINT_URL"], 0, DELAY) as service,
    ):
        surroundings = {**case.environment, **variables, "AWS_ENDPOINT_URL": service.url}
        case = replace(case, environment=surroundings)
        walls = [run(case).wall for _ in range(RUNS)]
        calls = len(service.calls) // RUNS
    wall = statistics.median(walls)
    return f"| {case.name} | **{wall:.1f}** | {calls} | {calls * DELAY:.1f} s |"


def crash(case: Case) -> Crash:
    """Run a deployment whose new tasks exit; raise LookupError where none of them stopped."""
    with sandbox("--deployed", "--rehearse", "crash:bff") as variables:
        surroundings = environment(replace(case, environment=variables))
        told = None
        with subprocess.Popen(
            case.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=surroundings,
            cwd=case.cwd,
        ) as process:
            for line in process.stdout or ():
                if told is None and CAUSE in line:
                    told = time.time()
        end = time.time()
        stopped = first_stop(variables)
    return Crash(None if told is None else told - stopped, end - stopped)


def first_stop(variables: Mapping[str, str]) -> float:
    """Return the moment at which the first task stopped, in seconds since the epoch."""
    ecs = boto3.client(
        "ecs",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_DEFAULT_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )
    (cluster,) = ecs.list_clusters()["clusterArns"]
    tasks = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
    if not tasks:
        raise LookupError("no task stopped")
    described = ecs.describe_tasks(cluster=cluster, tasks=tasks)["tasks"]
    return min(float(task["stoppedAt"].timestamp()) for task in described)


def table(tell: Callable[[str], None]) -> str:
    """Run every case, one at a time, and return both tables."""
    rows, crash_rows = [*HEADER], [*CRASH_HEADER]
    for case in answers():
        tell(f"asking: {case.name}")
        rows.append(asked(case) if not case.missing else f"| {case.name} | {case.missing} | | |")
    for case in crashes():
        tell(f"crashing: {case.name}")
        if case.missing:
            crash_rows.append(f"| {case.name} | {case.missing} | |")
            continue
        taken = crash(case)
        cause = "never" if taken.cause is None else f"**{taken.cause:.1f} s**"
        crash_rows.append(f"| {case.name} | {cause} | {taken.end:.1f} s |")
    return "\n".join([*rows, "", *crash_rows])
