"""How people read a deployment: at 80 and 200 columns, with and without colour, moving or not."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.cli.live import Live
from bidops_cfn.cli.plain import Lines, Plain, lively
from bidops_cfn.cli.terminal import show_error
from bidops_cfn.cli.text import Line
from bidops_cfn.deploy.records import (
    Notice,
    Outputs,
    Preflight,
    Result,
    Verdict,
)
from bidops_cfn.deploy.state_records import ServiceProgress, StackStatus, TemplateStatus
from bidops_cfn.errors import CheckFailed
from tests.cli.told import EVENTS, NIGHT, ROWS, TOLD


def test_records_read_as_they_always_did_with_their_colours() -> None:
    told = [
        f"{name}, {width} columns\n"
        + "".join(f"{line.style:>6} |{line.text}\n" for line in tell(record, width))
        for name, (tell, record) in TOLD.items()
        for width in (60, 80, 200)
    ]
    assert "\n".join(told) == Path(__file__).with_name("deploy_text.txt").read_text("utf-8")


@pytest.mark.parametrize(("tell", "record"), TOLD.values(), ids=TOLD)
@pytest.mark.parametrize("width", [60, 80, 200])
def test_lines_fit_the_terminal_but_for_a_word_that_is_longer(
    tell: Callable[[Any, int], Iterable[Line]], record: object, width: int
) -> None:
    long = [line.text for line in tell(record, width) if len(line.text) > width]
    assert [line for line in long if len(max(line.split(), key=len)) < width // 2] == []


def test_outputs_stand_behind_the_verdict_and_the_next_step_is_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Plain() as shown:
        shown.emit(Outputs({"ClusterName": "compute"}))
        shown.emit(Result("deployed", 0, "it is complete", next="bidops-cfn watch --env dev"))
    said = capsys.readouterr().err
    order = [said.index(one) for one in ("Deployed: ", "ClusterName", "bidops-cfn watch")]
    assert order == sorted(order)


def test_an_error_stands_apart_from_what_came_before(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Plain()
    shown.fail(Result("failed", 1, "no"))
    assert capsys.readouterr().err == ""
    shown.emit(Notice("careful"))
    shown.fail(Result("failed", 1, "no"))
    assert capsys.readouterr().err == "Warning: careful\n\n"


def say_everything(shown: Plain) -> None:
    with shown:
        shown.status("Asking AWS who we are ...")
        shown.emit(Preflight("account", Verdict.OK, "111111111111 in us-east-1"))
        for row in ROWS:
            shown.emit(row)
        for event in EVENTS:
            shown.emit(event)
        shown.status("Waiting ...")
        shown.emit(ServiceProgress("BffService", 2, 1, 1, "IN_PROGRESS"))
        shown.emit(Notice("careful", ("because",)))
        shown.emit(Outputs({"ClusterName": "compute"}))
        shown.emit(Result("deployed", 0, "compute is UPDATE_COMPLETE", next="bidops-cfn status"))


def test_without_a_terminal_lines_are_plain(capsys: pytest.CaptureFixture[str]) -> None:
    say_everything(Plain())
    out, err = capsys.readouterr()
    assert out == ""
    assert "\x1b" not in err
    for part in ("Preflight", "Changes: ", "Progress", "Warning: careful", "Outputs", "Deployed: "):
        assert part in err
    assert err.endswith("bidops-cfn status\n")


def test_lines_of_json_leave_stderr_alone(capsys: pytest.CaptureFixture[str]) -> None:
    say_everything(Lines())
    out, err = capsys.readouterr()
    assert err == ""
    assert len(out.splitlines()) == len(ROWS) + len(EVENTS) + 5


def test_a_live_display_ends_with_the_same_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    say_everything(Plain())
    plain = capsys.readouterr().err
    say_everything(Live())
    live = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().err)
    said = [line for line in plain.splitlines() if line.strip()]
    assert said[0] == "  Asking AWS who we are ..."  # in the moving part of a live display
    assert [line for line in live.splitlines() if line.strip()] == said[1:]


ROLE = "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com --profile me"
HINT = (
    "Set network.s3_prefix_list_id in params/dev.toml to the id from another account of ours: "
    f"{ROLE}\nOr leave this to the person who administers the whole account, which takes longer.\n"
    "Sign in again with this profile or another (aws sso login --profile me), and begin anew."
)


@pytest.mark.parametrize("columns", [60, 80])
def test_a_question_is_folded_between_words_and_leaves_room_for_the_answer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    what = "2 modified, 1 in a new revision on dev (111111111111, us-east-1). Execute? [y/N] "
    assert Plain().ask(what) == "y\n"
    shown = capsys.readouterr().err
    assert shown.endswith("[y/N] ")
    assert shown.split() == what.split()
    assert max(map(len, shown.splitlines())) < columns


def test_a_state_that_reads_the_same_is_told_once_with_its_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    template = TemplateStatus("committed", "templates/dev/compute.json")
    state = StackStatus("dev", "arn", "UPDATE_IN_PROGRESS", NIGHT, False, template, "https://x")
    shown = Plain(reading=True)
    for record in (state, replace(state, since=None), replace(state, status="UPDATE_COMPLETE")):
        shown.emit(record)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [status for _, status, *_ in lines] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    assert all(re.fullmatch(r"([01]\d|2[0-3])(:[0-5]\d){2}", one) for one, *_ in lines)


@pytest.mark.parametrize("columns", [60, 80])
def test_prose_of_a_hint_is_folded_and_its_command_stays_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    show_error(CheckFailed("no", hint=HINT))
    shown = Plain()
    shown.emit(Result("ready", 0, "dev", next=HINT))
    shown.emit(Preflight("roles", Verdict.WARNING, "no role", hint=HINT))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().err).splitlines()
    whole = [line for line in lines if ROLE in line]
    assert [line.strip() for line in whole] == [ROLE] * 3
    assert max(len(line) for line in lines if line not in whole) <= columns
    assert sum("(aws sso login --profile me)" in line for line in lines) == 3


def test_a_hint_in_a_pipe_is_not_folded(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(CheckFailed("no", hint=HINT))
    Plain().emit(Result("ready", 0, "dev", next=HINT))
    assert capsys.readouterr().err.count(HINT) == 2


@pytest.mark.parametrize(("term", "expected"), [("xterm", True), ("dumb", False), ("", False)])
def test_a_live_display_needs_a_terminal_that_can_move_its_cursor(
    monkeypatch: pytest.MonkeyPatch, term: str, expected: bool
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", term)
    assert lively() is expected


def test_the_end_of_input_is_an_empty_answer(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    with empty.open(encoding="utf-8") as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        assert Plain().ask("Execute? [y/N] ") == ""
    assert capsys.readouterr().err == "\nExecute? [y/N] \n"


def test_services_have_a_heading_of_their_own_where_nothing_is_in_progress(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Plain() as shown:
        shown.emit(ServiceProgress("BffService", 2, 2, 0, "COMPLETED"))
    err = capsys.readouterr().err
    assert "\nServices\n" in err
    assert "Progress" not in err


def test_ctrl_c_at_the_question_ends_its_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Impatient:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Impatient())
    with pytest.raises(KeyboardInterrupt):
        Plain().ask("Execute? [y/N] ")
    assert capsys.readouterr().err == "\nExecute? [y/N] \n"
