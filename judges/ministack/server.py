"""MiniStack as a process of its own, on 127.0.0.1 alone, which ends with the ``with`` block."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from judges.rule_packs import INSTALLED

HERE = INSTALLED / "ministack"
PROGRAM = HERE / "bin" / "ministack"
HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 10


def tell_missing() -> str:
    """Return why MiniStack cannot run here, or ""."""
    return "" if PROGRAM.is_file() else "MiniStack is not installed: make emulator"


@contextmanager
def run_ministack(folder: Path) -> Iterator[str]:
    """Yield the address of a MiniStack that keeps what it writes in ``folder``.

    Raises ``RuntimeError`` with what it printed when it does not answer.
    """
    port = find_free_port()
    printed = folder / "printed"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [PROGRAM],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "TMPDIR": str(folder),
                "BIND_HOST": HOST,
                "GATEWAY_PORT": str(port),
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for_port(process, port, printed)
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def find_free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        return int(listening.getsockname()[1])


def wait_for_port(process: subprocess.Popen[bytes], port: int, printed: Path) -> None:
    """Return once the port takes connections; raise ``RuntimeError`` when it never does."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as connection:
            if connection.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    last = printed.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
    raise RuntimeError("\n".join(["MiniStack does not answer", *last]))
