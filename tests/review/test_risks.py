"""A risky change shows in at most three lines of the review files; ``diff`` calls it widened."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bidops_cfn.facts.changes import Change
from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.review import committed
from bidops_cfn.review.difference.comment import comment
from bidops_cfn.review.difference.compared import Difference, Version, as_json, compare
from bidops_cfn.review.difference.text import text
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from tests.review.risks import (
    RISKS,
    UNREAD,
    Risk,
    container,
)

GIT = shutil.which("git") or "git"
MOST_LINES = 3
BOUND = "permissions boundary: arn:aws:iam::aws:policy/AdministratorAccess instead of none"
UNBOUND = "permissions boundary: none instead of arn:aws:iam::aws:policy/AdministratorAccess"
COMMENT = 65_536  # characters that a code host takes
TABLES = ("iam.tsv", "network.tsv")


def write(folder: Path, subject: Subject) -> None:
    for name, content in committed.environment_files(subject):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")


@pytest.fixture(scope="module")
def before(subject: Subject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("before")
    write(folder, subject)
    return folder


def added_lines(before: Path, after: Path) -> Iterator[tuple[str, str]]:
    """Yield file name and text of each line that ``git diff`` shows as added."""
    done = subprocess.run(
        [GIT, "diff", "--no-index", "--no-color", "--unified=0", str(before), str(after)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, "git sees a difference"
    name = ""
    for line in done.stdout.splitlines():
        if line.startswith("+++ "):
            name = line.rpartition("/")[2]
        elif line.startswith("+"):
            yield name, line[1:]


@pytest.mark.parametrize("risk", RISKS, ids=[risk.name.replace(" ", "-") for risk in RISKS])
def test_a_risk_shows_in_few_lines_and_is_called_widened(
    risk: Risk, subject: Subject, prod: Environment, before: Path, tmp_path: Path
) -> None:
    after = Subject(prod, risk.of(subject.text))
    write(tmp_path, after)
    added = list(added_lines(before, tmp_path))

    facts = [line for name, line in added if name in TABLES]
    showing = [line for _, line in added if risk.shown in line]
    assert 1 <= len(showing) <= MOST_LINES, added
    assert len(facts) <= MOST_LINES, facts
    assert "> [!CAUTION]" in [line for _, line in added], "the box of REVIEW.md is not green"

    old = Version("before", subject.text, subject.template, subject.names.shown)
    new = Version("after", after.text, after.template, subject.names.shown)
    difference = compare(old, new)
    if risk.name == "bound a role by another policy":
        # A boundary restricts whatever it says, and losing it is what widens.
        assert {one.shown for one in difference.of(Change.NARROWED)} == {BOUND}
        assert {one.shown for one in compare(new, old).of(Change.WIDENED)} == {UNBOUND}
        return
    assert difference.of(Change.WIDENED), "the change widens access"
    undone = compare(new, old)
    # What nothing reads may have been a guard: that it is gone, is not surely less.
    less = undone.of(Change.UNKNOWN) if risk.name == "add a user" else undone.of(Change.NARROWED)
    assert less, "undoing it narrows access"
    every_form_tells_of_it(difference)


@pytest.mark.parametrize("risk", UNREAD, ids=[one.name for one in UNREAD])
def test_what_nothing_reads_is_alarming_and_opens_the_claims_that_rest_on_it(
    risk: Risk, subject: Subject, prod: Environment, before: Path, tmp_path: Path
) -> None:
    logical_id, what = risk.at, risk.shown
    after = Subject(prod, risk.of(subject.text))
    write(tmp_path, after)
    added = [line for _, line in added_lines(before, tmp_path)]

    alarm = f"| ❌ **Property that no review looks into** | {logical_id} | `{what}` | **no requ"
    assert any(line.startswith(alarm) for line in added), added
    assert "> [!CAUTION]" in added
    if logical_id.endswith(("Service", "TaskDefinition")):
        service = "bff" if logical_id.startswith("Bff") else "agentcore"
        opened = {one.claim.subject for one in after.verdicts if one.outcome is Outcome.UNKNOWN}
        assert service in opened
    difference = compare(
        Version("before", subject.text, subject.template),
        Version("after", after.text, after.template),
    )
    assert [one.subject for one in difference.of(Change.UNKNOWN)] == [logical_id]


def test_a_plain_variable_with_another_value_is_alarming_and_shows_it(
    subject: Subject, prod: Environment
) -> None:
    template = json.loads(subject.text)
    for one in container(template, "Bff")["Environment"]:
        if one["Name"] == "AGENTCORE_URL":
            one["Value"] = "http://agent.example"
    files = dict(committed.environment_files(Subject(prod, json.dumps(template))))
    shown = "❌ **Plain variable** | bff | `AGENTCORE_URL = http://agent.example` | **no req"
    assert shown in files["prod/REVIEW.md"]


def every_form_tells_of_it(difference: Difference) -> None:
    lines = text(difference).splitlines()
    assert any(line.startswith("  WIDENED ") for line in lines)
    assert all(len(line) <= 100 or " " not in line.strip() for line in lines)
    assert "> **Access is widened.**" in comment(difference)
    assert len(comment(difference)) < COMMENT
    parsed = json.loads(as_json(difference))
    widened = [one for one in parsed["access"] if one["change"] == "widened"]
    assert parsed["widened"] == len(widened) >= 1
    assert all(one["pointer"].startswith("/") for one in parsed["access"])
