from __future__ import annotations

import json
import re

import pytest

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


def test_a_judge_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        program.main(["policy"])
    assert "unknown judge policy: judges are policies" in capsys.readouterr().err


@pytest.mark.parametrize("lock", sorted(REPOSITORY.glob("judges/*/package-lock.json")), ids=str)
def test_a_lock_has_hashes_and_names_no_registry(lock: str) -> None:
    text = (REPOSITORY / lock).read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert len(packages) > 1
    assert all("integrity" in one for name, one in packages.items() if name)
    assert not re.search(r"https?://", text)
