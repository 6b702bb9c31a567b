from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bidops_cfn.compute.parameters import conditions, parameters
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import BFF, SERVICES, Service

DIGEST = "@sha256:" + "0123456789abcdef" * 4


@pytest.mark.requirement("FR-019")
@pytest.mark.requirement("FR-020")
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_two_tasks_are_desired_by_default_and_at_most_ten(
    environment: Environment, service: Service
) -> None:
    count = {p.title: p.to_dict() for p in parameters(service, environment)}[
        f"{service.title}DesiredCount"
    ]
    assert (count["Type"], count["Default"]) == ("Number", 2)
    assert (count["MinValue"], count["MaxValue"]) == (0, 10)


def test_the_default_count_is_the_one_of_the_settings(dev: Environment) -> None:
    more = replace(dev, services={"bff": replace(dev.services["bff"], desired_count=4)})
    count = {p.title: p.to_dict() for p in parameters(BFF, more)}["BffDesiredCount"]
    assert count["Default"] == 4


def test_the_image_has_no_default(dev: Environment) -> None:
    image = {p.title: p.to_dict() for p in parameters(BFF, dev)}["BffImage"]
    assert image["Type"] == "String"
    assert "Default" not in image


@pytest.mark.parametrize(
    "reference", [":1.4.2", ":v1", ":latest-2", ":a" + "b" * 127, DIGEST, f":1.4.2{DIGEST}"]
)
def test_a_tag_a_digest_or_both_are_image_references(dev: Environment, reference: str) -> None:
    pattern = parameters(BFF, dev)[0].to_dict()["AllowedPattern"]
    assert re.search(pattern, reference)


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "1.4.2",
        ":latest",
        ":",
        ":-a",
        ":a" + "b" * 128,
        DIGEST[:-1],
        DIGEST + "0",
        f":1.4.2{DIGEST[:-1]}",
        f":1.4.2{DIGEST}{DIGEST}",
        f"{DIGEST}:1.4.2",
        "x:1",
        ":a b",
    ],
)
def test_anything_else_is_not(dev: Environment, reference: str) -> None:
    pattern = parameters(BFF, dev)[0].to_dict()["AllowedPattern"]
    assert not re.search(pattern, reference)


def test_a_count_of_zero_is_no_count() -> None:
    (condition,) = conditions(BFF).items()
    name, expression = condition
    assert name == "BffDesiredCountGiven"
    assert expression.to_dict() == {"Fn::Not": [{"Fn::Equals": [{"Ref": "BffDesiredCount"}, "0"]}]}
