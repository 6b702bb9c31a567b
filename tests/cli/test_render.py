"""The command line of ``render``: to stdout, to a file, all committed ones, or their check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cfn_flip import to_json

from tests.cli.running import REPOSITORY, Shell, process, template
from tests.cli.running import shell as bash


def test_a_template_goes_to_stdout_and_nothing_else(shell: Shell) -> None:
    ran = shell("render", "--env", "test")
    assert (ran.code, ran.out, ran.err) == (0, shell.template("test").read_text(), "")


def test_a_folder_of_the_project_renders_the_same(project: Path) -> None:
    result = process(["render", "--env", "prod"], project / "templates/dev")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == template(project, "prod").read_text()


def test_yaml_is_the_same_template(shell: Shell) -> None:
    text = shell.said("render", "--env", "dev", "--output", "yaml")
    assert text.startswith("AWSTemplateFormatVersion: '2010-09-09'\n")
    assert json.loads(to_json(text)) == json.loads(shell.template().read_text())


def test_without_a_project_the_command_says_how_to_name_one(tmp_path: Path) -> None:
    result = process(["render", "--env", "dev"], tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"Error: no project in {tmp_path} or above: no folder there holds params/*.toml\n\n"
        "Change into the project's folder, or name it: bidops-cfn --project DIR COMMAND\n"
    )


def test_in_a_folder_that_was_removed_the_command_says_so(project: Path) -> None:
    result = bash('mkdir gone && cd gone && rmdir "$PWD" && bidops-cfn render --env dev', project)
    assert result.returncode == 2
    assert result.stderr.startswith("Error: no current folder: it was removed\n")


def test_wrong_settings_are_listed_with_file_key_found_and_allowed(shell: Shell) -> None:
    shell.edit(("cpu = 512", "cpu = 300"), ("spot_w", "spot_x"))
    lines = (shell.project / "params" / "dev.toml").read_text().splitlines()
    unknown, cpu = lines.index("spot_xeight = 30") + 1, lines.index("cpu = 300     # FR-041") + 1
    (shell.project / "params" / "test.toml").write_bytes(b"\xff")
    before = {path: path.read_bytes() for path in shell.project.rglob("compute.json")}
    output = shell("render", "--all")
    assert (output.code, output.out) == (2, "")
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
    assert {path: path.read_bytes() for path in shell.project.rglob("compute.json")} == before


def test_all_writes_every_committed_file_and_says_which_changed(shell: Shell) -> None:
    shell.template("prod").write_text("old")
    shell.template("test").unlink()
    ran = shell("render", "--all")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines() == [
        "templates/dev/compute.json: unchanged",
        "templates/prod/compute.json: written",
        "templates/test/compute.json: written",
        "params/params.schema.json: unchanged",
    ]
    for name in ("dev", "prod", "test"):
        assert shell.template(name).read_bytes() == template(REPOSITORY, name).read_bytes()


def test_all_renders_a_new_environment_of_which_only_the_settings_are_there(shell: Shell) -> None:
    params = shell.project / "params"
    (params / "staging.toml").write_text((params / "dev.toml").read_text())
    assert "templates/staging/compute.json: written\n" in shell("render", "--all").err
    shell.said("render", "--all", "--check")
    made = json.loads(shell.template("staging").read_text())
    assert made["Metadata"]["BidopsCfn"]["Environment"] == "staging"


def test_check_is_silent_on_stdout_when_nothing_is_stale(shell: Shell) -> None:
    ran = shell("render", "--all", "--check")
    assert (ran.code, ran.out, ran.err) == (0, "", "4 committed files are up to date.\n")


def test_check_prints_the_difference_of_a_stale_template_and_writes_nothing(shell: Shell) -> None:
    file = shell.template()
    stale = file.read_text().replace('"Essential": true', '"Essential": false', 1)
    file.write_text(stale)
    ran = shell("render", "--all", "--check")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert lines[:2] == [
        "--- templates/dev/compute.json (committed)",
        "+++ templates/dev/compute.json (rendered)",
    ]
    changed = [line.replace(" ", "") for line in lines[2:] if line[0] in "+-"]
    assert changed == ['-"Essential":false,', '+"Essential":true,']
    assert ran.err.splitlines() == [
        "Error: committed files are not what the settings say: 1 of 4 to write, 0 to remove",
        "  templates/dev/compute.json: stale",
        "",
        "Render them and look at the difference: bidops-cfn render --all && git diff",
    ]
    assert file.read_text() == stale


def test_check_names_missing_and_orphaned_templates(shell: Shell) -> None:
    shell.template().unlink()
    shell.template("gone").parent.mkdir()
    shell.template("gone").write_text("{}")
    error = shell("render", "--all", "--check").err
    assert "1 of 4 to write, 1 to remove" in error
    assert "  templates/dev/compute.json: missing\n" in error
    assert "  templates/gone: params/gone.toml is missing\n" in error
    assert error.endswith("\nRemove what no command writes: rm -r templates/gone\n")


STRAYS = {
    "dev/compute.json.orig": "templates/dev/compute.json.orig: no command writes it",
    "dev/old/iam.tsv": "templates/dev/old: no command writes it",
    "gone/iam.tsv": "templates/gone: params/gone.toml is missing",
    "review.html": "templates/review.html: no command writes it",
}
LINKS = ("params/test.toml", "templates/dev/compute.json", "templates/dev/iam.tsv")


@pytest.mark.parametrize("command", ["render", "review"])
def test_check_names_what_no_command_writes_and_takes_no_link_for_a_file_that_was_reviewed(
    shell: Shell, command: str, tmp_path: Path
) -> None:
    for stray in STRAYS:
        file = shell.template().parents[1] / stray
        file.parent.mkdir(exist_ok=True)
        file.write_text("")
    for name in LINKS:
        file = shell.project / name
        file.rename(tmp_path / file.name)
        file.symlink_to(tmp_path / file.name)
    ran = shell(command, "--all", "--check")
    assert ran.code == 1
    named = " ".join(said.partition(":")[0] for said in STRAYS.values())
    step, removal = ran.err.splitlines()[-2:]
    assert ran.err.splitlines()[1:-3] == [
        *(f"  {said}" for said in STRAYS.values()),
        *(f"  {name}: it is a link; put the file itself in its place" for name in LINKS),
    ]
    assert f"bidops-cfn {command} --all" in step
    assert removal == f"Remove what no command writes: rm -r {named}"


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
def test_check_compares_bytes(shell: Shell, change: Callable[[bytes], bytes], shown: str) -> None:
    file = shell.template()
    file.write_bytes(change(file.read_bytes()))
    ran = shell("render", "--all", "--check")
    assert ran.code == 1
    assert shown in ran.out
    assert "templates/dev/compute.json: stale" in ran.err


def test_check_says_what_it_cannot_read(shell: Shell) -> None:
    shell.template().unlink()
    shell.template().mkdir()
    ran = shell("render", "--all", "--check")
    assert ran.code == 2
    assert "compute.json: Is a directory" in ran.err
