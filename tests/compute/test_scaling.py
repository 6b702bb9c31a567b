from __future__ import annotations

import pytest

from bidops_cfn.compute.services import scaling
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES, Service
from tests.settings_files import with_table

pytestmark = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


@pytest.mark.requirement("FR-037")
def test_the_service_scales_from_two_to_ten_tasks(service: Service, dev: Environment) -> None:
    target = scaling(service, dev)[0].to_dict()
    assert target["Type"] == "AWS::ApplicationAutoScaling::ScalableTarget"
    assert target["Properties"]["MinCapacity"] == 2
    assert target["Properties"]["MaxCapacity"] == 10
    assert target["Properties"]["ScalableDimension"] == "ecs:service:DesiredCount"
    assert target["Properties"]["ServiceNamespace"] == "ecs"


def test_the_resource_id_names_cluster_and_service_and_is_no_arn(
    service: Service, dev: Environment
) -> None:
    resource = scaling(service, dev)[0].to_dict()["Properties"]["ResourceId"]
    assert resource == {
        "Fn::Sub": [
            "service/${Cluster}/${Name}",
            {"Name": {"Fn::GetAtt": [f"{service.title}Service", "Name"]}},
        ]
    }


@pytest.mark.parametrize(
    ("noun", "metric", "percent"),
    [
        pytest.param(
            "Cpu",
            "ECSServiceAverageCPUUtilization",
            70,
            marks=pytest.mark.requirement("FR-038"),
        ),
        pytest.param(
            "Memory",
            "ECSServiceAverageMemoryUtilization",
            80,
            marks=pytest.mark.requirement("FR-039"),
        ),
    ],
)
def test_tracking_follows_the_average(
    dev: Environment, service: Service, noun: str, metric: str, percent: int
) -> None:
    policies = {
        policy.title: policy.to_dict()["Properties"] for policy in scaling(service, dev)[1:]
    }
    policy = policies[f"{service.title}{noun}Scaling"]
    configuration = policy["TargetTrackingScalingPolicyConfiguration"]
    assert policy["PolicyType"] == "TargetTrackingScaling"
    assert policy["ScalingTargetId"] == {"Ref": f"{service.title}ScalableTarget"}
    assert configuration["TargetValue"] == percent
    assert configuration["PredefinedMetricSpecification"] == {"PredefinedMetricType": metric}


@pytest.mark.requirement("FR-040")
def test_both_policies_wait_five_minutes_in_both_directions(
    service: Service, dev: Environment
) -> None:
    for policy in scaling(service, dev)[1:]:
        configuration = policy.to_dict()["Properties"]["TargetTrackingScalingPolicyConfiguration"]
        assert configuration["ScaleInCooldown"] == 300
        assert configuration["ScaleOutCooldown"] == 300


def test_nothing_but_two_tracking_policies_with_names_of_their_own_scales(
    service: Service, dev: Environment
) -> None:
    policies = [policy.to_dict()["Properties"] for policy in scaling(service, dev)[1:]]
    assert {policy["PolicyType"] for policy in policies} == {"TargetTrackingScaling"}
    assert len({policy["PolicyName"] for policy in policies}) == len(policies) == 2


def test_settings_may_ask_for_metrics_of_twenty_seconds(service: Service, dev: Environment) -> None:
    fast = with_table(dev, "scaling", high_resolution_metrics=True)
    found = {
        policy.to_dict()["Properties"]["TargetTrackingScalingPolicyConfiguration"][
            "PredefinedMetricSpecification"
        ]["PredefinedMetricType"]
        for policy in scaling(service, fast)[1:]
    }
    assert found == {
        "ECSServiceAverageCPUUtilizationHighResolution",
        "ECSServiceAverageMemoryUtilizationHighResolution",
    }
