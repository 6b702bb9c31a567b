"""The command line of ``check``: which files, which forms, which exit code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.running import REPOSITORY, process, run, template
from tests.settings_files import edit

Capture = pytest.CaptureFixture[str]


def spoil(project: Path, name: str = "dev") -> Path:
    """Give BFF's tasks another size and return the template's path."""
    file = template(project, name)
    document = json.loads(file.read_text("utf-8"))
    document["Resources"]["BffTaskDefinition"]["Properties"]["Cpu"] = "256"
    file.write_text(json.dumps(document, indent=1))
    return file


def check(project: Path, *arguments: str) -> int:
    return run(project, "check", "--no-cache", *arguments)


def test_all_committed_templates_pass_with_one_line(capsys: Capture) -> None:
    assert check(REPOSITORY, "--all") == 0
    output = capsys.readouterr()
    (line,) = output.out.splitlines()
    assert line.startswith("3 templates pass: dev, prod, test")
    assert output.err == ""


def test_a_finding_is_exit_code_1_and_says_what_to_do(project: Path, capsys: Capture) -> None:
    spoil(project)
    assert check(project, "--env", "dev") == 1
    output = capsys.readouterr().out
    assert "Cpu is 256, must be 512" in output
    assert "FR-041" in output
    assert "-> Set cpu and memory" in output
    assert check(project, "--env", "prod") == 0


def test_a_file_is_checked_as_what_its_metadata_says(project: Path, capsys: Capture) -> None:
    file = spoil(project, "prod")
    copy = project / "copy.json"
    copy.write_bytes(file.read_bytes())
    assert check(project, "--template", str(copy), "--output", "json") == 1
    findings = json.loads(capsys.readouterr().out)
    (finding,) = (one for one in findings if one["rule"] == "E9202")
    assert finding["environment"] == "prod"
    assert finding["file"] == str(copy)


def test_a_file_that_is_another_environment_is_a_finding(project: Path, capsys: Capture) -> None:
    copy = project / "copy.json"
    copy.write_bytes(template(project, "prod").read_bytes())
    assert check(project, "-t", str(copy), "--env", "prod") == 0
    assert check(project, "-t", str(copy), "--env", "dev", "--output", "json") == 1
    (finding,) = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert finding["rule"] == "E9002"
    assert finding["pointer"] == "/Metadata/BidopsCfn/Environment"


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "github", "text"])
def test_every_form_is_written_to_stdout_whole(project: Path, capsys: Capture, form: str) -> None:
    spoil(project)
    assert check(project, "--env", "dev", "--output", form) == 1
    output = capsys.readouterr()
    assert "E9202" in output.out
    assert output.err == ""
    if form in ("json", "sarif"):
        json.loads(output.out)
    if form == "junit":
        ET.fromstring(output.out)


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "github"])
def test_every_form_of_success_is_well_formed(capsys: Capture, form: str) -> None:
    assert check(REPOSITORY, "--env", "test", "--output", form) == 0
    output = capsys.readouterr().out
    if form in ("json", "sarif"):
        json.loads(output)
    if form == "junit":
        ET.fromstring(output)
    assert form != "github" or output == ""


def test_an_environment_without_a_template_says_how_to_render_it(
    project: Path, capsys: Capture
) -> None:
    template(project).unlink()
    assert check(project, "--env", "dev") == 2
    assert "bidops-cfn render --all" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"[]",
        bytes(range(256)),
        b'{"a":' * 20_000,
        b"- " * 100_000,
        b'{"Resources": {"A": 1, "A": 2}}',
        b'{"Resources": {"A": {"Type": "AWS::ECS::Service"}}}',
        b"Resources:\n  A: !Ref B\n",
        b"!!python/object/apply:os.system ['exit 7']",
    ],
    ids=["empty", "text", "list", "binary", "deep", "deep YAML", "twice", "bare", "YAML", "tag"],
)
def test_a_hostile_file_is_a_finding(project: Path, capsys: Capture, content: bytes) -> None:
    file = project / "hostile.json"
    file.write_bytes(content)
    assert check(project, "--template", str(file), "--output", "json") == 1
    output = capsys.readouterr()
    assert json.loads(output.out)
    assert "Traceback" not in output.err


def test_a_template_outside_of_all_projects_cannot_pass(tmp_path: Path) -> None:
    file = tmp_path / "compute.json"
    file.write_bytes(template(REPOSITORY).read_bytes())
    ended = process(["check", "--no-cache", "--template", str(file)], tmp_path)
    assert ended.returncode == 1
    assert "has no settings to be judged by" in ended.stdout


def test_a_template_is_judged_by_the_settings_that_it_lies_beside(
    project: Path, capsys: Capture
) -> None:
    settings = project / "params" / "dev.toml"
    text = settings.read_text("utf-8").replace(
        "health_grace_seconds = 60", "health_grace_seconds = 61"
    )
    settings.write_text(text)
    assert check(REPOSITORY, "--template", str(template(project)), "--output", "json") == 1
    rules = {finding["rule"] for finding in json.loads(capsys.readouterr().out)}
    assert rules == {"E9606"}


@pytest.mark.parametrize(
    "asked", [["--all"], ["--env", "dev"], ["--template", "templates/dev/compute.json"]]
)
def test_wrong_settings_are_no_finding_about_the_template(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    asked: list[str],
) -> None:
    monkeypatch.chdir(project)
    edit(project, ("spot_base = 3", "spot_base = 30"))
    edit(project, ('"us-east-1"', '"us-east-9"'), name="test")
    assert run(project, "check", *asked) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "E9002" not in err
    assert re.search(r"params/dev\.toml:\d+: capacity\.spot_base: found 30; allowed: ", err)
    assert bool(re.search(r"params/test\.toml:\d+: region: found ", err)) is (asked == ["--all"])
