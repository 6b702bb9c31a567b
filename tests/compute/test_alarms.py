from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute.alarms import alarms
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import AGENTCORE, BFF, SERVICES, Service
from bidops_cfn.settings.tables import Alarms

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def built(service: Service, environment: Environment) -> dict[str, dict[str, Any]]:
    resources = [alarm.to_dict() for alarm in alarms(service, environment)]
    assert {resource["Type"] for resource in resources} == {"AWS::CloudWatch::Alarm"}
    return {alarm.title: alarm.to_dict()["Properties"] for alarm in alarms(service, environment)}


def service_dimensions(service: Service) -> list[dict[str, object]]:
    return [
        {"Name": "ClusterName", "Value": {"Ref": "Cluster"}},
        {"Name": "ServiceName", "Value": {"Fn::GetAtt": [f"{service.title}Service", "Name"]}},
    ]


@pytest.mark.parametrize(
    ("noun", "metric", "percent"),
    [
        pytest.param("Cpu", "CPUUtilization", 70, marks=pytest.mark.requirement("FR-038")),
        pytest.param("Memory", "MemoryUtilization", 80, marks=pytest.mark.requirement("FR-039")),
    ],
)
@each_service
def test_people_hear_of_three_minutes_above_the_target(
    environment: Environment, service: Service, noun: str, metric: str, percent: int
) -> None:
    alarm = built(service, environment)[f"{service.title}{noun}Alarm"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ECS", metric)
    assert alarm["Dimensions"] == service_dimensions(service)
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Average", 60, 3)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", percent)


@pytest.mark.requirement("FR-045")
@each_service
def test_people_hear_of_fewer_tasks_than_desired_even_when_none_reports(
    environment: Environment, service: Service
) -> None:
    alarm = built(service, environment)[f"{service.title}TaskDeficitAlarm"]
    desired, running, deficit = alarm["Metrics"]
    for query, metric in ((desired, "DesiredTaskCount"), (running, "RunningTaskCount")):
        stat = query["MetricStat"]
        assert stat["Metric"] == {
            "Namespace": "ECS/ContainerInsights",
            "MetricName": metric,
            "Dimensions": service_dimensions(service),
        }
        assert (stat["Period"], stat["Stat"]) == (60, "Average")
        assert query["ReturnData"] is False
    assert (desired["Id"], running["Id"]) == ("desired", "running")
    assert deficit["Expression"] == "desired - FILL(running, 0)"
    assert deficit["ReturnData"] is True
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert alarm["EvaluationPeriods"] == 5
    assert alarm["TreatMissingData"] == "breaching"


def load_balancer(environment: Environment) -> list[dict[str, object]]:
    arn = {"Fn::ImportValue": f"bidopsai-{environment.name}-network-PublicAlbArn"}
    return [
        {
            "Name": "LoadBalancer",
            "Value": {"Fn::Select": [1, {"Fn::Split": ["loadbalancer/", arn]}]},
        },
        {
            "Name": "TargetGroup",
            "Value": {"Fn::GetAtt": ["BffTargetGroup", "TargetGroupFullName"]},
        },
    ]


@pytest.mark.requirement("FR-046")
def test_people_hear_of_an_unhealthy_target_within_two_minutes(environment: Environment) -> None:
    alarm = built(BFF, environment)["BffUnhealthyTargetsAlarm"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ApplicationELB", "UnHealthyHostCount")
    assert alarm["Dimensions"] == load_balancer(environment)
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Maximum", 60, 2)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert alarm["TreatMissingData"] == "notBreaching"


def test_people_hear_when_no_target_is_healthy_or_reports(environment: Environment) -> None:
    alarm = built(BFF, environment)["BffNoHealthyTargetAlarm"]
    assert alarm["MetricName"] == "HealthyHostCount"
    assert alarm["Dimensions"] == load_balancer(environment)
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Minimum", 60, 2)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"


def test_the_alarm_that_rolls_back_is_on_the_target_group_and_not_on_the_service(
    environment: Environment,
) -> None:
    alarm = built(BFF, environment)["BffServerErrorAlarm"]
    assert alarm["MetricName"] == "HTTPCode_Target_5XX_Count"
    assert alarm["Dimensions"] == load_balancer(environment)
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Sum", 60, 3)
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["Threshold"] == environment.alarms.server_errors_per_minute


def test_agentcore_has_no_alarm_on_targets(environment: Environment) -> None:
    assert set(built(AGENTCORE, environment)) == {
        "AgentCoreCpuAlarm",
        "AgentCoreMemoryAlarm",
        "AgentCoreTaskDeficitAlarm",
    }


@each_service
def test_every_alarm_tells_the_topic_where_settings_name_one(
    dev: Environment, service: Service
) -> None:
    topic = "arn:aws:sns:us-east-1:111111111111:alarms"
    told = replace(dev, alarms=Alarms(topic_arn=topic, server_errors_per_minute=10))
    for alarm in built(service, told).values():
        assert (alarm["AlarmActions"], alarm["OKActions"]) == ([topic], [topic])
    for alarm in built(
        service, replace(dev, alarms=Alarms(topic_arn=None, server_errors_per_minute=10))
    ).values():
        assert not {"AlarmActions", "OKActions", "AlarmName"} & set(alarm)
