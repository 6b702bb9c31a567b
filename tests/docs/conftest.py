"""What the commands of a page are typed in: a copy of the project, beside a local AWS."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.docs.page import REPOSITORY
from tests.process.command import COMMAND


@pytest.fixture
def copy(project: Path) -> Path:
    """A copy of the project with the tool's own code, to type the commands of a page in."""
    for package in ("bidops_cfn", "bidops_cfn_sandbox"):
        shutil.copytree(REPOSITORY / package, project / package)
    return project


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Mapping[str, str]]:
    """The variables of a local AWS for the environment dev, in a process of its own."""
    with subprocess.Popen(
        [*COMMAND, "sandbox", "--env", "dev"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline() for _ in range(5)]
            exported = [shlex.split(line)[1].partition("=") for line in lines]
            yield {name: value for name, _, value in exported}
        finally:
            process.terminate()
            process.wait(timeout=30)
