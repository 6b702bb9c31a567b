"""Settings that stand in no template: what guards a deployment, and on whose behalf it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bidops_cfn.review.difference.settings import (
    Direction,
    import_names,
    rows_in,
    rows_of,
    setting_changes,
    words_of,
)
from bidops_cfn.review.settings_facts import settings_tsv
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Export, Reference, StackOutput

ON, OFF = "true", "false"
ALARM = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:"


@pytest.mark.parametrize(
    ("key", "before", "after", "direction"),
    [
        ("deploy.termination_protection", ON, OFF, Direction.WEAKENED),
        ("deploy.termination_protection", OFF, ON, Direction.STRENGTHENED),
        ("deploy.confirm_name", ON, OFF, Direction.WEAKENED),
        ("deploy.pin_digest", ON, OFF, Direction.WEAKENED),
        ("deploy.scan_findings", "CRITICAL", "none", Direction.WEAKENED),
        ("deploy.scan_findings", "HIGH", "CRITICAL", Direction.WEAKENED),
        ("deploy.scan_findings", "none", "CRITICAL", Direction.STRENGTHENED),
        ("deploy.scan_findings", "CRITICAL", "LOW", Direction.STRENGTHENED),
        ("deploy.monitoring_minutes", "15", "0", Direction.WEAKENED),
        ("deploy.monitoring_minutes", "0", "15", Direction.STRENGTHENED),
        ("deploy.rollback_alarms", f'["{ALARM}a"]', "[]", Direction.WEAKENED),
        ("deploy.rollback_alarms", f'["{ALARM}a"]', f'["{ALARM}b"]', Direction.WEAKENED),
        ("deploy.rollback_alarms", "[]", f'["{ALARM}a"]', Direction.STRENGTHENED),
        ("deploy.rollback_alarms", f'["{ALARM}a", "b"]', f'["b", "{ALARM}a"]', Direction.CHANGED),
        ("deploy.role_arn", "none", "arn:aws:iam::111111111111:role/x", Direction.UNKNOWN),
        ("deploy.timeout_minutes", "30", "60", Direction.CHANGED),
        ("stackset.auto_deployment", OFF, ON, Direction.WEAKENED),
        ("stackset.auto_deployment", ON, OFF, Direction.STRENGTHENED),
        ("stackset.delegated", OFF, ON, Direction.CHANGED),
        ("stackset.failure_tolerance", "0", "5", Direction.WEAKENED),
        ("stackset.failure_tolerance", "5", "0", Direction.STRENGTHENED),
        ("stackset.organizational_units", '["ou-a"]', '["ou-a", "ou-b"]', Direction.WEAKENED),
        ("stackset.organizational_units", '["ou-a", "ou-b"]', '["ou-a"]', Direction.STRENGTHENED),
        ("stackset.accounts", '["1"]', "[]", Direction.WEAKENED),
        ("stackset.accounts", '["1"]', '["2"]', Direction.WEAKENED),
        ("stackset.accounts", "[]", '["1"]', Direction.STRENGTHENED),
        ("stackset.accounts", '["1", "2"]', '["2", "1"]', Direction.CHANGED),
        ("stackset.name", "a", "b", Direction.CHANGED),
        ("drill.fis_template", "none", "EXT1a2b3c4d", Direction.CHANGED),
        ("capacity.spot_discount_percent", "60", "70", Direction.WEAKENED),
        ("capacity.spot_discount_percent", "70", "60", Direction.STRENGTHENED),
        ("account_id", "111111111111", "222222222222", Direction.UNKNOWN),
        ("region", "us-east-1", "eu-west-1", Direction.CHANGED),
        ("tags.Owner", "a", "b", Direction.CHANGED),
    ],
)
def test_a_changed_setting_of_the_deployment_has_a_direction(
    key: str, before: str, after: str, direction: Direction
) -> None:
    (found,) = setting_changes({key: before}, {key: after})
    assert (found.key, found.direction) == (key, direction)
    assert setting_changes({key: before}, {key: before}) == ()


def test_switches_are_on_and_off() -> None:
    key = "deploy.termination_protection"
    (found,) = setting_changes({key: ON}, {key: OFF})
    assert (found.name, found.before, found.after) == ("termination protection", "on", "off")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("account_id", "account id"),
        ("capacity.spot_discount_percent", "spot discount percent"),
        ("deploy.pin_digest", "pin digest"),
        ("drill.fis_template", "drill fis template"),
        ("stackset.auto_deployment", "stackset auto deployment"),
        ("tags.Cost_Center", "tags.Cost_Center"),
    ],
)
def test_a_setting_reads_in_words(key: str, name: str) -> None:
    assert words_of(key) == name


def test_a_setting_that_one_side_does_not_know_is_none_but_for_tags() -> None:
    assert setting_changes({"region": "a"}, {"deploy.confirm_name": ON}) == ()
    tags = setting_changes({"tags.A": "a"}, {"tags.B": "b"})
    assert [(one.key, one.before, one.after) for one in tags] == [
        ("tags.A", "a", "absent"),
        ("tags.B", "absent", "b"),
    ]


def test_settings_of_the_template_are_left_to_the_template() -> None:
    assert setting_changes({"services.bff.cpu": "512"}, {"services.bff.cpu": "1024"}) == ()


def test_committed_rows_are_those_of_the_settings(environment: Environment) -> None:
    exceptions: dict[str, tuple[Reference, ...]] = {
        "network.VpcId": (Export("shared-vpc"),),
        "network.PrivateAppSubnetIds": (StackOutput("NetworkStack", "A"), Constant("subnet-1")),
        "network.VpcEndpointSecurityGroupId": (StackOutput("N", "B", "eu-west-1", "arn:r"),),
    }
    names = ImportNames("{environment}-{stack}-{output}", exceptions)
    subject = Subject(replace(environment, imports=names), "{}")
    rows = rows_in(settings_tsv(subject))
    assert rows == rows_of(subject)
    assert import_names(rows) == names
