from __future__ import annotations

import re
from operator import attrgetter
from pathlib import Path
from typing import ClassVar

import pytest

from bidops_cfn.facts.reading import read
from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.rules import house_rules
from bidops_cfn.rules._document import document
from bidops_cfn.rules._expect import ABSENT, Forbidden, Keyed, Maybe, Unordered
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules._values import (
    CONTAINER,
    Given,
    OnlyFor,
    Rows,
    Values,
    leaves,
    of_model,
    of_settings,
    own,
)
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.spec.parts import Part
from tests.mutants.corpus import CASES
from tests.mutants.mutant import committed

REPOSITORY = Path(__file__).parents[2]
RULES = pytest.mark.parametrize("rule", house_rules(), ids=lambda rule: str(rule.id))
SPECIFICATION = (REPOSITORY / "docs" / "spec.md").read_text("utf-8")
REQUIREMENTS = frozenset(re.findall(r"\*\*((?:FR|SC)-\d{3})\*\*", SPECIFICATION))


def test_the_committed_page_is_what_the_rules_say() -> None:
    committed = (REPOSITORY / "docs" / "rules.md").read_text("utf-8")
    assert committed == document(), "stale: run make docs"


def test_the_page_has_every_rule_and_each_link_leads_somewhere() -> None:
    page = document()
    for rule in house_rules():
        assert f"\n### {rule.id}\n" in page
    links = set(re.findall(r"\]\(#(e\d{4})\)", page))
    assert links == {str(rule.id).lower() for rule in house_rules()}


def test_no_two_rules_have_the_same_id() -> None:
    files = (REPOSITORY / "bidops_cfn" / "rules").glob("*.py")
    texts = (file.read_text("utf-8") for file in files)
    ids = [one for text in texts for one in re.findall(r'^    id = "(\w+)"', text, re.MULTILINE)]
    assert sorted(ids) == [rule.id for rule in house_rules()], "one of each: take the next free id"


@RULES
def test_a_rule_says_what_must_hold_why_and_what_to_do(rule: HouseRule) -> None:
    assert re.fullmatch(r"E9[0-8]\d\d", rule.id)
    assert rule.severity == "error"
    assert len(rule.shortdesc) < 95
    assert not rule.shortdesc.endswith(".")
    assert rule.description.endswith(".")
    assert rule.source_url.startswith("https://")
    assert rule.fix
    assert not rule.fix.endswith(".")


@RULES
def test_a_rule_names_requirements_that_exist(rule: HouseRule) -> None:
    assert rule.requirements
    assert rule.tags == ["bidops", *rule.requirements]
    for requirement in rule.requirements:
        scenario = re.fullmatch(r"US[1-5]-[1-5]", requirement)
        assert requirement in REQUIREMENTS or requirement == "template" or scenario


@RULES
def test_a_rule_has_bad_cases(rule: HouseRule) -> None:
    assert any(cases.rule is type(rule) and cases.bad for cases in CASES)


@RULES
def test_a_rule_names_the_file_to_edit(rule: HouseRule) -> None:
    files = re.findall(r"[\w./<>]+\.(?:py|toml)\b|bidops_cfn/\w+/", rule.fix)
    assert files
    for file in files:
        assert (REPOSITORY / file.replace("<environment>", "dev")).exists(), file


@RULES
def test_a_rule_says_in_which_file_it_expects_what_it_does(rule: HouseRule) -> None:
    text = (REPOSITORY / rule.file).read_text(encoding="utf-8")
    assert f"class {type(rule).__name__}(" in text


@RULES
def test_a_title_leaves_to_settings_and_model_what_they_decide(rule: HouseRule) -> None:
    for service in SERVICES:
        assert service.health_path not in rule.shortdesc
        assert not re.search(rf"\b{service.name}\b", rule.shortdesc, re.IGNORECASE)
        assert str(service.port) not in rule.shortdesc


def test_every_requirement_that_a_template_can_show_is_guarded_by_a_rule() -> None:
    guarded = frozenset(name for rule in house_rules() for name in rule.requirements)
    functional = {name for name in REQUIREMENTS if name.startswith("FR")}
    assert functional - guarded == set()


VALUES = [rule for rule in house_rules() if isinstance(rule, Values)]


@pytest.mark.parametrize("rule", VALUES, ids=lambda rule: str(rule.id))
def test_the_settings_that_decide_a_value_exist(rule: Values, dev: Environment) -> None:
    for one in leaves(rule.rows):
        for key in one.keys if isinstance(one, Given) else ():
            own = key.removeprefix("services.<service>.")
            attrgetter(own)(dev if own == key else dev.services["bff"])


GRACE = of_settings("health_grace_seconds")
NAME = of_model("name")


@pytest.mark.parametrize(
    ("value", "asks"),
    [
        (GRACE, True),
        (Maybe(GRACE), True),
        (Keyed("Name", {"x": {"Value": GRACE}}), True),
        (Unordered([{"a": [GRACE]}]), True),
        (OnlyFor(lambda service: service.public, GRACE), True),
        (OnlyFor(lambda service: service.public, NAME), False),
        ({"a": [NAME, own(Part.CLUSTER), "text", 1]}, False),
    ],
)
def test_a_rule_needs_settings_where_they_decide_anything_of_a_value(
    value: object, asks: bool
) -> None:
    class Some(Values):
        rows: ClassVar[Rows] = {Part.SERVICE: {"Property": value}}

    assert Some.needs_settings is asks


def test_a_rule_judges_what_its_rows_name_and_not_what_must_not_be_there() -> None:
    class Some(Values):
        rows: ClassVar[Rows] = {
            Part.CPU_ALARM: {"Period": 60, "Metrics": ABSENT, "Unit": Forbidden("is a guess")},
            CONTAINER: {"User": "1000", "HealthCheck.Interval": 10},
            "AWS::S3::Bucket": {"BucketName": NAME},
        }

    assert Some.judges == (
        ("AWS::CloudWatch::Alarm", "Period"),
        ("AWS::ECS::TaskDefinition", "ContainerDefinitions[].User"),
        ("AWS::S3::Bucket", "BucketName"),
    )


def test_without_settings_the_missing_settings_are_all_that_is_found() -> None:
    template = committed("dev")
    judged = TemplateUnderReview(template, read(template), "dev", None)
    assert {rule.id for rule in house_rules() if rule.findings(judged)} == {"E9002"}
