from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project, find


def test_a_project_is_found_from_every_folder_inside_it(project: Path) -> None:
    for folder in (project, project / "params", project / "templates" / "dev"):
        assert find(folder) == Project(project)


def test_outside_a_project_the_error_says_how_to_name_one(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    with pytest.raises(UsageError) as caught:
        find(tmp_path)
    assert str(caught.value).startswith(f"no project in {tmp_path} or above: ")
    assert "--project DIR" in caught.value.hint


def test_each_settings_file_is_an_environment(project: Path) -> None:
    (project / "params" / "staging.toml").touch()
    (project / "params" / ".#dev.toml").touch()  # an editor's lock
    (project / "params" / "notes.txt").touch()
    assert Project(project).environments == ("dev", "prod", "staging", "test")


def test_paths_are_shown_relative_to_the_project(project: Path) -> None:
    found = Project(project)
    assert found.shown(found.template("dev")) == "templates/dev/compute.json"
    assert found.shown(Path("/elsewhere")) == "/elsewhere"
