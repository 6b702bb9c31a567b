"""What is said of long work: at a terminal alone, and only where the work is long."""

from __future__ import annotations

import sys
import threading

import pytest

from bidops_cfn.cli.terminal import told_after_a_while


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
