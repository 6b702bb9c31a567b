"""Ctrl-C and SIGTERM on the real process at a terminal, at each stage of a deployment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.cli.running import IMAGES
from tests.cli.terminal import CTRL_C, LIMIT_SECONDS, Session, session
from tests.deploy.proxy import Trouble, proxy

QUESTION = "Execute? [y/N]"
LEAVE = "[d] detach and let it run, [c] cancel it"


@pytest.fixture
def project(unchanged: Path) -> Path:
    """No process here changes the project, so none has to judge the template once more."""
    return unchanged


@pytest.fixture
def sandbox(dev: Environment) -> Iterator[Sandbox]:
    with Sandbox([dev]) as running:
        yield running


@contextmanager
def deploying(
    sandbox: Sandbox, dev: Environment, project: Path, trouble: Trouble
) -> Iterator[Session]:
    with proxy(sandbox.endpoint, trouble) as address:
        kept = {"XDG_CACHE_HOME": str(project / ".cache"), "CI": ""}
        variables = {**sandbox.variables(dev), "AWS_ENDPOINT_URL": address, **kept}
        with session(["deploy", "--env", "dev", *IMAGES], project, variables) as held:
            yield held
            trouble.release.set()


def statuses(sandbox: Sandbox, dev: Environment) -> list[str]:
    """The states of the stack that is deployed, and of its change sets."""
    variables = sandbox.variables(dev)
    client = boto3.client(
        "cloudformation",
        region_name=dev.region,
        endpoint_url=sandbox.endpoint,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )
    stacks = [
        one for one in client.describe_stacks()["Stacks"] if one["StackName"] == dev.stack_name
    ]
    return [one["StackStatus"] for one in stacks]


@pytest.mark.parametrize("action", ["ListExports", "CreateChangeSet"])
def test_ctrl_c_before_the_question_leaves_nothing(
    sandbox: Sandbox, dev: Environment, project: Path, action: str
) -> None:
    trouble = Trouble(hold=action)
    with deploying(sandbox, dev, project, trouble) as held:
        assert trouble.held.wait(LIMIT_SECONDS)
        trouble.hold = ""
        held.type(CTRL_C)
        assert held.end() == 130
    assert "nothing was executed" in held.screen
    assert "Traceback" not in held.screen
    assert statuses(sandbox, dev) == []


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM"])
def test_leaving_at_the_question_leaves_nothing(
    sandbox: Sandbox, dev: Environment, project: Path, how: str
) -> None:
    with deploying(sandbox, dev, project, Trouble()) as held:
        held.until(QUESTION)
        if how == "Ctrl-C":
            held.type(CTRL_C)
        else:
            held.terminate()
        assert held.end() == 130
    assert "nothing was executed" in held.screen
    assert statuses(sandbox, dev) == []


EXECUTING = ("ExecuteChangeSet", "")
WATCHING = ("DescribeStackEvents", "ExecuteChangeSet")


@pytest.mark.parametrize(
    ("held_at", "answer", "code", "said"),
    [
        (EXECUTING, "d", 7, "Follow it again: bidops-cfn watch --env dev"),
        (WATCHING, "c", 0, "nothing to cancel: it is in CREATE_COMPLETE already"),
        (WATCHING, "", 7, "Follow it again: bidops-cfn watch --env dev"),
    ],
    ids=["executing, detach", "watching, cancel what is over", "watching, SIGTERM"],
)
def test_leaving_an_execution_asks_unless_it_is_sigterm_and_leaves_the_stack(
    sandbox: Sandbox,
    dev: Environment,
    project: Path,
    *,
    held_at: tuple[str, str],
    answer: str,
    code: int,
    said: str,
) -> None:
    trouble = Trouble(hold=held_at[0], hold_after=held_at[1])
    with deploying(sandbox, dev, project, trouble) as held:
        held.until(QUESTION)
        held.type("y\n")
        assert trouble.held.wait(LIMIT_SECONDS)
        if answer:
            trouble.hold = "" if answer == "c" else trouble.hold
            held.type(CTRL_C)
            held.until(LEAVE)
            held.type(f"{answer}\n")
        else:
            held.terminate()
        assert held.end() == code
    assert (LEAVE in held.screen) == bool(answer)
    assert said in held.screen
    assert statuses(sandbox, dev) == ["CREATE_COMPLETE"]
