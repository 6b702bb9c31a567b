"""A command in a process of its own at a pseudo-terminal, as a person would run it."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.process.command import COMMAND

LIMIT_SECONDS = 60
CTRL_C = "\x03"


@dataclass
class Session:
    """The terminal's screen so far, and the process behind it."""

    process: subprocess.Popen[bytes]
    master: int
    screen: str = ""

    def read(self) -> bool:
        """Read what comes next; return False at the end."""
        ready, _, _ = select.select([self.master], [], [], LIMIT_SECONDS)
        assert ready, f"nothing more comes: {self.screen[-2000:]}"
        try:
            text = os.read(self.master, 4096)
        except OSError:  # the other side is closed
            return False
        self.screen += text.decode("utf-8", "replace")
        return bool(text)

    def until(self, text: str) -> None:
        """Read until ``text`` is on the screen."""
        while text not in self.screen:
            assert self.read(), f"no {text!r} came: {self.screen[-2000:]}"

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def end(self) -> int:
        """Read to the end and return the exit code."""
        while self.read():
            pass
        return self.process.wait(LIMIT_SECONDS)


@contextmanager
def session(
    arguments: Sequence[str], folder: Path, variables: Mapping[str, str]
) -> Iterator[Session]:
    """Hold a session in which ``bidops-cfn ARGUMENTS`` runs."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env={**os.environ, **variables, "TERM": "xterm-256color"},
        stdin=slave,
        stdout=subprocess.DEVNULL,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        held = Session(process, master)
        held.until("Checking the template")
        yield held
    finally:
        process.kill()
        process.wait()
        os.close(master)
