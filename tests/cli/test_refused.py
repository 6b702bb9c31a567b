"""Command lines that ask for something impossible: what each is answered with, as a whole.

``PROJECT`` stands for the project's folder, ``SERVICES`` for the names of all services, and
``CRASHES`` and ``UNHEALTHY`` for what may be rehearsed of each.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from bidops_cfn.cli.root import root
from bidops_cfn.settings.services import SERVICES

SAID = Path(__file__).with_name("refused.txt").read_text("utf-8")
CASES = re.findall(r"^\$ bidops-cfn (.*)\n((?:(?!\$ ).*\n)*)", SAID, re.MULTILINE)
NAMED = {
    "SERVICES": ", ".join(one.name for one in SERVICES),
    "CRASHES": ", ".join(f"crash:{one.name}" for one in SERVICES),
    "UNHEALTHY": ", ".join(f"unhealthy:{one.name}" for one in SERVICES),
}


def files(project: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("line", "said"), CASES, ids=lambda one: one.split("\n")[0])
def test_what_is_impossible_is_refused_with_the_next_step_and_nothing_is_written(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    said: str,
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # no command reaches an AWS
    before = files(project)
    for word, names in NAMED.items():
        said = said.replace(word, names)
    assert root(shlex.split(line)) == 2
    out, err = capsys.readouterr()
    assert (out, err.replace(str(project), "PROJECT").rstrip()) == ("", said.rstrip())
    assert files(project) == before
