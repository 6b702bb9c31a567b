"""The command line of ``check``: which files, which forms, which exit code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.running import REPOSITORY, Ran, Shell

READERS: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "sarif": json.loads,
    "junit": ET.fromstring,
}


def spoil(shell: Shell, name: str = "dev") -> Path:
    """Give BFF's tasks another size and return the template's path."""
    file = shell.template(name)
    document = json.loads(file.read_text("utf-8"))
    document["Resources"]["BffTaskDefinition"]["Properties"]["Cpu"] = "256"
    file.write_text(json.dumps(document, indent=1))
    return file


def check(shell: Shell, *arguments: str, code: int = 0) -> Ran:
    ran = shell("check", "--no-cache", *arguments)
    assert ran.code == code, ran
    return ran


def test_a_file_is_checked_as_what_its_metadata_says_and_another_environment_is_a_finding(
    shell: Shell,
) -> None:
    copy = shell.project / "copy.json"
    copy.write_bytes(spoil(shell, "prod").read_bytes())
    found, other = (
        json.loads(check(shell, "-t", str(copy), *asked, "--output", "json", code=1).out)
        for asked in ([], ["--env", "dev"])
    )
    (finding,) = (one for one in found if one["rule"] == "E9202")
    assert (finding["environment"], finding["file"]) == ("prod", str(copy))
    pointers = {one["rule"]: one["pointer"] for one in other if one["rule"].startswith("E9")}
    assert set(pointers) == {"E9002", "E9202"}
    assert pointers["E9002"] == "/Metadata/BidopsCfn/Environment"


def test_every_form_is_written_to_stdout_whole_and_well_formed(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # each template is judged once
    monkeypatch.delenv("CI", raising=False)
    ran = shell("check", "--all")
    (line,) = ran.out.splitlines()
    assert line.startswith("3 templates pass: dev, prod, test")
    assert (ran.code, ran.err) == (0, "")
    spoil(shell)
    for form in ("json", "sarif", "junit", "github", "text"):
        read = READERS.get(form, str)
        passed = shell("check", "--env", "test", "--output", form)
        read(passed.out)
        assert form != "github" or passed.out == ""
        failed = shell("check", "--env", "dev", "--output", form)
        read(failed.out)
        assert "E9202" in failed.out
        assert (passed.code, failed.code, passed.err, failed.err) == (0, 1, "", "")
    for part in ("Cpu is 256, must be 512", "FR-041", "-> Set cpu and memory"):
        assert part in failed.out


def test_an_environment_without_a_template_says_how_to_render_it(shell: Shell) -> None:
    shell.template().unlink()
    assert "bidops-cfn render --all" in check(shell, "--env", "dev", code=2).err


@pytest.mark.parametrize(
    "content",
    [b"", bytes(range(256)), b'{"Resources": {"A": 1, "A": 2}}', b"Resources:\n  A: !Ref B\n"],
    ids=["empty", "binary", "twice", "YAML"],
)
def test_a_hostile_file_is_a_finding(shell: Shell, content: bytes) -> None:
    file = shell.project / "hostile.json"
    file.write_bytes(content)
    ran = check(shell, "--template", str(file), "--output", "json", code=1)
    assert json.loads(ran.out)
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("before", ["", "\n  ", "[1,\n "])
@pytest.mark.parametrize(
    ("spoiled", "says"),
    [
        ("{", "Expecting property name enclosed in double quotes"),
        ('{"A" 1}', "Expecting ':' delimiter"),
        ('{"A": 1 "B": 2}', "Expecting ',' delimiter"),
        ('{"A": "x', "Unterminated string starting at"),
        ('{"A": }', "Expecting value"),
        ("[1, 2", "Expecting ',' delimiter"),
        ('{"A": "\\x"}', "Invalid \\escape"),
        ('{"A": 1, "B": -Infinity}', "-Infinity is no JSON value"),
    ],
)
def test_a_file_that_is_broken_json_says_what_is_wrong_and_where(
    shell: Shell, spoiled: str, says: str, before: str
) -> None:
    file = shell.project / "broken.json"
    text = before + spoiled
    file.write_text(text)
    with pytest.raises(json.JSONDecodeError) as raised:
        json.loads(text, parse_constant=lambda name: refuse_constant(name, text))
    wrong = raised.value
    ran = check(shell, "--template", str(file), code=2)
    said = " ".join(ran.err.split())
    assert says in wrong.msg
    assert f"line {wrong.lineno}, column {wrong.colno}: {wrong.msg}" in said
    assert str(file) in said
    assert ran.out == ""


def refuse_constant(name: str, text: str) -> None:
    raise json.JSONDecodeError(f"{name} is no JSON value", text, text.index(name))


@pytest.mark.parametrize("asked", [["--env", "dev"], ["--all"]])
def test_a_committed_template_that_is_broken_json_is_named(shell: Shell, asked: list[str]) -> None:
    file = shell.template("dev")
    file.write_text(file.read_text().replace('"Resources": {', '"Resources": {,', 1))
    said = " ".join(check(shell, *asked, code=2).err.split())
    assert f"{file} is not JSON: line " in said
    assert "bidops-cfn render --all" in said


def test_a_template_outside_of_all_projects_cannot_pass(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "compute.json"
    file.write_bytes(shell.template().read_bytes())
    monkeypatch.chdir(tmp_path)
    there = Shell(tmp_path, shell.capture)
    ran = check(there, "--template", str(file), code=1)
    assert "has no settings to be judged by" in ran.out


def test_a_template_is_judged_by_the_settings_that_it_lies_beside(shell: Shell) -> None:
    shell.edit(("health_grace_seconds = 60", "health_grace_seconds = 61"))
    there = Shell(REPOSITORY, shell.capture)
    ran = check(there, "--template", str(shell.template()), "--output", "json", code=1)
    assert {finding["rule"] for finding in json.loads(ran.out)} == {"E9606"}


@pytest.mark.parametrize(
    "asked", [["--all"], ["--env", "dev"], ["--template", "templates/dev/compute.json"]]
)
def test_wrong_settings_are_no_finding_about_the_template(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    monkeypatch.chdir(shell.project)
    shell.edit(("spot_base = 3", "spot_base = 30"))
    shell.edit(('"us-east-1"', '"us-east-9"'), name="test")
    ran = shell("check", *asked)
    assert (ran.code, ran.out) == (2, "")
    assert "E9002" not in ran.err
    assert re.search(r"params/dev\.toml:\d+: capacity\.spot_base: found 30; allowed: ", ran.err)
    both = asked == ["--all"]
    assert bool(re.search(r"params/test\.toml:\d+: region: found ", ran.err)) is both
