"""The hooks that other projects take from here, and what editors need of the settings."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.running import run
from tests.docs.page import DOCS, REPOSITORY

HOOKS = (REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")


def values(key: str) -> list[str]:
    return re.findall(rf"^(?:- |  ){key}: (.+)$", HOOKS, re.MULTILINE)


FIXES = "bidops-cfn render --all --review"


def stale(project: Path) -> Path:
    template = project / "templates/dev/compute.json"
    template.write_text(template.read_text("utf-8").replace('"awsvpc"', '"host"'), "utf-8")
    return template


def test_on_a_stale_template_each_hook_fails_but_the_first_which_fixes_it(project: Path) -> None:
    entries = [shlex.split(entry) for entry in values("entry")]
    assert values("entry")[0] == FIXES
    assert {entry[0] for entry in entries} == {"bidops-cfn"}
    template = stale(project)
    committed = (REPOSITORY / "templates/dev/compute.json").read_bytes()
    assert template.read_bytes() != committed
    assert [run(project, *entry[1:]) for entry in entries[1:]] == [1, 1, 1]
    assert [run(project, *entry[1:]) for entry in entries] == [0, 0, 0, 0]
    assert template.read_bytes() == committed


def test_a_stale_template_is_said_once_and_not_of_its_review_too(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stale(project)
    assert run(project, "render", "--all", "--review", "--check") == 1
    said = capsys.readouterr().err
    assert "templates/dev/compute.json: stale" in said
    assert said.count("Error: ") == 1
    assert "REVIEW.md" not in said


@pytest.mark.parametrize("pattern", values("files"))
def test_a_hook_runs_when_settings_or_a_template_change(pattern: str) -> None:
    for changed in ("params/dev.toml", "templates/dev/compute.json"):
        assert re.search(pattern, changed)
    assert not re.search(pattern, "README.md")


def test_the_documentation_names_every_hook() -> None:
    page = (DOCS / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"- id: (\S+)", page)) == set(values("id"))
    assert len(values("id")) == len(values("entry")) == len(values("files")) == 4


def test_every_settings_file_tells_editors_its_schema() -> None:
    for file in sorted((REPOSITORY / "params").glob("*.toml")):
        first = file.read_text(encoding="utf-8").splitlines()[0]
        assert (file.parent / first.removeprefix("#:schema ")).name == "params.schema.json"
        assert (file.parent / first.removeprefix("#:schema ")).is_file()


def test_settings_that_are_wrong_fail_one_hook_and_not_each(project: Path) -> None:
    settings = project / "params/dev.toml"
    settings.write_text(settings.read_text("utf-8").replace("retain = false", "retain = nope"))
    entries = [shlex.split(entry) for entry in values("entry")]
    assert [run(project, *entry[1:]) for entry in entries] == [2, 2, 2, 2]
    assert values("fail_fast") == ["true"] * (len(entries) - 1)  # pre-commit runs none after it
