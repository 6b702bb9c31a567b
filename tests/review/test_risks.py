"""Changes of a template, as review files and ``diff`` show them.

A risky one shows in at most three lines of the review files, and ``diff`` calls it widened. The
lines that some add, whole, stand in ``lines.txt``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bidops_cfn.facts.changes import Change
from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.review.committed import environment_files
from bidops_cfn.review.difference.comment import comment
from bidops_cfn.review.difference.compared import Difference, Version, as_json, compare
from bidops_cfn.review.difference.text import text
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from tests.review.conftest import MOST_LINES, added_lines
from tests.review.risks import RISKS, UNREAD, Risk, cases, container

BOUND = "permissions boundary: arn:aws:iam::aws:policy/AdministratorAccess instead of none"
UNBOUND = "permissions boundary: none instead of arn:aws:iam::aws:policy/AdministratorAccess"
# What nothing reads may have been a guard, and what two patterns take is not compared.
NO_LESS = {"add a user": Change.UNKNOWN, "let a deployment choose any image": Change.WIDENED}
COMMENT = 65_536  # characters that a code host takes
TABLES = ("iam.tsv", "network.tsv")


@pytest.fixture(scope="module")
def old(subject: Subject) -> Version:
    return Version("before", subject.text, subject.template, subject.names.shown)


@pytest.mark.parametrize("risk", RISKS, ids=[risk.name.replace(" ", "-") for risk in RISKS])
def test_a_risk_shows_in_few_lines_and_is_called_widened(
    risk: Risk, old: Version, prod: Environment, reviewed: dict[str, str]
) -> None:
    after = Subject(prod, risk.of(old.text))
    added = list(added_lines(reviewed, dict(environment_files(after))))

    facts = [line for name, line in added if name in TABLES]
    showing = [line for _, line in added if risk.shown in line]
    assert 1 <= len(showing) <= MOST_LINES, added
    assert len(facts) <= MOST_LINES, facts
    assert "> [!CAUTION]" in [line for _, line in added], "the box of REVIEW.md is not green"

    new = Version("after", after.text, after.template, old.shown)
    difference = compare(old, new)
    if risk.name == "bound a role by another policy":
        # A boundary restricts whatever it says, and losing it is what widens.
        assert {one.shown for one in difference.of(Change.NARROWED)} == {BOUND}
        assert {one.shown for one in compare(new, old).of(Change.WIDENED)} == {UNBOUND}
        return
    assert difference.of(Change.WIDENED), "the change widens access"
    undone = compare(new, old)
    assert undone.of(NO_LESS.get(risk.name, Change.NARROWED)), "undoing it narrows access"
    every_form_tells_of_it(difference)


def test_what_nothing_reads_is_alarming_and_opens_the_claims_that_rest_on_it(
    old: Version, prod: Environment, reviewed: dict[str, str]
) -> None:
    template = json.loads(old.text)
    for risk in UNREAD:
        risk.change(template)
    after = Subject(prod, json.dumps(template))
    added = [line for _, line in added_lines(reviewed, dict(environment_files(after)))]
    doubts = {
        (one.claim.subject, witness.text)
        for one in after.verdicts
        if one.outcome is Outcome.UNKNOWN
        for witness in one.witnesses
    }
    difference = compare(old, Version("after", after.text, after.template))
    untold = {one.subject: one.shown for one in difference.of(Change.UNKNOWN)}

    assert "> [!CAUTION]" in added
    assert untold.keys() == {risk.at for risk in UNREAD}
    for logical_id, what in ((risk.at, risk.shown) for risk in UNREAD):
        alarm = f"| ❌ **Property that no review looks into** | {logical_id} | `{what}` | **no requ"
        assert any(line.startswith(alarm) for line in added), alarm
        assert what in untold[logical_id]
        if logical_id.endswith(("Service", "TaskDefinition")):
            service = "bff" if logical_id.startswith("Bff") else "agentcore"
            assert (service, f"{logical_id} has {what}, which no fact looks into") in doubts


def test_a_plain_variable_with_another_value_is_alarming_and_shows_it(
    subject: Subject, prod: Environment
) -> None:
    template = json.loads(subject.text)
    for one in container(template, "Bff")["Environment"]:
        if one["Name"] == "AGENTCORE_URL":
            one["Value"] = "http://agent.example"
    files = dict(environment_files(Subject(prod, json.dumps(template))))
    shown = "❌ **Plain variable** | bff | `AGENTCORE_URL = http://agent.example` | **no req"
    assert shown in files["prod/REVIEW.md"]


def every_form_tells_of_it(difference: Difference) -> None:
    lines, page = text(difference).splitlines(), comment(difference)
    assert any(line.startswith("  WIDENED ") for line in lines)
    assert all(len(line) <= 100 or " " not in line.strip() for line in lines)
    assert "> **Access is widened.**" in page
    assert len(page) < COMMENT
    parsed = json.loads(as_json(difference))
    widened = [one for one in parsed["access"] if one["change"] == "widened"]
    assert parsed["widened"] == len(widened) >= 1
    assert all(one["pointer"].startswith("/") for one in parsed["access"])


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
