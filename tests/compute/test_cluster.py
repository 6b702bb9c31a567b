from __future__ import annotations

from dataclasses import replace

import pytest

from bidops_cfn.compute.cluster import cluster
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.tables import Capacity
from tests.settings_files import with_table


@pytest.mark.requirement("FR-001")
def test_the_cluster_runs_on_fargate_and_on_no_instances(environment: Environment) -> None:
    made, capacity = (resource.to_dict() for resource in cluster(environment))
    assert made["Type"] == "AWS::ECS::Cluster"
    assert capacity["Type"] == "AWS::ECS::ClusterCapacityProviderAssociations"
    assert capacity["Properties"]["Cluster"] == {"Ref": "Cluster"}
    assert capacity["Properties"]["CapacityProviders"] == ["FARGATE", "FARGATE_SPOT"]


@pytest.mark.requirement("FR-003")
def test_container_insights_are_on(environment: Environment) -> None:
    (setting,) = cluster(environment)[0].to_dict()["Properties"]["ClusterSettings"]
    assert setting["Name"] == "containerInsights"
    assert setting["Value"] in {"enabled", "enhanced"}
    assert setting["Value"] == environment.container_insights


@pytest.mark.requirement("FR-004")
@pytest.mark.requirement("FR-005")
def test_the_default_strategy_is_70_on_demand_and_30_spot(environment: Environment) -> None:
    capacity = cluster(environment)[1].to_dict()["Properties"]
    assert capacity["DefaultCapacityProviderStrategy"] == [
        {"CapacityProvider": "FARGATE", "Weight": 70},
        {"CapacityProvider": "FARGATE_SPOT", "Weight": 30},
    ]


def test_weights_come_from_the_settings(dev: Environment) -> None:
    changed = replace(dev, capacity=Capacity(on_demand_weight=1, spot_weight=4))
    strategy = cluster(changed)[1].to_dict()["Properties"]["DefaultCapacityProviderStrategy"]
    assert [item["Weight"] for item in strategy] == [1, 4]


def test_the_cluster_has_no_fixed_name(environment: Environment) -> None:
    assert "ClusterName" not in cluster(environment)[0].to_dict()["Properties"]


def test_the_storage_of_tasks_has_the_key_that_settings_name(dev: Environment) -> None:
    arn = "arn:aws:kms:us-east-1:111111111111:key/1"
    made = cluster(with_table(dev, "security", storage_key_arn=arn))[0].to_dict()["Properties"]
    assert made["Configuration"] == {
        "ManagedStorageConfiguration": {"FargateEphemeralStorageKmsKeyId": arn}
    }
    assert "Configuration" not in cluster(dev)[0].to_dict()["Properties"]
