from __future__ import annotations

import json
from pathlib import Path

import pytest
from cfn_flip import to_json

from tests.cli.running import REPOSITORY, process, run, shell, template


def test_a_template_goes_to_stdout_and_nothing_else(
    project: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(project, "render", "--env", "test") == 0
    output = capsysbinary.readouterr()
    assert output.out == template(project, "test").read_bytes()
    assert output.err == b""


@pytest.mark.parametrize("folder", [".", "params", "templates/dev"])
def test_every_folder_of_the_project_renders_the_same(project: Path, folder: str) -> None:
    result = process(["render", "--env", "prod"], project / folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == template(project, "prod").read_text()


def test_yaml_is_the_same_template(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "render", "--env", "dev", "--output", "yaml") == 0
    text = capsys.readouterr().out
    assert text.startswith("AWSTemplateFormatVersion: '2010-09-09'\n")
    assert json.loads(to_json(text)) == json.loads(template(project).read_text())


def test_without_a_project_the_command_says_how_to_name_one(tmp_path: Path) -> None:
    result = process(["render", "--env", "dev"], tmp_path)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == (
        f"Error: no project in {tmp_path} or above: no folder there holds params/*.toml\n\n"
        "Change into the project's folder, or name it: bidops-cfn --project DIR COMMAND\n"
    )


def test_in_a_folder_that_was_removed_the_command_says_so(project: Path) -> None:
    result = shell('mkdir gone && cd gone && rmdir "$PWD" && bidops-cfn render --env dev', project)
    assert result.returncode == 2
    assert result.stderr.startswith("Error: no current folder: it was removed\n")


def test_wrong_settings_are_listed_with_file_key_found_and_allowed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "params" / "dev.toml"
    file.write_text(
        file.read_text().replace("cpu = 512", "cpu = 300", 1).replace("spot_w", "spot_x")
    )
    lines = file.read_text().splitlines()
    unknown, cpu = lines.index("spot_xeight = 30") + 1, lines.index("cpu = 300     # FR-041") + 1
    (project / "params" / "test.toml").write_bytes(b"\xff")
    before = {path: path.read_bytes() for path in project.rglob("compute.json")}
    assert run(project, "render", "--all") == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == [
        "Error: the settings are wrong: 3 problems",
        (
            f"  params/dev.toml:{unknown}: capacity.spot_xeight: found an unknown key (did you mean"
            ' "spot_weight"?);'
        ),
        (
            "      allowed: on_demand_weight, spot_weight, on_demand_base, spot_base,"
            " spot_discount_percent"
        ),
        (
            f"  params/dev.toml:{cpu}: services.bff.cpu: found 300; allowed: 256, 512, 1024, 2048,"
            " 4096, 8192, 16384"
        ),
        "  params/test.toml:1: not UTF-8 text (byte 0)",
        "",
        (
            "Fix the settings and run the command again."
            " params/params.schema.json describes every key."
        ),
    ]
    assert {path: path.read_bytes() for path in project.rglob("compute.json")} == before


def test_all_writes_every_committed_file_and_says_which_changed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template(project, "prod").write_text("old")
    template(project, "test").unlink()
    assert run(project, "render", "--all") == 0
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == [
        "templates/dev/compute.json: unchanged",
        "templates/prod/compute.json: written",
        "templates/test/compute.json: written",
        "params/params.schema.json: unchanged",
    ]
    for name in ("dev", "prod", "test"):
        assert template(project, name).read_bytes() == template(REPOSITORY, name).read_bytes()


def test_all_renders_a_new_environment_of_which_only_the_settings_are_there(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (project / "params" / "dev.toml").read_text()
    (project / "params" / "staging.toml").write_text(text)
    assert run(project, "render", "--all") == 0
    assert "templates/staging/compute.json: written\n" in capsys.readouterr().err
    assert run(project, "render", "--all", "--check") == 0
    made = json.loads(template(project, "staging").read_text())
    assert made["Metadata"]["BidopsCfn"]["Environment"] == "staging"


def test_check_is_silent_on_stdout_when_nothing_is_stale(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "render", "--all", "--check") == 0
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "4 committed files are up to date.\n")


def test_check_prints_the_difference_of_a_stale_template_and_writes_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = template(project)
    stale = file.read_text().replace('"Essential": true', '"Essential": false', 1)
    file.write_text(stale)
    assert run(project, "render", "--all", "--check") == 1
    output = capsys.readouterr()
    lines = output.out.splitlines()
    assert lines[:2] == [
        "--- templates/dev/compute.json (committed)",
        "+++ templates/dev/compute.json (rendered)",
    ]
    changed = [line.replace(" ", "") for line in lines[2:] if line[0] in "+-"]
    assert changed == ['-"Essential":false,', '+"Essential":true,']
    assert output.err.splitlines() == [
        "Error: committed files are not what the settings say: 1 of 4 to render, 0 to remove",
        "  templates/dev/compute.json: stale",
        "",
        "Render them and look at the difference: bidops-cfn render --all && git diff",
    ]
    assert file.read_text() == stale


def test_check_names_missing_and_orphaned_templates(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template(project).unlink()
    orphan = project / "templates" / "gone"
    orphan.mkdir()
    (orphan / "compute.json").write_text("{}")
    assert run(project, "render", "--all", "--check") == 1
    error = capsys.readouterr().err
    assert "1 of 4 to render, 1 to remove" in error
    assert "  templates/dev/compute.json: missing\n" in error
    assert (
        "  templates/gone/compute.json: params/gone.toml is missing; remove the template\n" in error
    )


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda content: content.replace(b"\n", b"\r\n"), "-{\\r\n"),
        (lambda content: content[:-1], "-}\n\\ No newline at end of file\n+}\n"),
        (lambda _: b"", "+{\n"),
        (lambda _: b"\xff\xfe", "-\ufffd\ufffd\n\\ No newline at end of file\n"),
    ],
    ids=["line ends", "no last newline", "empty", "no text"],
)
def test_check_compares_bytes(
    project: Path, capfdbinary: pytest.CaptureFixture[bytes], change: object, shown: str
) -> None:
    assert callable(change)
    file = template(project)
    file.write_bytes(change(file.read_bytes()))
    assert run(project, "render", "--all", "--check") == 1
    output = capfdbinary.readouterr()
    assert shown.encode() in output.out
    assert b"templates/dev/compute.json: stale" in output.err


def test_check_says_what_it_cannot_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template(project).unlink()
    template(project).mkdir()
    assert run(project, "render", "--all", "--check") == 2
    assert "compute.json: Is a directory" in capsys.readouterr().err
