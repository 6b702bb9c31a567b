"""A forked command is the tool as a user starts it."""

from __future__ import annotations

import shlex
import signal
import subprocess

import pytest

from tests.process.command import COMMAND, REPOSITORY, START

SCRIPT = """
told() { "$@"; echo "ended with $?"; }
told tool --version
told tool policy --env dev --role nobody
echo text | told tool deploy --env nowhere
BIDOPS_CFN_PROJECT=/nowhere told tool check --all
cd params && told tool render --env dev --check
told tool render --env dev | head -1
told tool render --env dev >/dev/full
told tool --version >&-
told tool deploy "two  words" "" <&-
LC_ALL=C told tool render --env "ü"
"""


def test_a_forked_command_does_as_one_that_is_started() -> None:
    assert COMMAND != START
    said = [
        subprocess.run(
            ["bash", "-c", f'tool() {{ {shlex.join(command)} "$@"; }}\n{SCRIPT}'],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        for command in (START, COMMAND)
    ]
    assert said[0] == said[1]
    assert said[0].count("ended with 2") >= 4


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_forked_command_dies_with_its_client(number: signal.Signals) -> None:
    """Its output, which it holds, is at an end."""
    with subprocess.Popen(
        [*COMMAND, "sandbox", "--env", "dev"], cwd=REPOSITORY, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"export ")
        process.send_signal(number)
        process.stdout.read()
    assert process.returncode == (0 if number == signal.SIGTERM else -number)


def test_a_client_ends_by_the_signal_that_its_command_ends_by() -> None:
    line = "kill -KILL $PPID"
    ended = subprocess.run(
        [*COMMAND, "sandbox", "--env", "dev", "--exec", line], cwd=REPOSITORY, check=False
    )
    assert ended.returncode == -signal.SIGKILL
