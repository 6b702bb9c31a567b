"""How a test starts the tool in a process of its own: as a user does, or forked.

What a process loads (boto3, moto, cfn-lint) takes up to two seconds, and its work a tenth of that.
``COMMAND`` is a small client of a server that has loaded everything and forks for each command
(``server.py``): stdin, stdout, stderr, folder, variables, signals and exit code are those of the
client. Where an interpreter would start in another way than the server has, or with other code, the
client becomes ``START``; a test of what a start loads takes ``START`` itself.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

REPOSITORY = Path(__file__).parents[2]
START = [sys.executable, "-m", "bidops_cfn"]
# Those whom we start have it from us.
SOCKET = Path(
    os.environ.setdefault(
        "BIDOPS_CFN_TESTS_SERVER", f"{tempfile.gettempdir()}/bidops-cfn-{uuid4().hex}"
    )
)
CLIENT = Path(__file__).with_name("client.py")
COMMAND = [sys.executable, "-I", "-S", str(CLIENT), str(SOCKET)]


def run_with(
    variables: Mapping[str, str], *command: str, folder: Path = REPOSITORY
) -> subprocess.CompletedProcess[str]:
    """Run a command with ``variables``; nothing of the machine's own settings for AWS counts."""
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("AWS_")}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return subprocess.run(
        command,
        cwd=folder,
        env={**inherited, **nowhere, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def forking() -> Iterator[None]:
    """Hold the server, unless we were started by who holds it.

    It loads nothing before a command comes, and ends when we do.
    """
    if SOCKET.exists():
        yield
        return
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(SOCKET))
        listener.listen(64)
        with subprocess.Popen(
            [sys.executable, "-m", "tests.process.server", str(listener.fileno())],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        ):  # whose end closes stdin, and waits
            yield
    SOCKET.unlink()
