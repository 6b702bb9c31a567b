from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from subprocess import TimeoutExpired

import pytest

from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project
from bidops_cfn.review.rule_packs import list_file, read_list
from judges import __main__ as program
from judges.judgement import Judge, Judgement
from tests.conftest import REPOSITORY

HOLDS = Judgement("one", 3)
FINDS = Judgement("two", 3, ("it is wrong",), ("who knows",))


def judge(*judgements: Judgement, missing: str = "") -> Judge:
    return Judge("test", "no tool", lambda: missing, lambda: list(judgements))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (judge(HOLDS), 0),
        (judge(HOLDS, FINDS), 1),
        (judge(), 1),
        (judge(Judgement("nothing looked at", 0)), 1),
        (judge(HOLDS, missing="no Node.js"), 1),
    ],
    ids=["holds", "finds", "says nothing", "looked at nothing", "missing"],
)
def test_only_what_was_looked_at_and_holds_passes(asked: Judge, code: int) -> None:
    assert program.ask(asked) == code


def test_findings_and_doubts_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    program.ask(judge(FINDS))
    assert capsys.readouterr().out.splitlines() == [
        "test: no tool",
        "  does not hold  two (3 looked at)",
        "    found        it is wrong",
        "    cannot tell  who knows",
    ]


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (UsageError("a list is wrong", "1 problem", details=["list.toml:3: why"]),
         ["  cannot judge: a list is wrong: 1 problem", "    list.toml:3: why"]),
        (RuntimeError("the tool failed"), ["  cannot judge: the tool failed"]),
        (TimeoutExpired(["tool"], 120),
         ["  cannot judge: Command '['tool']' timed out after 120 seconds"]),
    ],
    ids=["list", "tool", "time"],
)  # fmt: skip
def test_a_judge_that_fails_passes_nothing_and_the_next_is_asked(
    error: Exception,
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> list[Judgement]:
        raise error

    fails = dataclasses.replace(judge(HOLDS), judge=fail)
    monkeypatch.setattr(program, "JUDGES", (fails, judge(HOLDS)))
    assert program.main([]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "test: no tool",
        *lines,
        "test: no tool",
        "  holds          one (3 looked at)",
    ]


def test_a_judge_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        program.main(["policy"])
    assert (
        "unknown judge policy: judges are guard, nag, checkov, policies" in capsys.readouterr().err
    )


def test_what_to_do_about_a_finding_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    one = Judge("test", "no tool", lambda: "", lambda: [FINDS, FINDS], "edit the list")
    program.ask(one)
    assert capsys.readouterr().out.splitlines()[-1] == "  what to do     edit the list"
    program.ask(dataclasses.replace(one, judge=lambda: [HOLDS]))
    assert "what to do" not in capsys.readouterr().out


@pytest.mark.parametrize("lock", sorted(REPOSITORY.glob("judges/*/package-lock.json")), ids=str)
def test_a_lock_has_hashes_and_names_no_registry(lock: Path) -> None:
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    assert len(packages) > 1
    for name, one in packages.items():
        assert not name or "integrity" in one or one["inBundle"]  # a bundle has its package's hash
        assert "resolved" not in one


@pytest.mark.parametrize("lock", sorted(REPOSITORY.glob("*/*/requirements.txt")), ids=str)
def test_a_lock_of_python_packages_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    packages = re.split(r"\n(?=\S)", text.strip())
    assert all("==" in one and "--hash=sha256:" in one for one in packages)
    assert "://" not in text


@pytest.mark.parametrize("judge", ["checkov", "guard", "nag"])
def test_a_list_names_the_tool_and_the_version_of_the_lock(judge: str) -> None:
    project = Project(REPOSITORY)
    tool, version = read_list(project, list_file(project, judge)).tool.split()
    folder = REPOSITORY / "judges" / judge
    if (folder / "package-lock.json").exists():
        packages = json.loads((folder / "package-lock.json").read_text())["packages"]
        assert packages[f"node_modules/{tool}"]["version"] == version
    else:
        assert f"\n{tool}=={version} " in (folder / "requirements.txt").read_text()
