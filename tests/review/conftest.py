"""The committed templates as subjects of a review; they are pure, so that all tests share them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.project import Project
from bidops_cfn.review.committed import environment_files
from bidops_cfn.review.rule_packs import read_lists
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from tests.conftest import REPOSITORY

MOST_LINES = 3  # that one change adds to the files of an environment
TEMPLATES = Path(__file__).parents[2] / "templates"


def added_lines(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield file name and text of each line that a reviewer sees added."""
    for name, text in after.items():
        for line in unified_diff(before[name].splitlines(), text.splitlines(), n=0):
            if line.startswith("+") and not line.startswith("+++"):
                yield name.rpartition("/")[2], line[1:]


def committed(name: str) -> str:
    return (TEMPLATES / name / "compute.json").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def subjects(environments: dict[str, Environment]) -> list[Subject]:
    """Every environment's committed template, in alphabetical order."""
    lists = read_lists(Project(REPOSITORY))
    return [
        Subject(environments[name], committed(name), rule_lists=lists)
        for name in sorted(environments)
    ]


@pytest.fixture(scope="session")
def subject(prod: Environment) -> Subject:
    """The committed template of prod."""
    return Subject(prod, committed("prod"))


@pytest.fixture(scope="session")
def reviewed(subject: Subject) -> dict[str, str]:
    """The review files of prod."""
    return dict(environment_files(subject))


@pytest.fixture(scope="session")
def dev_subject(dev: Environment) -> Subject:
    """The committed template of dev."""
    return Subject(dev, committed("dev"))


@pytest.fixture
def template() -> dict[str, Any]:
    """The committed template of prod, to change."""
    found: dict[str, Any] = json.loads(committed("prod"))
    return found


@dataclass
class Edited:
    """The committed template of prod, to change, and what a review says of it then."""

    environment: Environment
    template: dict[str, Any]

    @property
    def subject(self) -> Subject:
        return Subject(self.environment, json.dumps(self.template))


@pytest.fixture
def edited(prod: Environment, template: dict[str, Any]) -> Edited:
    """The committed template of prod, to change and to review."""
    return Edited(prod, template)
