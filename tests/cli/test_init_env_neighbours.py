"""``init-env --neighbours`` on stacks as CDK makes them: what it found, and marked gaps."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bidops_cfn.settings import load
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.cli.running import run
from tests.neighbours import ENDPOINTS, SECRETS


@pytest.fixture
def sandbox(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox([dev], neighbours="cdk") as running:
        for name, value in running.variables(dev).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield running


@pytest.mark.usefixtures("sandbox")
def test_what_stacks_have_by_name_is_proposed_and_the_rest_is_a_gap(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "init-env", "staging", "--from", "dev", "--neighbours") == 0
    text = capsys.readouterr().out
    found = tomllib.loads(text)["imports"]
    output = {"stack": "NetworkStack"}
    assert found["network"] == {
        **{
            name: {**output, "output": name}
            for name in ("VpcId", "PrivateAppSubnetIds", "PrivateAgentSubnetIds")
        },
        "DatabaseSecurityGroupId": {
            "stack": "DatabaseStack",
            "output": "DatabaseSecurityGroupId",
        },
    }
    assert found["storage"]["AppEcrRepositoryUri"] == "AppEcrRepositoryUri"
    assert set(found["security"]) == set(SECRETS)
    for gap in ("PublicAlbArn", "HttpsListenerArn", "AlbSecurityGroupId"):
        assert f"# GAP {gap}: no stack has an output of this name" in text
    assert "# GAP VpcEndpointSecurityGroupId: no stack has an output of this name" in text
    for name in ENDPOINTS:
        near = f'#   {{ stack = "NetworkStack", output = "{name}EndpointSecurityGroupId" }}'
        assert near in text


@pytest.mark.usefixtures("sandbox")
def test_what_is_proposed_holds_as_settings(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "init-env", "staging", "--from", "dev", "--neighbours") == 0
    proposed = capsys.readouterr().out
    file = project / "params" / "staging.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[services.bff]", f"{proposed}\n[services.bff]", 1), "utf-8")
    assert load.load(project / "params", "staging").imports.exceptions


@pytest.mark.usefixtures("sandbox")
def test_the_stacks_of_another_account_are_not_looked_at_and_nothing_is_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "init-env", "staging", "--from", "test", "--neighbours") == 2
    assert "credentials are of account 111111111111" in capsys.readouterr().err
    assert not (project / "params" / "staging.toml").exists()
