"""The lines that a change of a template adds to the review files, whole: ``lines.txt``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bidops_cfn.review.committed import environment_files
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from tests.review.conftest import added_lines
from tests.review.risks import cases

CASES = cases(Path(__file__).with_name("lines.toml"))
SHOWN = re.findall(
    r"(?m)^=== (.*)\n((?:(?!=== ).*\n)*)", Path(__file__).with_name("lines.txt").read_text("utf-8")
)


def added(name: str, before: Subject, files: dict[str, str], environment: Environment) -> str:
    """What a change adds, without the digest of the template."""
    after = Subject(environment, CASES[name].of(before.text))
    lines = added_lines(files, dict(environment_files(after)))
    return "".join(f"{file}: {line}\n" for file, line in lines if after.sha256 not in line)


def test_every_case_has_its_lines_in_the_file() -> None:
    assert [name for name, _ in SHOWN] == [*CASES]


@pytest.mark.parametrize(("name", "expected"), SHOWN, ids=CASES)
def test_a_change_adds_these_lines(
    name: str, expected: str, subject: Subject, reviewed: dict[str, str], prod: Environment
) -> None:
    assert added(name, subject, reviewed, prod) == expected
