from __future__ import annotations

from dataclasses import replace

import pytest

from bidops_cfn.compute.task_definitions import log_groups
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import BFF, SERVICES, Service
from bidops_cfn.settings.tables import Logs


@pytest.mark.requirement("FR-010")
@pytest.mark.requirement("FR-044")
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_each_service_has_a_log_group_that_keeps_seven_days(
    environment: Environment, service: Service
) -> None:
    (group,) = log_groups(service, environment)
    assert group.title == f"{service.title}LogGroup"
    assert group.to_dict()["Type"] == "AWS::Logs::LogGroup"
    assert group.to_dict()["Properties"]["RetentionInDays"] == 7
    assert "LogGroupName" not in group.to_dict()["Properties"]


@pytest.mark.parametrize(
    ("name", "policies"),
    [
        ("dev", ("Delete", "Delete")),
        ("test", ("Delete", "Delete")),
        ("prod", ("RetainExceptOnCreate", "Retain")),
    ],
)
def test_only_production_keeps_its_logs_when_the_stack_goes(
    environments: dict[str, Environment], name: str, policies: tuple[str, str]
) -> None:
    """A failed creation leaves no empty group behind; there is no such policy for replacement."""
    made = log_groups(BFF, environments[name])[0].to_dict()
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == policies


def test_a_key_encrypts_the_log_group_where_settings_name_one(dev: Environment) -> None:
    key = "arn:aws:kms:us-east-1:111111111111:key/1"
    encrypted = replace(dev, logs=Logs(retain=False, key_arn=key))
    assert log_groups(BFF, encrypted)[0].to_dict()["Properties"]["KmsKeyId"] == key
    assert "KmsKeyId" not in log_groups(BFF, dev)[0].to_dict()["Properties"]
