"""``diff`` between settings, committed files, revisions, environments and files."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from bidops_cfn.cli.committed import at_revision, recorded
from bidops_cfn.compute import template
from bidops_cfn.errors import UsageError
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.cli.running import Shell, git
from tests.process.command import COMMAND
from tests.sandbox.account import IMAGES, account

PROTECTED = ("termination_protection = true", "termination_protection = false")


@pytest.fixture
def widened(shell: Shell) -> Shell:
    """Where the committed template admits less than its settings say."""
    found = json.loads(shell.template("prod").read_text("utf-8"))
    del found["Resources"]["BffSecurityGroup"]["Properties"]["SecurityGroupEgress"][1]
    shell.template("prod").write_text(json.dumps(found), encoding="utf-8")
    return shell


def test_settings_that_render_what_is_committed_differ_in_nothing(shell: Shell) -> None:
    out = shell.said("diff", "--env", "prod", "--exit-code").splitlines()
    assert out[0].startswith("prod as committed (")
    assert out[1] == "The templates say the same."


def test_what_the_settings_widen_comes_first_in_every_form(widened: Shell) -> None:
    out = widened.said("diff", "--env", "prod")
    assert "1 widened, 1 resource changed" in out
    assert "WIDENED   flow        BffSecurityGroup: egress tcp 443 to pl-63a5400a" in out
    assert "\x1b" not in out
    widened.said("diff", "--env", "prod", "--exit-code", code=1)
    found = json.loads(widened.said("diff", "--env", "prod", "--output", "json"))
    assert (found["schema_version"], found["widened"], found["narrowed"]) == (1, 1, 0)
    assert found["access"][0]["logical_id"] == "BffSecurityGroup"
    out = widened.said("diff", "--env", "prod", "--output", "markdown")
    assert out.startswith("### prod as committed → prod as rendered\n\n> [!CAUTION]\n")


def test_two_environments_differ_beyond_names_only(shell: Shell) -> None:
    out = shell.said("diff", "--env", "test", "--against", "dev")
    assert "Access: unchanged." in out
    assert "Properties.Cpu: 512 -> 1024" in out
    assert "bidopsai-test-network" not in out
    out = shell.said("diff", "--env", "dev", "--against", "prod")
    assert "  WEAKENED  termination protection: on -> off\n" in out
    assert "account id" not in out


def test_a_revision_of_git_is_compared(widened: Shell) -> None:
    widened.commit()
    out = widened.said("diff", "--env", "prod", "--against", "HEAD")
    assert out.startswith("prod at HEAD (")
    assert "1 widened" in out


def test_a_committed_template_that_is_another_is_never_called_the_same(shell: Shell) -> None:
    shell.commit()
    file = shell.template("prod")
    file.write_text(file.read_text("utf-8").replace('"s3:GetObject"', '"s3:*"'), "utf-8")
    doubt = "templates/prod/compute.json is not what is rendered: bidops-cfn render --all."
    out = shell.said("diff", "--env", "prod", "--against", "HEAD")
    assert f"The templates say the same. {doubt}" in " ".join(out.split())
    page = shell.said("diff", "--env", "prod", "--against", "HEAD", "--output", "markdown")
    assert "> [!WARNING]\n> **Whether access is widened cannot be told.** The templates" in page
    assert doubt in page
    file.unlink()
    assert doubt in " ".join(shell.said("diff", "--env", "prod", "--against", "HEAD").split())


def test_the_page_opens_on_what_changed_since_a_revision(widened: Shell) -> None:
    widened.commit()
    widened.edit(PROTECTED, name="prod")
    widened.said("render", "--all")
    file = widened.project / "review.html"
    widened.said("review", "--env", "prod", "--html", str(file), "--against", "HEAD")
    written = file.read_text("utf-8")
    change = written.partition('id="what-the-change-did-prod"')[2].partition("</section>")[0]
    assert "prod at HEAD →" in change
    assert "▲\u00a0<strong>widened</strong>" in change
    assert "▲\u00a0<strong>weakened</strong>" in change
    assert "termination protection" in change
    assert written.index('id="what-the-change-did-prod"') < written.index("Review of prod<")


def test_an_environment_that_a_revision_does_not_have_is_all_new(shell: Shell) -> None:
    shell.commit("params")
    out = shell.said("diff", "--env", "prod", "--against", "HEAD")
    assert out.startswith("prod at HEAD, where it is not yet (")
    assert "narrowed" not in out


@pytest.mark.parametrize("revision", ["nope", "--output=x", "HEAD:templates"])
def test_what_is_neither_environment_nor_revision_is_an_error(shell: Shell, revision: str) -> None:
    git(shell.project, "init", "--quiet")
    ran = shell("diff", "--env", "prod", f"--against={revision}")
    assert ran.code == 2
    assert f"nothing to compare with: {revision}" in ran.err


def test_without_git_the_history_is_out_of_reach(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.commit()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="git is not installed"):
        at_revision(Path(), "main", "x")
    assert recorded(shell.project, "params/dev.toml") is None


def test_a_file_is_recorded_while_it_is_as_it_was_committed(shell: Shell) -> None:
    assert recorded(shell.project, "params/dev.toml") is None  # no repository
    shell.commit()
    assert recorded(shell.project, "params/dev.toml") is True
    shell.edit(("cpu = 512", "cpu = 1024"))
    assert recorded(shell.project, "params/dev.toml") is False
    git(shell.project, "add", ".")
    assert recorded(shell.project, "params/dev.toml") is False
    (shell.project / "new").write_text("one", encoding="utf-8")
    assert recorded(shell.project, "new") is False
    (shell.project / ".gitignore").write_text("new\n", encoding="utf-8")
    assert recorded(shell.project, "new") is False


def test_yaml_is_read_as_check_reads_it(shell: Shell, tmp_path: Path) -> None:
    for name in ("dev", "prod"):
        file = str(tmp_path / f"{name}.yaml")
        shell.said("render", "--env", name, "--output", "yaml", "--out", file)
        out = shell.said("diff", str(shell.template(name)), file, "--exit-code")
        assert "The templates say the same." in out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A: !GetAtt R.Arn", '{"A": {"Fn::GetAtt": ["R", "Arn"]}}'),
        ("A: !GetAtt [R, Arn]", '{"A": {"Fn::GetAtt": "R.Arn"}}'),
        ("A: !Sub '${R}-x'", '{"A": {"Fn::Join": ["-", [{"Ref": "R"}, "x"]]}}'),
        ("A: !Join ['', [a, b]]", '{"A": "ab"}'),
        (
            "A: !If [C, 1, !Ref AWS::NoValue]",
            '{"A": {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]}}',
        ),
        ("A: !Not [!Condition C]", '{"A": {"Fn::Not": [{"Condition": "C"}]}}'),
        ("A: !ImportValue {'Fn::Sub': x}", '{"A": {"Fn::ImportValue": "x"}}'),
        ("A: !Select [0, !Split [',', 'a,b']]", '{"A": "a"}'),
        ("A: 2010-09-09", '{"A": "2010-09-09"}'),
        ("A: yes", '{"A": true}'),
        ("A: &a [x]\nB: *a", '{"A": ["x"], "B": ["x"]}'),
        ("# a comment\n---\nA: >-\n  x\n  y\n", '{"A": "x y"}'),
    ],
)
def test_forms_of_yaml_are_those_of_json(old: str, new: str, shell: Shell, tmp_path: Path) -> None:
    first, second = tmp_path / "old.yaml", tmp_path / "new.json"
    first.write_text(old, encoding="utf-8")
    second.write_text(new, encoding="utf-8")
    shell.said("diff", str(first), str(second), "--exit-code")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The file is empty"),
        ("just words", "not an object"),
        ("A: 1\nA: 2\n", "Duplicate found 'A'"),
        ("A: [1\nB: 2", "line 2"),
        ('{"A": 1,}', "it is not JSON"),
        ('{"A": 1, "A": 2}', "the key A stands twice"),
    ],
)
def test_a_file_that_is_no_template_is_named_with_its_reason(
    text: str, says: str, shell: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(text, encoding="utf-8")
    ran = shell("diff", str(file), str(file))
    assert ran.code == 2
    assert f"cannot read {file}" in ran.err
    assert says in ran.err


def test_a_guard_that_is_taken_away_is_no_sameness(shell: Shell) -> None:
    shell.edit(PROTECTED, name="prod")
    out = shell.said("diff", "--env", "prod", "--exit-code", code=1)
    assert "The templates say the same. 1 setting of the deployment weakened." in out
    assert "\nDeployment\n  WEAKENED  termination protection: on -> off\n" in out
    told = json.loads(shell.said("diff", "--env", "prod", "--output", "json"))
    (found,) = told["deployment"]
    assert (found["setting"], found["change"]) == ("deploy.termination_protection", "weakened")
    out = shell.said("diff", "--env", "prod", "--output", "markdown")
    assert "> [!CAUTION]\n> **A deployment is guarded less.**" in out
    assert "| 🔺&nbsp;**weakened** | termination protection | `on` | `off` |" in out


def test_the_settings_of_a_revision_are_its_own(shell: Shell) -> None:
    shell.commit()
    shell.edit(('account_id = "111111111111"', 'account_id = "444444444444"'))
    out = shell.said("diff", "--env", "dev", "--against", "HEAD", "--exit-code", code=1)
    assert "  cannot tell account id: 111111111111 -> 444444444444\n" in out


def test_without_a_table_of_settings_a_revision_has_its_settings_file_if_that_is_right(
    shell: Shell,
) -> None:
    (shell.template("prod").parent / "settings.tsv").unlink()
    out = shell.said("diff", "--env", "prod", "--exit-code")
    assert "Deployment: not compared. No settings are known of prod as committed." in out
    shell.commit()
    shell.edit(PROTECTED, name="prod")
    out = shell.said("diff", "--env", "prod", "--against", "HEAD")
    assert "  WEAKENED  termination protection: on -> off\n" in out
    shell.edit(("[tags]", "[labels]"), name="prod")  # wrong today
    shell.commit()
    shell.edit(("[labels]", "[tags]"), name="prod")
    out = shell.said("diff", "--env", "prod", "--against", "HEAD")
    assert "Deployment: not compared. No settings are known of prod at HEAD." in out


def at_terminal(project: Path, columns: int, *arguments: str) -> str:
    """Return what ``diff`` writes to a terminal of so many columns."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    surroundings = {**os.environ, "NO_COLOR": "1", "TERM": "xterm"}
    surroundings.pop("COLUMNS", None)
    command = [*COMMAND, "--project", str(project), "diff", *arguments]
    with subprocess.Popen(command, stdout=slave, env=surroundings) as process:
        os.close(slave)
        chunks = []
        with contextlib.suppress(OSError):  # the other side is closed
            while chunk := os.read(master, 4096):
                chunks.append(chunk)
        assert process.wait(60) == 0
    os.close(master)
    return b"".join(chunks).decode().replace("\r\n", "\n")


LONG = ('hosts = ["dev.bidopsai.example"]', f'hosts = ["{"a" * 60}.example"]')


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_lines_fit_the_terminal_and_lose_nothing(columns: int, shell: Shell) -> None:
    shell.edit(LONG)
    out = at_terminal(shell.project, columns, "--env", "dev", "--full")
    assert max(map(len, out.splitlines())) <= min(columns, 100)
    assert f"{'a' * 60}.example" in "".join(out.split())


def test_words_stay_whole_in_a_pipe(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    shell.edit(LONG)
    assert f"{'a' * 60}.example" in shell.said("diff", "--env", "dev", "--full")


def test_a_changed_list_is_called_by_its_name(shell: Shell, tmp_path: Path) -> None:
    found = json.loads(shell.template().read_text("utf-8"))
    found["Resources"]["BffService"]["DependsOn"].append("BffCpuAlarm")
    new = tmp_path / "new.json"
    new.write_text(json.dumps(found), encoding="utf-8")
    out = shell.said("diff", str(shell.template()), str(new))
    assert "  changed   BffService (AWS::ECS::Service): DependsOn\n" in out


def test_a_mapped_import_is_shown_on_the_side_that_maps_it(shell: Shell) -> None:
    table = "[imports.network]\nPrivateAgentSubnetIds = ['shared-public-a', 'shared-public-b']\n"
    shell.edit(("[services.bff]", f"{table}[services.bff]"))
    mapped = "subnet: ${network.PrivateAgentSubnetIds (export shared-public-a)}"
    plain = "subnet: ${half 0 of network.PrivateAgentSubnetIds}"

    def access(change: str) -> set[str]:
        found = json.loads(shell.said("diff", "--env", "dev", "--output", "json"))["access"]
        return {one["fact"] for one in found if one["change"] == change}

    assert mapped in access("widened")
    assert plain in access("narrowed")
    shell.said("render", "--all")
    shell.said("review", "--env", "dev")
    shell.edit((table, ""))
    assert plain in access("widened")
    assert mapped in access("narrowed")


# what runs in a local AWS

DIFF = ("diff", "--env", "dev", "--against", "deployed")


@pytest.fixture(scope="module")
def sandbox(dev: Environment) -> Iterator[Sandbox]:
    with Sandbox([dev]) as running:
        with account(running, dev) as held:
            held.deploy(dev.stack_name, template.render(dev), IMAGES, "CREATE")
        yield running


@pytest.fixture
def beside_it(
    shell: Shell, sandbox: Sandbox, dev: Environment, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in sandbox.variables(dev).items():
        monkeypatch.setenv(name, value)
    return shell


def test_what_runs_is_compared_with_what_the_settings_say(beside_it: Shell) -> None:
    assert "The templates say the same." in beside_it.said(*DIFF, "--exit-code")
    alias = '"AGENTDEV01/ALIASDEV01"'
    beside_it.edit((alias, f'{alias}, "AGENTDEV02/ALIASDEV02"'))
    out = beside_it.said(*DIFF, "--exit-code", code=1)
    assert out.startswith("dev as deployed (")
    assert "WIDENED   permission  AgentCoreTaskRole: bedrock:InvokeAgent" in out


def test_what_the_stack_knows_of_its_deployment_is_compared_and_the_rest_is_named(
    beside_it: Shell,
) -> None:
    beside_it.edit(
        ("# role_arn =", "role_arn ="),
        ("# rollback_alarms =", "rollback_alarms ="),
        ("monitoring_minutes = 0", "monitoring_minutes = 10"),
        ("# notification_topics =", "notification_topics ="),
        ('Owner = "platform"', 'Owner = "others"'),
        ("termination_protection = false", "termination_protection = true"),
    )
    out = beside_it.said(*DIFF, "--exit-code", code=1)
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


def test_without_a_stack_there_is_nothing_to_compare_with(beside_it: Shell) -> None:
    beside_it.edit(('# stack_name = "bidopsai-dev-compute"', 'stack_name = "not-there"'))
    ran = beside_it(*DIFF)
    assert ran.code == 2
    assert "dev is not deployed: there is no stack not-there in us-east-1" in ran.err
    assert "bidops-cfn deploy --env dev" in ran.err
