"""What git is asked for: whether a file is committed as it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bidops_cfn.cli.committed import recorded

WHO = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *WHO, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init")
    (tmp_path / "file").write_text("one", encoding="utf-8")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-m", "Add a file")
    return tmp_path


def test_a_committed_file_is_recorded(repository: Path) -> None:
    assert recorded(repository, "file") is True


def test_a_changed_file_is_not_recorded_even_when_staged(repository: Path) -> None:
    (repository / "file").write_text("two", encoding="utf-8")
    assert recorded(repository, "file") is False
    git(repository, "add", "file")
    assert recorded(repository, "file") is False


def test_a_new_or_ignored_file_is_not_recorded(repository: Path) -> None:
    (repository / "new").write_text("one", encoding="utf-8")
    assert recorded(repository, "new") is False
    (repository / ".gitignore").write_text("new\n", encoding="utf-8")
    assert recorded(repository, "new") is False


def test_outside_a_repository_nothing_is_known(tmp_path: Path) -> None:
    assert recorded(tmp_path, "file") is None


def test_without_git_nothing_is_known(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert recorded(repository, "file") is None
