from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from bidops_cfn.compute import template as rendered
from bidops_cfn.review.environments import (
    access_differences,
    environments_page,
    property_differences,
    stand_ins,
)
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from tests.review.risks import bring, properties
from tests.rules.test_other_settings import ADDITIONS


def with_prod(
    subjects: list[Subject], template: dict[str, Any], prod: Environment
) -> list[Subject]:
    changed = Subject(prod, json.dumps(template))
    return [changed if one.name == "prod" else one for one in subjects]


def test_a_permission_of_one_environment_alone_is_unexpected(
    subjects: list[Subject], template: dict[str, Any], prod: Environment
) -> None:
    bring("let the agent delete objects", template)
    found = access_differences(with_prod(subjects, template, prod))
    (new,) = [one for one in found if "s3:DeleteObject" in one.what]
    assert new.values == ("no", "yes", "no")
    assert not new.reason


def test_an_open_group_of_one_environment_alone_is_unexpected(
    subjects: list[Subject], template: dict[str, Any], prod: Environment
) -> None:
    bring("open bff to the world", template)
    page = environments_page(with_prod(subjects, template, prod))
    assert "1 unexpected" in page
    assert "stands in `bidops_cfn/spec/differences.py`" in page
    assert "| `bff ingress tcp 3000 0.0.0.0/0` | no | yes | no | ❌ **no** |" in page


def test_a_property_that_no_setting_explains_is_unexpected(
    subjects: list[Subject], template: dict[str, Any], prod: Environment
) -> None:
    properties(template, "BffTargetGroup")["HealthCheckTimeoutSeconds"] = 9
    found = property_differences(with_prod(subjects, template, prod))
    (new,) = [one for one in found if not one.reason]
    assert new.what == "BffTargetGroup Properties/HealthCheckTimeoutSeconds"


def test_names_are_replaced_as_whole_words(prod: Environment) -> None:
    named = stand_ins(prod)
    assert named("bidopsai-prod-bff, product") == "bidopsai-<environment>-bff, product"
    assert named("parameter/bidopsai/prod/bff/*") == "parameter/<configuration of bff>/*"
    assert named("arn:aws:sns:us-east-1:333333333333:x") == "arn:aws:sns:us-east-1:<account>:x"


def test_one_environment_alone_differs_in_nothing(subject: Subject) -> None:
    assert access_differences([subject]) == ()
    assert property_differences([subject]) == ()


REASONS = {
    "a rule of the balancer": {
        "setting `network.load_balancer_rules`",
        "setting `network.*_rules`",
    },
    "a key for the knowledge base": {"setting `security.knowledge_base_key_output`"},
    "a key for configuration": {"setting `security.configuration_key_output`"},
    "one key for everything": {
        "setting `security.secrets_key_output`",
        "setting `security.configuration_key_output`",
        "setting `security.knowledge_base_key_output`",
    },
    "GuardDuty": {"setting `security.guardduty_repository_arn`"},
    "a key for storage": {"setting `security.storage_key_arn`"},
    "ARM": {"setting `services.*.architecture`"},
    "profiles only": {"setting `services.*.bedrock.profiles_only`"},
    "ECS Exec": {
        "setting `security.exec_log_group`",
        "setting `services.*.tmpfs`, or `security.exec_log_group`",
    },
    "events": {"setting `alarms.events_topic_arn`"},
    "fast metrics": {"setting `scaling.high_resolution_metrics`"},
}


def test_every_optional_setting_is_compared() -> None:
    assert REASONS.keys() == ADDITIONS.keys()


@pytest.mark.parametrize(("name", "reasons"), REASONS.items(), ids=REASONS)
def test_what_an_optional_setting_adds_to_one_environment_is_expected(
    subjects: list[Subject], dev: Environment, name: str, reasons: set[str]
) -> None:
    changed = ADDITIONS[name](dev)
    others = [one for one in subjects if one.name != "dev"]
    with_it = [Subject(changed, rendered.render(changed)), *others]

    def found(some: list[Subject]) -> dict[str, str]:
        both = (*access_differences(some), *property_differences(some))
        return {one.what: one.reason for one in both}

    before, after = found(subjects), found(with_it)
    assert {reason for what, reason in after.items() if what not in before} == reasons


def test_an_environment_in_the_account_of_production_is_told_of(subjects: list[Subject]) -> None:
    account = next(one.environment.account_id for one in subjects if one.name == "prod")
    both = [
        Subject(dataclasses.replace(one.environment, account_id=account), one.text)
        if one.name == "test"
        else one
        for one in subjects
    ]
    page = environments_page(both)
    assert f"> ❌ test is in the account of prod, {account}: " in page
    assert "> [!CAUTION]" in page
    assert "in the account of prod" not in environments_page(subjects)
