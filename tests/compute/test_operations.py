"""What the specification asks of scaling, of health checks and of alarms."""

from __future__ import annotations

import pytest

from bidops_cfn.settings.environment import Environment
from tests.compute.rows import (
    ABSENT,
    LOAD_BALANCER,
    SERVICE,
    Says,
    attr,
    check,
    imported,
    ref,
    row,
    scaled,
    watched,
)

mark = pytest.mark


def counted(metric: str, identifier: str) -> Says:
    return {
        "Id": identifier,
        "MetricStat": {
            "Metric": {
                "Namespace": "ECS/ContainerInsights",
                "MetricName": metric,
                "Dimensions": SERVICE,
            },
            "Period": 60,
            "Stat": "Average",
        },
        "ReturnData": False,
    }


@pytest.mark.parametrize(
    ("logical_id", "says"),
    [
        row(
            "<title>ScalableTarget",
            {
                "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
                "MinCapacity": 2,
                "MaxCapacity": 10,
                "ScalableDimension": "ecs:service:DesiredCount",
                "ServiceNamespace": "ecs",
                "ResourceId": {
                    "Fn::Sub": [
                        "service/${Cluster}/${Name}",
                        {"Name": attr("<title>Service", "Name")},
                    ]
                },
            },
            mark.requirement("FR-037"),
        ),
        row(
            "<title>CpuScaling",
            scaled("cpu", "ECSServiceAverageCPUUtilization", 70),
            mark.requirement("FR-038", "FR-040"),
        ),
        row(
            "<title>MemoryScaling",
            scaled("memory", "ECSServiceAverageMemoryUtilization", 80),
            mark.requirement("FR-039", "FR-040"),
        ),
        row(
            "BffTargetGroup",
            {
                "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
                "TargetType": "ip",
                "Protocol": "HTTP",
                "Port": 3000,
                "VpcId": imported("network-VpcId"),
                "Name": ABSENT,
                # Without attributes of its own a group neither fails open early nor keeps a target.
                "TargetGroupAttributes": [
                    {"Key": "deregistration_delay.timeout_seconds", "Value": "60"}
                ],
            },
            mark.requirement("FR-002", "FR-021"),
        ),
        row(
            "BffTargetGroup",
            {
                "HealthCheckEnabled": True,
                "HealthCheckPath": "/api/health",
                "HealthCheckPort": "traffic-port",
                "HealthCheckIntervalSeconds": 30,
                "HealthCheckTimeoutSeconds": 5,
                "Matcher": {"HttpCode": "200"},
                "UnhealthyThresholdCount": 3,
                "HealthyThresholdCount": 2,
            },
            mark.requirement("FR-033", "FR-034"),
            of="health",
        ),
        row(
            "BffListenerRule",
            {
                "ListenerArn": imported("network-HttpsListenerArn"),
                "Actions": [{"Type": "forward", "TargetGroupArn": ref("BffTargetGroup")}],
            },
            mark.requirement("FR-033", "FR-035"),
        ),
        row(
            "<title>CpuAlarm",
            watched(
                *("AWS/ECS", "CPUUtilization", SERVICE, ("Average", 3)),
                ("GreaterThan", 70, "notBreaching"),
            ),
            mark.requirement("FR-038"),
        ),
        row(
            "<title>MemoryAlarm",
            watched(
                *("AWS/ECS", "MemoryUtilization", SERVICE, ("Average", 3)),
                ("GreaterThan", 80, "notBreaching"),
            ),
            mark.requirement("FR-039"),
        ),
        row(
            "<title>TaskDeficitAlarm",
            {
                "Metrics": [
                    counted("DesiredTaskCount", "desired"),
                    counted("RunningTaskCount", "running"),
                    {
                        "Id": "deficit",
                        "Expression": "desired - FILL(running, 0)",
                        "Label": "Tasks missing",
                        "ReturnData": True,
                    },
                ],
                "EvaluationPeriods": 5,
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 0,
                "TreatMissingData": "breaching",
            },
            mark.requirement("FR-045"),
        ),
        row(
            "BffUnhealthyTargetsAlarm",
            watched(
                *("AWS/ApplicationELB", "UnHealthyHostCount", LOAD_BALANCER, ("Maximum", 2)),
                ("GreaterThan", 0, "notBreaching"),
            ),
            mark.requirement("FR-046"),
        ),
        row(
            "BffNoHealthyTargetAlarm",
            watched(
                *("AWS/ApplicationELB", "HealthyHostCount", LOAD_BALANCER, ("Minimum", 2)),
                ("LessThan", 1, "breaching"),
            ),
        ),
    ],
)
def test_scaling_health_checks_and_alarms_are_as_specified(
    document: Says, environment: Environment, logical_id: str, says: Says
) -> None:
    check(document, environment, logical_id, says)
