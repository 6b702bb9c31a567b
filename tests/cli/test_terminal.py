"""What a terminal gets: errors, colour, lines that fit, and a word on long work."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import click
import pytest

from bidops_cfn.cli.terminal import show_error, told_after_a_while
from bidops_cfn.errors import BidopsCfnError
from tests.cli.running import REPOSITORY
from tests.process.command import COMMAND


def refused_at_a_terminal(**settings: str) -> bytes:
    """What a refused command writes to a terminal."""
    ours, theirs = os.openpty()
    result = subprocess.run(
        [*COMMAND, "render", "--env", "nowhere"],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], "TERM": "xterm", **settings},
        stderr=theirs,
        timeout=60,
        check=False,
    )
    shown = os.read(ours, 4096)
    os.close(ours)
    os.close(theirs)
    assert result.returncode == 2
    return shown


@pytest.mark.parametrize(
    ("settings", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_a_terminal_has_colour_unless_it_is_unwanted(
    settings: dict[str, str], coloured: bool
) -> None:
    shown = refused_at_a_terminal(**settings)
    assert b'unknown environment "nowhere"' in shown
    assert (b"\x1b[" in shown) == coloured


def test_an_error_at_a_terminal_is_folded_and_cuts_no_word() -> None:
    assert refused_at_a_terminal(TERM="dumb", COLUMNS="40").decode().splitlines()[:2] == [
        'Error: unknown environment "nowhere":',
        "       there is no params/nowhere.toml",
    ]


def test_an_error_is_one_block_that_ends_with_what_to_type(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_error(BidopsCfnError("this happened", "so", details=["one", "two"], hint="Type that."))
    assert capsys.readouterr().err == "Error: this happened: so\n  one\n  two\n\nType that.\n"


def test_long_details_are_folded_at_100_columns_and_lose_no_word(
    capsys: pytest.CaptureFixture[str],
) -> None:
    detail = " ".join(f"word-{index}" for index in range(60))
    show_error(BidopsCfnError("this happened", details=[detail]))
    lines = capsys.readouterr().err.splitlines()[1:]
    assert len(lines) > 3
    assert max(map(len, lines)) <= 100
    assert " ".join(line.strip() for line in lines) == detail


def test_errors_have_no_colour_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(BidopsCfnError("this happened"))
    assert click.unstyle(error := capsys.readouterr().err) == error


@pytest.mark.parametrize("terminal", [True, False])
def test_long_work_is_said_at_a_terminal_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, terminal: bool
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with told_after_a_while("Judging ...", seconds=0):
        for one in threading.enumerate():
            if isinstance(one, threading.Timer):
                one.join(10)
    assert capsys.readouterr() == ("", "Judging ...\n" if terminal else "")


def test_short_work_is_not_worth_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with told_after_a_while("Judging ...", seconds=60):
        waiting = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
    assert waiting
    for one in waiting:
        one.join(10)
        assert not one.is_alive()
    assert capsys.readouterr() == ("", "")
