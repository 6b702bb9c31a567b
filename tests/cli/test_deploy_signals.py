"""Ctrl-C and SIGTERM on the real process at a terminal, at each stage of a deployment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.cli.deployed import IMAGES
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


@pytest.mark.parametrize("action", ["ListExports", "CreateChangeSet", "DescribeChangeSet"])
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


def test_ctrl_c_while_it_is_executed_asks_and_detaches(
    sandbox: Sandbox, dev: Environment, project: Path
) -> None:
    trouble = Trouble(hold="ExecuteChangeSet")
    with deploying(sandbox, dev, project, trouble) as held:
        held.until(QUESTION)
        held.type("y\n")
        assert trouble.held.wait(LIMIT_SECONDS)
        held.type(CTRL_C)
        held.until(LEAVE)
        held.type("d\n")
        assert held.end() == 7
    assert "Follow it again: bidops-cfn watch --env dev" in held.screen
    assert statuses(sandbox, dev) == ["CREATE_COMPLETE"]


def test_ctrl_c_while_watching_asks_and_does_not_delete_a_creation_that_is_over(
    sandbox: Sandbox, dev: Environment, project: Path
) -> None:
    trouble = Trouble(hold="DescribeStackEvents", hold_after="ExecuteChangeSet")
    with deploying(sandbox, dev, project, trouble) as held:
        held.until(QUESTION)
        held.type("y\n")
        assert trouble.held.wait(LIMIT_SECONDS)
        trouble.hold = ""
        held.type(CTRL_C)
        held.until(LEAVE)
        held.type("c\n")
        assert held.end() == 0
    assert "nothing to cancel: it is in CREATE_COMPLETE already" in held.screen
    assert statuses(sandbox, dev) == ["CREATE_COMPLETE"]


def test_sigterm_while_watching_detaches_without_a_question(
    sandbox: Sandbox, dev: Environment, project: Path
) -> None:
    trouble = Trouble(hold="DescribeStackEvents", hold_after="ExecuteChangeSet")
    with deploying(sandbox, dev, project, trouble) as held:
        held.until(QUESTION)
        held.type("y\n")
        assert trouble.held.wait(LIMIT_SECONDS)
        held.terminate()
        assert held.end() == 7
    assert "[d/c]" not in held.screen
    assert "Follow it again: bidops-cfn watch --env dev" in held.screen
    assert statuses(sandbox, dev) == ["CREATE_COMPLETE"]
