"""Typing the commands of a console block in a shell, and reading what each prints."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.docs.change import apply
from tests.docs.page import LANGUAGES, Block, Typed, blocks
from tests.process.command import COMMAND

MARK = "@@ exit code"
# Nothing listens at the address: no command reaches a real AWS.
FIXED = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "NO_COLOR": "1"}
# What fails in a rehearsal has to be seen while it happens.
REHEARSED = {"BIDOPS_CFN_SANDBOX_PACE": "0.05"}
UNSET = ("AWS_PROFILE", "COLUMNS", "BIDOPS_CFN_PROJECT")


def script(commands: Sequence[Typed]) -> str:
    """Return a shell script that marks where the output of each command ends."""
    lines = [f'bidops-cfn() {{ {shlex.join(COMMAND)} "$@"; }}']
    for each in commands:
        lines += [each.command, "code=$?", f'printf "\\n{MARK} %s\\n" $code', "(exit $code)"]
    return "\n".join(lines) + "\n"


def typed_in(
    commands: Sequence[Typed], folder: Path, variables: Mapping[str, str]
) -> list[tuple[str, int]]:
    """Type ``commands`` in a shell in ``folder`` and return what each prints, and its exit code."""
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    result = subprocess.run(
        ["bash", "-c", script(commands)],
        cwd=folder,
        env={**environment, **FIXED, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    parts = re.split(rf"\n{MARK} (\d+)\n", result.stdout)
    return [
        (text, int(code)) for text, code in zip(parts[::2], map(int, parts[1::2]), strict=False)
    ]


def without_progress(printed: str, shown: str) -> str:
    """Return what is printed without the progress that only a slow moment of the machine shows."""
    lines = printed.splitlines(keepends=True)
    return "".join(
        line for line in lines if line in shown or re.match(r"[A-Z].* \.\.\.$", line) is None
    )


def hold_page(page: Path, folder: Path, sandbox: Mapping[str, str]) -> None:
    """Make the changes and type the commands of a page; ``sandbox`` is how the local AWS is met."""
    for block in blocks(page):
        if block.language not in LANGUAGES:
            apply(block, folder)
        elif block.info == "run":
            hold(block, folder, {})
        elif block.info == "sandbox":
            hold(block, folder, sandbox)


def hold(block: Block, folder: Path, variables: Mapping[str, str]) -> None:
    """Type a block's commands and fail where one does not do what the page shows."""
    commands = block.session
    pace = REHEARSED if "--rehearse" in block.text else {}
    ended = typed_in(commands, folder, {**variables, **pace})
    assert len(ended) == len(commands), f"line {block.line}: the session broke off"
    for number, (each, (printed, code)) in enumerate(zip(commands, ended, strict=True)):
        told = commands[number + 1].command == "echo $?" if number + 1 < len(commands) else False
        place = f"line {block.line}: $ {each.command}\n{printed}"
        assert code == 0 or told, f"{place}\nexit code {code}"
        assert each.matches(without_progress(printed, each.output)), (
            f"{place}\nthe page shows:\n{each.output}"
        )
