from __future__ import annotations

from dataclasses import replace

import pytest

from bidops_cfn.compute.target_group import target_group
from bidops_cfn.settings.environment import Environment, Listener
from bidops_cfn.settings.services import AGENTCORE, BFF


@pytest.mark.requirement("FR-021")
@pytest.mark.requirement("FR-002")
def test_the_target_group_takes_task_addresses_on_port_3000(environment: Environment) -> None:
    group = target_group(BFF, environment)[0].to_dict()
    assert group["Type"] == "AWS::ElasticLoadBalancingV2::TargetGroup"
    properties = group["Properties"]
    assert properties["TargetType"] == "ip"
    assert (properties["Protocol"], properties["Port"]) == ("HTTP", 3000)
    assert properties["VpcId"] == {"Fn::ImportValue": f"bidopsai-{environment.name}-network-VpcId"}
    assert "Name" not in properties


@pytest.mark.requirement("FR-033")
def test_health_is_asked_every_30_seconds_at_api_health(environment: Environment) -> None:
    properties = target_group(BFF, environment)[0].to_dict()["Properties"]
    assert properties["HealthCheckEnabled"] is True
    assert properties["HealthCheckPath"] == "/api/health"
    assert properties["HealthCheckPort"] == "traffic-port"
    assert properties["HealthCheckIntervalSeconds"] == 30
    assert properties["HealthCheckTimeoutSeconds"] == 5
    assert properties["Matcher"] == {"HttpCode": "200"}


@pytest.mark.requirement("FR-034")
def test_three_failures_are_unhealthy_and_two_successes_healthy(environment: Environment) -> None:
    properties = target_group(BFF, environment)[0].to_dict()["Properties"]
    assert (properties["UnhealthyThresholdCount"], properties["HealthyThresholdCount"]) == (3, 2)


@pytest.mark.requirement("FR-035")
@pytest.mark.requirement("FR-033")
def test_the_public_listener_forwards_to_healthy_targets_alone(environment: Environment) -> None:
    group, rule = (resource.to_dict()["Properties"] for resource in target_group(BFF, environment))
    assert rule["ListenerArn"] == {
        "Fn::ImportValue": f"bidopsai-{environment.name}-network-HttpsListenerArn"
    }
    assert rule["Actions"] == [{"Type": "forward", "TargetGroupArn": {"Ref": "BffTargetGroup"}}]
    # Without attributes of its own a group neither fails open early nor keeps a target for long.
    assert group["TargetGroupAttributes"] == [
        {"Key": "deregistration_delay.timeout_seconds", "Value": "60"}
    ]


@pytest.mark.parametrize(
    ("listener", "fields"),
    [
        (Listener(priority=7, hosts=("a.example",)), ["host-header"]),
        (Listener(priority=7, paths=("/a/*",)), ["path-pattern"]),
        (
            Listener(priority=7, hosts=("a.example",), paths=("/a/*",)),
            ["host-header", "path-pattern"],
        ),
    ],
)
def test_priority_and_conditions_come_from_the_settings(
    dev: Environment, listener: Listener, fields: list[str]
) -> None:
    changed = replace(dev, services={"bff": replace(dev.services["bff"], listener=listener)})
    rule = target_group(BFF, changed)[1].to_dict()["Properties"]
    assert rule["Priority"] == 7
    assert [condition["Field"] for condition in rule["Conditions"]] == fields


@pytest.mark.requirement("FR-021")
def test_agentcore_has_no_load_balancer(environment: Environment) -> None:
    assert target_group(AGENTCORE, environment) == []
