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


@pytest.mark.parametrize("entry", values("entry"))
def test_a_hook_passes_on_the_committed_project_and_fails_on_a_stale_one(
    project: Path, entry: str
) -> None:
    arguments = shlex.split(entry)
    assert arguments[0] == "bidops-cfn"
    assert run(project, *arguments[1:]) == 0
    template = project / "templates/dev/compute.json"
    template.write_text(template.read_text("utf-8").replace('"awsvpc"', '"host"'), "utf-8")
    assert run(project, *arguments[1:]) == 1


@pytest.mark.parametrize("pattern", values("files"))
def test_a_hook_runs_when_settings_or_a_template_change(pattern: str) -> None:
    for changed in ("params/dev.toml", "templates/dev/compute.json"):
        assert re.search(pattern, changed)
    assert not re.search(pattern, "README.md")


def test_the_documentation_names_every_hook() -> None:
    page = (DOCS / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"- id: (\S+)", page) == values("id")
    assert len(values("id")) == len(values("entry")) == len(values("files")) == 3


def test_every_settings_file_tells_editors_its_schema() -> None:
    for file in sorted((REPOSITORY / "params").glob("*.toml")):
        first = file.read_text(encoding="utf-8").splitlines()[0]
        assert (file.parent / first.removeprefix("#:schema ")).name == "params.schema.json"
        assert (file.parent / first.removeprefix("#:schema ")).is_file()
