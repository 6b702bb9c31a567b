"""The committed files, and what is refused as a template."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.errors import UsageError
from bidops_cfn.review import committed
from bidops_cfn.review.requirements import requirements
from bidops_cfn.review.subject import MOST_LEVELS, Subject, parse
from bidops_cfn.review.traceability import Check, Rule
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from tests.review.conftest import Edited

TEMPLATES = Path(__file__).parents[2] / "templates"


def test_the_committed_files_are_what_their_templates_say(subjects: list[Subject]) -> None:
    for subject in subjects:
        for name, text in committed.environment_files(subject):
            assert (TEMPLATES / name).read_text(encoding="utf-8") == text, name


def test_nothing_stands_against_the_committed_templates(subjects: list[Subject]) -> None:
    guard = Rule("E9000", "a rule", "", frozenset(requirements()), "")
    check = Check((guard,), {one.name: frozenset() for one in subjects})
    files = dict(committed.repository_files(subjects, check))
    for subject in subjects:
        files |= dict(committed.environment_files(subject))
        assert subject.sha256 in files["ENVIRONMENTS.md"]
    pages = [text for name, text in files.items() if name.endswith(".md")]
    assert len(pages) == len(subjects) + 2
    assert not [page for page in pages if "[!CAUTION]" in page]
    assert not [name for name, text in files.items() if "\tNONE" in text or "alarming: " in text]


def test_a_review_fits_a_page(subjects: list[Subject]) -> None:
    for subject in subjects:
        text = dict(committed.environment_files(subject))[f"{subject.name}/REVIEW.md"]
        assert len(text.splitlines()) < 400
        assert len(text.encode()) < 12_000 + 4_000 * len(SERVICES)


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    if isinstance(value, list):
        return [shuffled(one, chance) for one in value]
    return value


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_keys_changes_nothing_but_the_digest(
    subject: Subject, prod: Environment, seed: int
) -> None:
    text = json.dumps(shuffled(subject.template, random.Random(seed)))
    other = Subject(prod, text)
    for (name, one), (_, two) in zip(
        committed.environment_files(subject), committed.environment_files(other), strict=True
    ):
        assert one.replace(subject.sha256, "") == two.replace(other.sha256, ""), name


@pytest.mark.parametrize(
    "hostile",
    [
        {},
        {"Resources": []},
        {"Resources": {"A": None, "B": {"Type": 1}, "C": {"Type": "AWS::IAM::Role"}}},
        {"Resources": {"A": {"Type": "AWS::ECS::Service", "Properties": {"LoadBalancers": 1}}}},
        {"Parameters": 1, "Outputs": "x", "Conditions": [], "Metadata": 3},
        {"Resources": {"A": {"Type": "AWS::IAM::Role", "Properties": {"Policies": "x"}}}},
    ],
)
def test_a_malformed_template_gives_a_review_that_proves_nothing(
    hostile: dict[str, Any], prod: Environment
) -> None:
    subject = Subject(prod, json.dumps(hostile))
    files = dict(committed.environment_files(subject))
    review = files["prod/REVIEW.md"]
    assert "[!CAUTION]" in review
    assert "PROVED" not in review.replace("REFUTED", "")
    assert dict(committed.repository_files([subject], Check()))


def test_a_template_without_a_service_has_nothing_proved_about_it(edited: Edited) -> None:
    for name in [one for one in edited.template["Resources"] if one.startswith("AgentCore")]:
        del edited.template["Resources"][name]
    subject = edited.subject
    about = [one for one in subject.verdicts if one.claim.subject == "agentcore"]
    assert about
    assert {one.outcome for one in about} == {"UNKNOWN"}


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        ("[]", "it is not a JSON object"),
        ('{"Resources": {"A": 1, "A": 2}}', "the key A stands twice"),
        (nested(MOST_LEVELS + 1), "it nests deeper"),
        (nested(100_000), "cannot read"),
    ],
)
def test_what_is_no_template_is_refused_with_its_name(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        parse(text, "one.json")
    assert "cannot read one.json" in str(caught.value)


def test_a_template_may_be_deep() -> None:
    assert parse(nested(MOST_LEVELS - 1), "x")


def test_a_template_that_branches_too_much_proves_nothing(prod: Environment) -> None:
    conditions = {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n}"}, "x"]} for n in range(20)}
    resources = {f"R{n}": {"Type": "AWS::SNS::Topic", "Condition": f"C{n}"} for n in range(20)}
    subject = Subject(prod, json.dumps({"Conditions": conditions, "Resources": resources}))
    assert subject.facts.incomplete
    assert not [one for one in subject.verdicts if one.outcome == "PROVED"]
