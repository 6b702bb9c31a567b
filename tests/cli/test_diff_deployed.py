"""``diff --against deployed``: what the settings would change of what runs, in a local AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bidops_cfn.compute import template
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.cli.running import Shell
from tests.sandbox.account import IMAGES, account

DIFF = ("diff", "--env", "dev", "--against", "deployed")


@pytest.fixture(scope="module")
def sandbox(dev: Environment) -> Iterator[Sandbox]:
    with Sandbox([dev]) as running:
        with account(running, dev) as held:
            held.deploy(dev.stack_name, template.render(dev), IMAGES, "CREATE")
        yield running


@pytest.fixture
def shell(
    shell: Shell, sandbox: Sandbox, dev: Environment, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in sandbox.variables(dev).items():
        monkeypatch.setenv(name, value)
    return shell


def test_what_runs_is_compared_with_what_the_settings_say(shell: Shell) -> None:
    assert "The templates say the same." in shell.said(*DIFF, "--exit-code")
    alias = '"AGENTDEV01/ALIASDEV01"'
    shell.edit((alias, f'{alias}, "AGENTDEV02/ALIASDEV02"'))
    out = shell.said(*DIFF, "--exit-code", code=1)
    assert out.startswith("dev as deployed (")
    assert "WIDENED   permission  AgentCoreTaskRole: bedrock:InvokeAgent" in out


def test_what_the_stack_knows_of_its_deployment_is_compared_and_the_rest_is_named(
    shell: Shell,
) -> None:
    shell.edit(
        ("# role_arn =", "role_arn ="),
        ("# rollback_alarms =", "rollback_alarms ="),
        ("monitoring_minutes = 0", "monitoring_minutes = 10"),
        ("# notification_topics =", "notification_topics ="),
        ('Owner = "platform"', 'Owner = "others"'),
        ("termination_protection = false", "termination_protection = true"),
    )
    out = shell.said(*DIFF, "--exit-code", code=1)
    for line in (
        "cannot tell role arn: none -> arn:aws:iam::111111111111:role/bidopsai-cloudformation",
        "strengthened monitoring minutes: 0 -> 10",
        "strengthened rollback alarms: [] ->",
        "strengthened termination protection: off -> on",
        "changed   notification topics: [] ->",
        "changed   tags.Owner: platform -> others",
    ):
        assert f"  {line}" in out, line
    unknown = " ".join(out.partition("Not known of dev as deployed: ")[2].split()).split(", ")
    assert {"confirm name", "spot discount percent", "stackset name"} <= {*unknown}


def test_without_a_stack_there_is_nothing_to_compare_with(shell: Shell) -> None:
    shell.edit(('# stack_name = "bidopsai-dev-compute"', 'stack_name = "not-there"'))
    ran = shell(*DIFF)
    assert ran.code == 2
    assert "dev is not deployed: there is no stack not-there in us-east-1" in ran.err
    assert "bidops-cfn deploy --env dev" in ran.err
