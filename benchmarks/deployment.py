"""What each client adds to an operation's 15 seconds, and to a change set's 2 where it makes one.

Each has a sandbox of its own, behind a proxy that draws its operations out (``slow_service``). The
clients mostly wait, so they run side by side, each started when the one before has got going.
"""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.case import REPOSITORY, Case
from benchmarks.others import CDK_APP, INSTALLED, QUIET_CDK, SCEPTRE, SOURCES, missing
from benchmarks.ours import PROGRAM, says
from benchmarks.rounds import run
from benchmarks.slow_service import slow_service
from benchmarks.workspace import TEMPLATE

NAME = "A deployment that takes the service 17 seconds"
OPERATION_SECONDS = 15.0
STACK = "bidopsai-dev-compute"
TAG = "1.0.0"  # what the sandbox has of each image
AWS_DEPLOY = (
    f"cloudformation deploy --stack-name {STACK} --template-file {TEMPLATE} "
    "--capabilities CAPABILITY_IAM --parameter-overrides"
)
CDK_DEPLOY = (
    "deploy --require-approval never --no-notices --no-path-metadata --no-version-reporting "
    f"--parameters BffImage=:{TAG} --parameters AgentCoreImage=:{TAG}"
)
APART = 4.0
HEADER = (
    "| | process, beyond that | after the service was done | most calls a second | peak MiB |",
    "|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Deployment:
    """What a client added, in seconds, and how hard it asked."""

    added: float
    noticed: float
    busiest_second: int
    memory: float


def clients(folder: Path) -> Iterator[Case]:
    """Yield the clients, the slowest first; ``folder`` keeps the verdict of a check before."""
    image = f":{TAG}"
    yield Case(
        "boto3 waiters",
        (sys.executable, str(SOURCES / "waiters.py"), STACK, str(TEMPLATE), TAG),
        says("CREATE_COMPLETE"),
    )
    aws = INSTALLED / "awscli/bin/aws"
    yield Case(
        "`aws cloudformation deploy`",
        (str(aws), *f"{AWS_DEPLOY} BffImage={image} AgentCoreImage={image}".split()),
        says("Successfully created/updated stack"),
        missing=missing(aws),
    )
    yield Case(
        "CDK JavaScript, `cdk deploy`",
        (
            str(CDK_APP[0]),
            *CDK_DEPLOY.split(),
            "--app",
            CDK_APP[1],
            "--output",
            str(folder / "out"),
        ),
        says("Deployment time"),
        environment={**QUIET_CDK, "STACK": STACK},
        missing=missing(CDK_APP[0]),
    )
    yield sceptre(folder / "sceptre-launch")
    yield Case(
        "`bidops-cfn deploy`",
        (PROGRAM, *f"deploy --env dev --yes --image bff={TAG} --image agentcore={TAG}".split()),
        says("Deployed"),
        environment={"XDG_CACHE_HOME": str(folder / "cache"), "CI": ""},
        target="≤ 1 s, one call a second",
    )


def sceptre(folder: Path) -> Case:
    """Return the launch of the committed template, in a project that is written to ``folder``."""
    (folder / "config/dev").mkdir(parents=True)
    (folder / "templates").mkdir()
    shutil.copy(TEMPLATE, folder / "templates")
    (folder / "config/config.yaml").write_text("project_code: bidops\nregion: us-east-1\n")
    (folder / "config/dev/compute.yaml").write_text(
        f"template: {{type: file, path: {TEMPLATE.name}}}\nstack_name: {STACK}\n"
        f"parameters: {{BffImage: ':{TAG}', AgentCoreImage: ':{TAG}'}}\n"
    )
    return Case(
        "`sceptre launch`",
        (str(SCEPTRE), "launch", "--yes", "dev/compute.yaml"),
        says("Creating Stack"),  # exit code 0 only at CREATE_COMPLETE
        cwd=folder,
        missing=missing(SCEPTRE),
    )


@contextmanager
def sandbox(*options: str) -> Iterator[Mapping[str, str]]:
    """Hold a local AWS in a process of its own; yield the variables that clients need."""
    with subprocess.Popen(
        [PROGRAM, "sandbox", "--env", "dev", *options],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield exported(process)
        finally:
            process.send_signal(signal.SIGTERM)


def exported(process: subprocess.Popen[str]) -> Mapping[str, str]:
    """Return the variables that the sandbox prints once it is ready, as ``export NAME=VALUE``."""
    variables: dict[str, str] = {}
    for line in process.stdout or ():
        name, _, value = line.removeprefix("export ").partition("=")
        variables[name] = "".join(shlex.split(value))
        if {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} <= variables.keys():
            return {"AWS_DEFAULT_REGION": "us-east-1", **variables}
    raise RuntimeError("the sandbox did not start")


def deployed(case: Case) -> Deployment:
    with (
        sandbox("--pace", "0") as variables,
        slow_service(variables["AWS_ENDPOINT_URL"], OPERATION_SECONDS) as service,
    ):
        surroundings = {**case.environment, **variables, "AWS_ENDPOINT_URL": service.url}
        sample = run(replace(case, environment=surroundings))
        return Deployment(
            added=sample.wall - service.took,
            noticed=time.monotonic() - service.done,
            busiest_second=service.busiest_second(),
            memory=sample.memory,
        )


def table(folder: Path, tell: Callable[[str], None]) -> str:
    """Run every client and return the table."""
    cases = list(clients(folder))
    results: dict[Case, Future[Deployment]] = {}
    rows = []
    for case in cases:
        if case.command[0] == PROGRAM:  # what is deployed has been checked before
            run(replace(case, command=(PROGRAM, "check", "--env", "dev"), worked=says("passes")))
    with ThreadPoolExecutor() as pool:
        for case in cases:
            if not case.missing:
                tell(f"deploying: {case.name}")
                results[case] = pool.submit(deployed, case)
                time.sleep(APART)
    for case in cases:
        if case.missing:
            rows.append(f"| {case.name} | {case.missing} | | | |")
            continue
        taken = results[case].result()
        rows.append(
            f"| {case.name} | **+{taken.added:.1f} s** | +{taken.noticed:.1f} s "
            f"| {taken.busiest_second} | {taken.memory:.0f} |"
        )
    return "\n".join([*HEADER, *rows])
