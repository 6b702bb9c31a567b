from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn import __version__
from bidops_cfn.cli.root import COMMANDS, root

REPOSITORY = Path(__file__).parents[2]


def test_help_lists_every_command_and_fits_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert root(["--help"]) == 0
    text = capsys.readouterr().out
    for name, summary in COMMANDS.items():
        assert f"  {name} " in text
        assert summary.split()[0] in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_is_listed_is_there_and_has_examples(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert root([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"  bidops-cfn {name}" in text.replace(f"Usage: bidops-cfn {name}", "")
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert "--no-execute" not in text  # a former name
    assert "--project DIR" in text
    assert root([name, "--project", "/nowhere"]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert root(["--version"]) == 0
    assert capsys.readouterr().out == f"bidops-cfn, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rendr"], "No such command 'rendr'"),
        (["render", "--evn", "dev"], "--env"),
        (["deploy", "--sandbx"], "--sandbox"),
        (["drill", "--env", "dev"], "Choose from: task-loss\n"),
        (
            ["logs", "--env", "dev", "--since", "9999-01-01"],
            "'9999-01-01' is in the future; in UTC",
        ),
        (["render", "--env"], "requires an argument"),
        (["render", "--env", "dev", "--output", "xml"], "'xml' is not one of 'json', 'yaml'"),
        (["--project", "/nowhere", "render"], "does not exist"),
    ],
)
def test_wrong_usage_is_answered_with_exit_code_2_and_how_to_get_help(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert root(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert message in output.err
    assert "--help" in output.err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["redner"], 'Did you mean "render"?'),
        (["nonsense"], ""),
        (["prod"], "prod is an environment: bidops-cfn COMMAND --env prod"),
        (["render", "prod"], "Name the environment with an option: bidops-cfn render --env prod"),
        (
            ["check", "prdo"],
            'Did you mean "prod"? Name the environment with an option: bidops-cfn check --env ENV',
        ),
        (["explain", "FR-001", "FR-002"], ""),
        (["plan"], "Environments of this project: dev, prod, test"),
        (["render", "--env"], "Environments of this project: dev, prod, test"),
        (["init-env"], ""),
    ],
    ids=" ".join,
)
def test_what_may_have_been_meant_is_the_last_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    project: Path,
    arguments: list[str],
    hint: str,
) -> None:
    monkeypatch.chdir(project)
    assert root(arguments) == 2
    lines = capsys.readouterr().err.split("\n")
    assert lines[-3:-1] == ["", hint] if hint else "Error: " in lines[-2]


def test_a_word_that_was_pasted_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert root(["\u001b[2Jrender"]) == 2
    assert capsys.readouterr().err.replace("\n", "").isprintable()


def test_outside_of_a_project_no_environment_is_offered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert root(["plan"]) == 2
    assert "Environments" not in capsys.readouterr().err


def test_without_arguments_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert root([]) == 2
    assert "Commands:" in capsys.readouterr().err


def test_the_project_can_come_from_the_environment(
    project: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BIDOPS_CFN_PROJECT", str(project / "params"))
    assert root(["render", "--env", "dev"]) == 0
    assert capsys.readouterr().out == (project / "templates/dev/compute.json").read_text()


def test_the_project_behind_the_command_is_the_one_that_counts(
    capsys: pytest.CaptureFixture[str], project: Path, tmp_path: Path
) -> None:
    arguments = ["--project", str(tmp_path), "render", "--env", "dev", "--project", str(project)]
    assert root(arguments) == 0
    assert capsys.readouterr().out == (project / "templates/dev/compute.json").read_text("utf-8")
    assert root([*arguments[2:], "--env", "stage"]) == 2
    assert "Environments of this project: dev, prod, test" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("new", "old", "note"),
    [
        ("render --env dev --output yaml", "render --env dev --format yaml", "--output"),
        ("check --env dev --output json", "check --env dev --format json", "--output"),
        ("diff --env dev --output json", "diff --env dev --format json", "--output"),
    ],
)
def test_a_former_name_does_the_same_and_says_the_new_one(
    capsys: pytest.CaptureFixture[str], new: str, old: str, note: str
) -> None:
    project = ["--project", str(REPOSITORY)]
    assert root([*project, *new.split()]) == 0
    expected, quiet = capsys.readouterr()
    assert root([*project, *old.split()]) == 0
    found, said = capsys.readouterr()
    assert (found, quiet) == (expected, "")
    assert said == f"Note: --format is now {note}; the old name will be removed.\n"
    assert root([new.split(maxsplit=1)[0], "--help"]) == 0
    assert "--format" not in capsys.readouterr().out


@pytest.mark.parametrize("form", [[], ["--format", "yaml"]])
def test_a_file_behind_the_former_name_is_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, form: list[str]
) -> None:
    new = [*(["--output", "yaml"] if form else []), "--out", str(tmp_path / "new.txt")]
    command = ["--project", str(REPOSITORY), "render", "--env", "dev"]
    assert root([*command, *new]) == 0
    capsys.readouterr()
    assert root([*command, "--output", str(tmp_path / "old.txt"), *form]) == 0
    assert (tmp_path / "old.txt").read_bytes() == (tmp_path / "new.txt").read_bytes()
    assert "Note: --output FILE is now --out FILE" in capsys.readouterr().err


def test_a_former_name_of_the_file_of_a_policy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ["--project", str(REPOSITORY), "policy", "--env", "dev", "--role", "reader"]
    assert root([*command, "--output-file", str(tmp_path / "old.json")]) == 0
    assert "Note: --output-file is now --out" in capsys.readouterr().err
    assert (tmp_path / "old.json").stat().st_size


def test_waiting_has_two_names() -> None:
    from bidops_cfn.cli.deploy import deploy_command

    for option in ("--queue", "--wait"):
        context = deploy_command.make_context("deploy", ["--env", "dev", option])
        assert context.params["wait"] is True
