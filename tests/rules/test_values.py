from __future__ import annotations

from typing import ClassVar

import pytest

from bidops_cfn.facts.reading import read
from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.rules import house_rules
from bidops_cfn.rules._expect import ABSENT, Forbidden, Keyed, Maybe, Unordered
from bidops_cfn.rules._values import CONTAINER, Rows, Values, of_model, of_settings, own, where
from bidops_cfn.spec.parts import Part
from tests.mutants.committed import committed

GRACE = of_settings(lambda one, _: one.health_grace_seconds)
NAME = of_model(lambda service: service.name)


@pytest.mark.parametrize(
    ("value", "asks"),
    [
        (GRACE, True),
        (Maybe(GRACE), True),
        (Keyed("Name", {"x": {"Value": GRACE}}), True),
        (Unordered([{"a": [GRACE]}]), True),
        (where(lambda service: service.public, GRACE), True),
        (where(lambda service: service.public, NAME), False),
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
