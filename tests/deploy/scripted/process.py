"""The real command as a process of its own, against the scripted AWS over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.deploy.scripted.http_server import ScriptedServer, variables
from tests.images import EVERY_IMAGE, as_options

COMMAND = (sys.executable, "-m", "bidops_cfn")
LIMIT_SECONDS = 90
UPDATE = ("deploy", "--env", "dev", "--image", "bff=1.4.2", "--yes")
CREATE = (*UPDATE, *as_options({n: tag for n, tag in EVERY_IMAGE.items() if n != "bff"}))


def shell(server: ScriptedServer, project: Path, more: Mapping[str, str]) -> dict[str, str]:
    """The variables of a shell that reaches the scripted AWS; an empty one is not set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    region = server.world.environment.region
    cache = {"XDG_CACHE_HOME": str(project / ".cache"), "CI": ""}
    merged = {**kept, **cache, **variables(server.endpoint, region), **more}
    return {name: value for name, value in merged.items() if value}


def run(
    server: ScriptedServer, project: Path, *arguments: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run ``bidops-cfn ARGUMENTS`` in the project, with ``more`` variables; return how it ended."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=project,
        env=shell(server, project, more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


def until(happened: Callable[[], object]) -> None:
    """Wait until something has happened in the scripted AWS."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it never happens"
        time.sleep(0.05)
