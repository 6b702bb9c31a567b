"""``diff --against deployed``: what the settings would change of what runs, in a local AWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bidops_cfn.cli.root import root
from bidops_cfn.compute import template
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.sandbox.account import IMAGES, account


@pytest.fixture(scope="module")
def sandbox(dev: Environment) -> Iterator[Sandbox]:
    with Sandbox([dev]) as running:
        with account(running, dev) as held:
            held.deploy(dev.stack_name, template.render(dev), IMAGES, "CREATE")
        yield running


@pytest.fixture
def shell(sandbox: Sandbox, dev: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in sandbox.variables(dev).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("shell")
def test_what_runs_is_compared_with_what_the_settings_say(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--project", str(project), "diff", "--env", "dev", "--against", "deployed"]
    assert root([*arguments, "--exit-code"]) == 0
    assert "The templates say the same." in capsys.readouterr().out

    settings = project / "params" / "dev.toml"
    text = settings.read_text(encoding="utf-8")
    changed = text.replace(
        '"AGENTDEV01/ALIASDEV01"', '"AGENTDEV01/ALIASDEV01", "AGENTDEV02/ALIASDEV02"'
    )
    settings.write_text(changed, encoding="utf-8")
    assert root([*arguments, "--exit-code"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("dev as deployed (")
    assert "WIDENED   permission  AgentCoreTaskRole: bedrock:InvokeAgent" in out


@pytest.mark.usefixtures("shell")
def test_a_guard_that_the_stack_has_is_compared_with_the_settings(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = project / "params" / "dev.toml"
    text = settings.read_text(encoding="utf-8")
    assert "termination_protection = false" in text
    guarded = text.replace("termination_protection = false", "termination_protection = true")
    settings.write_text(guarded, encoding="utf-8")
    arguments = ["--project", str(project), "diff", "--env", "dev", "--against", "deployed"]
    assert root([*arguments, "--exit-code"]) == 1
    assert "  strengthened termination protection: off -> on\n" in capsys.readouterr().out


@pytest.mark.usefixtures("shell")
def test_what_the_stack_knows_of_its_deployment_is_compared_and_the_rest_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = project / "params" / "dev.toml"
    text = settings.read_text(encoding="utf-8")
    for old, new in (
        ("# role_arn =", "role_arn ="),
        ("# rollback_alarms =", "rollback_alarms ="),
        ("monitoring_minutes = 0", "monitoring_minutes = 10"),
        ("# notification_topics =", "notification_topics ="),
        ('Owner = "platform"', 'Owner = "others"'),
    ):
        assert old in text
        text = text.replace(old, new)
    settings.write_text(text, encoding="utf-8")
    assert root(["--project", str(project), "diff", "--env", "dev", "--against", "deployed"]) == 0
    out = capsys.readouterr().out
    for line in (
        "cannot tell role arn: none -> arn:aws:iam::111111111111:role/bidopsai-cloudformation",
        "strengthened monitoring minutes: 0 -> 10",
        "strengthened rollback alarms: [] ->",
        "changed   notification topics: [] ->",
        "changed   tags.Owner: platform -> others",
    ):
        assert line in out, line
    unknown = " ".join(out.partition("Not known of dev as deployed: ")[2].split()).split(", ")
    assert {"confirm name", "spot discount percent", "stackset name"} <= {*unknown}


@pytest.mark.usefixtures("shell")
def test_without_a_stack_there_is_nothing_to_compare_with(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = project / "params" / "dev.toml"
    text = settings.read_text(encoding="utf-8")
    named = text.replace('# stack_name = "bidopsai-dev-compute"', 'stack_name = "not-there"')
    settings.write_text(named, encoding="utf-8")
    arguments = ["--project", str(project), "diff", "--env", "dev", "--against", "deployed"]
    assert root(arguments) == 2
    err = capsys.readouterr().err
    assert "dev is not deployed: there is no stack not-there in us-east-1" in err
    assert "bidops-cfn deploy --env dev" in err
