from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from bidops_cfn.cli.root import root
from bidops_cfn.errors import UsageError


def run(project: Path, *arguments: str) -> int:
    return root(["--project", str(project), "diff", *arguments])


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    subprocess.run(
        [shutil.which("git") or "git", "-C", str(folder), *who, *arguments],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def widened(project: Path) -> Path:
    """The project with a committed template that admits less than its settings say."""
    template = project / "templates" / "prod" / "compute.json"
    found = json.loads(template.read_text(encoding="utf-8"))
    del found["Resources"]["BffSecurityGroup"]["Properties"]["SecurityGroupEgress"][1]
    template.write_text(json.dumps(found), encoding="utf-8")
    return project


def test_settings_that_render_what_is_committed_differ_in_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "--env", "prod", "--exit-code") == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("prod as committed (")
    assert out[1] == "The templates say the same."


def test_what_the_settings_widen_comes_first(
    widened: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(widened, "--env", "prod") == 0
    out = capsys.readouterr().out
    assert "1 widened, 1 resource changed" in out
    assert "WIDENED   flow        BffSecurityGroup: egress tcp 443 to pl-63a5400a" in out
    assert "\x1b" not in out


def test_the_exit_code_tells_of_a_difference_when_asked(widened: Path) -> None:
    assert run(widened, "--env", "prod", "--exit-code") == 1
    assert run(widened, "--env", "prod") == 0


def test_json_is_one_object(widened: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(widened, "--env", "prod", "--output", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["schema_version"], found["widened"], found["narrowed"]) == (1, 1, 0)
    assert found["access"][0]["logical_id"] == "BffSecurityGroup"


def test_markdown_is_a_comment(widened: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(widened, "--env", "prod", "--output", "markdown") == 0
    out = capsys.readouterr().out
    assert out.startswith("### prod as committed → prod as rendered\n\n> [!CAUTION]\n")


def test_two_environments_differ_beyond_names_only(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "--env", "test", "--against", "dev") == 0
    out = capsys.readouterr().out
    assert "Access: unchanged." in out
    assert "Properties.Cpu: 512 -> 1024" in out
    assert "bidopsai-test-network" not in out


def test_two_files_are_compared_as_they_are(
    widened: Path, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new.json"
    new.write_text("{}", encoding="utf-8")
    old = project / "templates" / "dev" / "compute.json"
    assert run(project, str(old), str(new), "--exit-code") == 1
    out = capsys.readouterr().out
    assert "resources removed" in out
    assert "WIDENED" not in out


def test_a_revision_of_git_is_compared(widened: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(widened, "init", "--quiet")
    git(widened, "add", ".")
    git(widened, "commit", "--quiet", "--message", "One")
    assert run(widened, "--env", "prod", "--against", "HEAD") == 0
    out = capsys.readouterr().out
    assert out.startswith("prod at HEAD (")
    assert "1 widened" in out


def test_the_page_opens_on_what_changed_since_a_revision(
    widened: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(widened, "init", "--quiet")
    git(widened, "add", ".")
    git(widened, "commit", "--quiet", "--message", "One")
    settings = widened / "params" / "prod.toml"
    text = settings.read_text("utf-8")
    assert "termination_protection = true" in text
    settings.write_text(
        text.replace("termination_protection = true", "termination_protection = false"), "utf-8"
    )
    for arguments in (["render", "--all"], ["review", "--env", "prod", "--against", "HEAD"]):
        code = root(["--project", str(widened), *arguments])
        assert code == (0 if "render" in arguments else 2)
    assert "--against goes with --html" in capsys.readouterr().err
    file = widened / "review.html"
    page = ["review", "--env", "prod", "--html", str(file), "--against", "HEAD"]
    assert root(["--project", str(widened), *page]) == 0
    written = file.read_text("utf-8")
    change = written.partition('id="what-the-change-did-prod"')[2].partition("</section>")[0]
    assert "prod at HEAD →" in change
    assert "▲\u00a0<strong>widened</strong>" in change
    assert "▲\u00a0<strong>weakened</strong>" in change
    assert "termination protection" in change
    assert written.index('id="what-the-change-did-prod"') < written.index("Review of prod<")


def test_an_environment_that_a_revision_does_not_have_is_all_new(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(project, "init", "--quiet")
    git(project, "add", "params")
    git(project, "commit", "--quiet", "--message", "Settings only")
    assert run(project, "--env", "prod", "--against", "HEAD") == 0
    out = capsys.readouterr().out
    assert out.startswith("prod at HEAD, where it is not yet (")
    assert "narrowed" not in out


@pytest.mark.parametrize("revision", ["nope", "--output=x", "HEAD:templates"])
def test_what_is_neither_environment_nor_revision_is_an_error(
    project: Path, revision: str, capsys: pytest.CaptureFixture[str]
) -> None:
    git(project, "init", "--quiet")
    assert run(project, "--env", "prod", f"--against={revision}") == 2
    assert f"nothing to compare with: {revision}" in capsys.readouterr().err


def test_without_git_the_history_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    from bidops_cfn.cli.committed import at_revision

    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="git is not installed"):
        at_revision(Path(), "main", "x")


def test_yaml_is_read_as_check_reads_it(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("dev", "prod"):
        file = tmp_path / f"{name}.yaml"
        root(["--project", str(project), "render", "--env", name, "--output", "yaml",
            "--output", str(file)])  # fmt: skip
        json_file = project / "templates" / name / "compute.json"
        assert run(project, str(json_file), str(file), "--exit-code") == 0
        assert "The templates say the same." in capsys.readouterr().out


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
def test_forms_of_yaml_are_those_of_json(
    old: str, new: str, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "old.yaml", tmp_path / "new.json"
    first.write_text(old, encoding="utf-8")
    second.write_text(new, encoding="utf-8")
    assert run(project, str(first), str(second), "--exit-code") == 0, capsys.readouterr()


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
    text: str, says: str, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(text, encoding="utf-8")
    assert run(project, str(file), str(file)) == 2
    error = capsys.readouterr().err
    assert f"cannot read {file}" in error
    assert says in error


def edit(project: Path, name: str, old: str, new: str) -> None:
    file = project / "params" / f"{name}.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_guard_that_is_taken_away_is_no_sameness(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(project, "prod", "termination_protection = true", "termination_protection = false")
    assert run(project, "--env", "prod", "--exit-code") == 1
    out = capsys.readouterr().out
    assert "The templates say the same. 1 setting of the deployment weakened." in out
    assert "\nDeployment\n  WEAKENED  termination protection: on -> off\n" in out
    assert run(project, "--env", "prod", "--output", "json") == 0
    (found,) = json.loads(capsys.readouterr().out)["deployment"]
    assert (found["setting"], found["change"]) == ("deploy.termination_protection", "weakened")
    assert run(project, "--env", "prod", "--output", "markdown") == 0
    out = capsys.readouterr().out
    assert "> [!CAUTION]\n> **A deployment is guarded less.**" in out
    assert "| 🔺&nbsp;**weakened** | termination protection | `on` | `off` |" in out


def test_the_settings_of_a_revision_are_its_own(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(project, "init", "--quiet")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "One")
    edit(project, "dev", 'account_id = "111111111111"', 'account_id = "444444444444"')
    assert run(project, "--env", "dev", "--against", "HEAD", "--exit-code") == 1
    assert "  cannot tell account id: 111111111111 -> 444444444444\n" in capsys.readouterr().out


def test_a_revision_without_a_table_of_settings_has_its_settings_file(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "templates" / "prod" / "settings.tsv").unlink()
    git(project, "init", "--quiet")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "One")
    edit(project, "prod", "termination_protection = true", "termination_protection = false")
    assert run(project, "--env", "prod", "--against", "HEAD") == 0
    assert "  WEAKENED  termination protection: on -> off\n" in capsys.readouterr().out


def test_settings_of_a_revision_that_are_wrong_today_are_not_compared(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "templates" / "prod" / "settings.tsv").unlink()
    edit(project, "prod", "[tags]", "[labels]")
    git(project, "init", "--quiet")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "One")
    edit(project, "prod", "[labels]", "[tags]")
    assert run(project, "--env", "prod", "--against", "HEAD") == 0
    out = capsys.readouterr().out
    assert "Deployment: not compared. No settings are known of prod at HEAD." in out


def test_a_side_without_settings_is_not_compared(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "templates" / "prod" / "settings.tsv").unlink()
    assert run(project, "--env", "prod", "--exit-code") == 0
    out = capsys.readouterr().out
    assert "Deployment: not compared. No settings are known of prod as committed." in out


def test_between_environments_a_guard_is_compared_and_an_account_is_not(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "--env", "dev", "--against", "prod") == 0
    out = capsys.readouterr().out
    assert "  WEAKENED  termination protection: on -> off\n" in out
    assert "account id" not in out


def at_terminal(project: Path, columns: int, *arguments: str) -> str:
    """Return what ``diff`` writes to a terminal of so many columns."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    surroundings = {**os.environ, "NO_COLOR": "1", "TERM": "xterm"}
    surroundings.pop("COLUMNS", None)
    command = [sys.executable, "-m", "bidops_cfn", "--project", str(project), "diff", *arguments]
    with subprocess.Popen(command, stdout=slave, env=surroundings) as process:
        os.close(slave)
        chunks = []
        with contextlib.suppress(OSError):  # the other side is closed
            while chunk := os.read(master, 4096):
                chunks.append(chunk)
        assert process.wait(60) == 0
    os.close(master)
    return b"".join(chunks).decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_lines_fit_the_terminal_and_lose_nothing(columns: int, project: Path) -> None:
    edit(project, "dev", 'hosts = ["dev.bidopsai.example"]', f'hosts = ["{"a" * 60}.example"]')
    out = at_terminal(project, columns, "--env", "dev", "--full")
    assert max(map(len, out.splitlines())) <= min(columns, 100)
    assert f"{'a' * 60}.example" in "".join(out.split())


def test_words_stay_whole_in_a_pipe(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    edit(project, "dev", 'hosts = ["dev.bidopsai.example"]', f'hosts = ["{"a" * 60}.example"]')
    assert run(project, "--env", "dev", "--full") == 0
    assert f"{'a' * 60}.example" in capsys.readouterr().out


def test_a_changed_list_is_called_by_its_name(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    committed = project / "templates" / "dev" / "compute.json"
    found = json.loads(committed.read_text("utf-8"))
    found["Resources"]["BffService"]["DependsOn"].append("BffCpuAlarm")
    new = tmp_path / "new.json"
    new.write_text(json.dumps(found), encoding="utf-8")
    assert run(project, str(committed), str(new)) == 0
    out = capsys.readouterr().out
    assert "  changed   BffService (AWS::ECS::Service): DependsOn\n" in out


MAPPED = "[imports.network]\nPrivateAgentSubnetIds = ['shared-public-a', 'shared-public-b']\n"


def map_an_import(project: Path) -> None:
    file = project / "params" / "dev.toml"
    file.write_text(f"{file.read_text('utf-8')}\n{MAPPED}", encoding="utf-8")


def test_a_mapped_import_is_shown_on_the_side_that_maps_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    map_an_import(project)
    mapped = "subnet: ${network.PrivateAgentSubnetIds (export shared-public-a)}"
    plain = "subnet: ${half 0 of network.PrivateAgentSubnetIds}"

    def access() -> dict[str, set[str]]:
        assert run(project, "--env", "dev", "--output", "json") == 0
        found = json.loads(capsys.readouterr().out)["access"]
        return {
            change: {one["fact"] for one in found if one["change"] == change}
            for change in ("widened", "narrowed")
        }

    found = access()
    assert mapped in found["widened"]
    assert plain in found["narrowed"]

    root(["--project", str(project), "render", "--all"])
    root(["--project", str(project), "review", "--all"])
    capsys.readouterr()
    edit(project, "dev", MAPPED, "")
    found = access()
    assert plain in found["widened"]
    assert mapped in found["narrowed"]
