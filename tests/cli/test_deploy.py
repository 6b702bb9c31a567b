"""The deploying commands end to end, over HTTP, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.cli.running import IMAGES, Shell
from tests.deploy.proxy import Trouble, proxy


@pytest.fixture
def sandbox(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A local AWS, which the shell's variables lead to as the account of dev."""
    with Sandbox([dev]) as running:
        for name, value in running.variables(dev).items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def shell(
    unchanged: Path,
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    """Where the template is judged already; the project stays as it is."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(unchanged / ".cache"))
    monkeypatch.delenv("CI", raising=False)
    return Shell(unchanged, capsys)


def test_the_whole_life_of_a_stack(
    shell: Shell, sandbox: Sandbox, dev: Environment, project: Path, tmp_path: Path
) -> None:
    refused = shell("preflight", "--env", "dev", "--image", "bff=9.9.9", "--output", "json")
    assert refused.code == 3
    verdicts = {line["check"]: line["verdict"] for line in refused.lines if "check" in line}
    assert [check for check, verdict in verdicts.items() if verdict == "refused"] == ["images"]
    assert shell("status", "--env", "dev").code == 3  # nothing was created

    plan = tmp_path / "plan.json"
    planned = shell("plan", "--env", "dev", *IMAGES, "--out", str(plan), "--output", "json")
    assert planned.code == 0, planned.err
    assert planned.result["change_set_id"].startswith("arn:aws:cloudformation:")
    assert f"bidops-cfn deploy --env dev --plan {plan}" in planned.result["next"]
    created = shell("deploy", "--env", "dev", "--plan", str(plan), "--yes")
    assert created.code == 0, created.err
    assert created.out == ""
    assert "Deployed: bidopsai-dev-compute is CREATE_COMPLETE" in created.err

    again = shell("deploy", "--env", "dev", "--yes")
    assert again.code == 0, again.err
    assert "No changes: bidopsai-dev-compute is what templates/dev/compute.json says" in again.err

    status = shell("status", "--env", "dev", "--output", "json")
    assert status.code == 0, status.result
    assert status.result["outcome"] == "healthy"

    shell = Shell(project, shell.capture)
    shell.edit(
        ('LOG_LEVEL = "debug"', 'LOG_LEVEL = "info"'),
        ("termination_protection = false", "termination_protection = true"),
    )
    drifted = shell("deploy", "--env", "dev", "--yes")
    assert drifted.code == 3
    assert "bidops-cfn render --all && git diff" in drifted.err
    assert shell("render", "--all").code == 0

    planned = shell("plan", "--env", "dev", "--detailed-exitcode", "--output", "json")
    assert planned.code == 10
    changed = [line["logical_id"] for line in planned.lines if line["type"] == "change"]
    assert "BffTaskDefinition" in changed

    kept = shell("deploy", "--env", "dev", "--no-execute", "--output", "json")
    assert (kept.code, kept.result["outcome"]) == (0, "planned")
    assert kept.result["change_set_id"].startswith("arn:aws:cloudformation:")

    updated = shell("deploy", "--env", "dev", "--yes", "--output", "json")
    assert updated.code == 0, updated.err
    assert updated.result["outcome"] == "deployed"
    assert {line["type"] for line in updated.lines} >= {
        "preflight",
        "change",
        "event",
        "outputs",
        "result",
    }

    watched = shell("watch", "--env", "dev", "--output", "json")
    assert watched.code == 0
    assert watched.result["outcome"] == "finished"

    assert shell("cancel", "--env", "dev", "--yes").code == 3
    assert shell("rollback", "--env", "dev", "--yes").code == 3
    protected = shell("destroy", "--env", "dev", "--yes")
    assert protected.code == 3
    assert "termination protection is on" in protected.err
    client = boto3.client("cloudformation")
    client.update_termination_protection(
        StackName=dev.stack_name, EnableTerminationProtection=False
    )
    client.close()
    assert shell("destroy", "--env", "dev").code == 8
    destroyed = shell("destroy", "--env", "dev", "--yes")
    assert destroyed.code == 0, destroyed.err
    assert shell("status", "--env", "dev").code == 3


def test_the_account_of_prod_is_not_devs(shell: Shell) -> None:
    wrong = shell("status", "--env", "prod")
    assert wrong.code == 3
    assert "the credentials are of account 111111111111, prod is in 333333333333" in wrong.err


def test_a_bad_line_to_aws_makes_no_difference(
    shell: Shell, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = Trouble(
        throttle={"DescribeStacks": 1, "DescribeChangeSet": 1},
        hang_up={"ListExports": 1},
        lose_answer={"CreateChangeSet": 1, "ExecuteChangeSet": 1, "DescribeStackEvents": 1},
    )
    with proxy(sandbox.endpoint, trouble) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        deployed = shell("deploy", "--env", "dev", *IMAGES, "--yes", "--output", "json")
    assert deployed.code == 0, deployed.err
    assert deployed.result["outcome"] == "deployed"
    left = [*trouble.throttle.values(), *trouble.hang_up.values(), *trouble.lose_answer.values()]
    assert set(left) == {0}


def test_the_shells_region_has_to_be_the_environments_which_is_taken_where_there_is_none(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    refused = shell("destroy", "--env", "dev", "--yes")
    assert refused.code == 3
    assert "the region of shell or profile is eu-west-1" in refused.err
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert shell("destroy", "--env", "dev", "--yes").code == 0
