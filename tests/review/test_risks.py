"""A risky change shows in at most three lines of the review files; ``diff`` calls it widened."""

from __future__ import annotations

import json

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
from tests.review.risks import RISKS, UNREAD, Risk, container

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


@pytest.mark.parametrize("risk", UNREAD, ids=[one.name for one in UNREAD])
def test_what_nothing_reads_is_alarming_and_opens_the_claims_that_rest_on_it(
    risk: Risk, old: Version, prod: Environment, reviewed: dict[str, str]
) -> None:
    logical_id, what = risk.at, risk.shown
    after = Subject(prod, risk.of(old.text))
    added = [line for _, line in added_lines(reviewed, dict(environment_files(after)))]

    alarm = f"| ❌ **Property that no review looks into** | {logical_id} | `{what}` | **no requ"
    assert any(line.startswith(alarm) for line in added), added
    assert "> [!CAUTION]" in added
    if logical_id.endswith(("Service", "TaskDefinition")):
        service = "bff" if logical_id.startswith("Bff") else "agentcore"
        opened = {one.claim.subject for one in after.verdicts if one.outcome is Outcome.UNKNOWN}
        assert service in opened
    difference = compare(old, Version("after", after.text, after.template))
    assert [one.subject for one in difference.of(Change.UNKNOWN)] == [logical_id]


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
