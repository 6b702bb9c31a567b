"""A command in this process against the scripted AWS over HTTP; its waits pass at once.

Only what the process itself does, with signals, a terminal or its start, needs one of its own.
"""

from __future__ import annotations

import io
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from bidops_cfn.cli.root import root
from bidops_cfn.cli.several import Lane
from bidops_cfn.deploy.runtime import SystemClock
from tests.deploy.scripted.http_server import ScriptedServer, shell

TICK = 0.01


class Screen(io.TextIOWrapper):
    """What was printed, at a terminal or into a pipe."""

    def __init__(self, *, terminal: bool) -> None:
        self.bytes = io.BytesIO()
        self.terminal = terminal
        super().__init__(self.bytes, "utf-8", write_through=True)

    def isatty(self) -> bool:
        return self.terminal


class Keyboard(io.StringIO):
    """What a person types, if there is one."""

    def isatty(self) -> bool:
        return bool(self.getvalue())


def run(
    server: ScriptedServer, project: Path, *arguments: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run ``bidops-cfn ARGUMENTS`` in the project, with ``more`` variables; return how it ended."""
    return run_against([server], project, arguments, shell(server, project, more))


def run_against(
    servers: Sequence[ScriptedServer],
    project: Path,
    arguments: Sequence[str],
    variables: Mapping[str, str],
    typed: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run it with these ``variables``; the clocks of all ``servers`` skip what it waits for.

    Without servers, it waits. ``typed`` is what a person at a terminal answers.
    """
    passed = 0.0

    def sleep(_clock: Any, seconds: float) -> None:
        nonlocal passed
        if seconds <= TICK:  # for a person
            time.sleep(seconds)
            return
        passed += seconds
        for one in servers:
            one.clock.skip(seconds)

    def monotonic(_clock: Any) -> float:
        return time.monotonic() + passed

    out, err = Screen(terminal=False), Screen(terminal=bool(typed))
    with ExitStack() as held:
        held.enter_context(mock.patch.dict(os.environ, variables, clear=True))
        held.enter_context(mock.patch("bidops_cfn.cli.several.TICK", TICK))
        for kind in (SystemClock, Lane) if servers else ():
            held.enter_context(mock.patch.object(kind, "sleep", sleep))
            held.enter_context(mock.patch.object(kind, "monotonic", monotonic))
        held.enter_context(mock.patch("sys.stdin", Keyboard(typed)))
        held.enter_context(chdir(project))
        held.enter_context(redirect_stdout(out))
        held.enter_context(redirect_stderr(err))
        code = root(arguments)
    told, said = (one.bytes.getvalue().decode() for one in (out, err))
    return subprocess.CompletedProcess(list(arguments), code, told, said)
