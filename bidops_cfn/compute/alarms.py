"""What wakes people up, and what rolls a deployment back (FR-038, FR-039, FR-045, FR-046).

EventBridge tells the topic of the settings of failed deployments and interrupted Spot tasks; the
topic's owner lets ``events.amazonaws.com`` publish to it, no role does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troposphere import AWSHelperFn, AWSObject, GetAtt, Ref, cloudwatch, events

from bidops_cfn import logical_ids
from bidops_cfn.compute.imports import load_balancer_dimension
from bidops_cfn.settings import services as fixed
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Service


def dimensions(values: dict[str, AWSHelperFn]) -> list[cloudwatch.MetricDimension]:
    """Return a metric's dimensions."""
    return [cloudwatch.MetricDimension(Name=name, Value=value) for name, value in values.items()]


def alarm(
    logical_id: str, description: str, environment: Environment, **properties: Any
) -> cloudwatch.Alarm:
    """Return an alarm that tells the environment's topic, where there is one, both ways.

    Unless ``properties`` say otherwise it is on a metric above its threshold, and no data is well.
    """
    topic = environment.alarms.topic_arn
    actions = {"AlarmActions": [topic], "OKActions": [topic]} if topic else {}
    usual = {"ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"}
    return cloudwatch.Alarm(
        logical_id, AlarmDescription=description, **actions, **(usual | properties)
    )


def service_dimensions(service: Service) -> list[cloudwatch.MetricDimension]:
    """Return the dimensions of a service's metrics: names, not ARNs."""
    return dimensions(
        {
            "ClusterName": Ref(logical_ids.CLUSTER),
            "ServiceName": GetAtt(logical_ids.ecs_service(service), "Name"),
        }
    )


def _utilization_alarm(
    service: Service, environment: Environment, noun: str, metric: str, percent: int
) -> cloudwatch.Alarm:
    minutes = fixed.BREACH_MINUTES
    return alarm(
        f"{service.title}{noun}Alarm",
        f"{service.name}: average {noun.lower()} above {percent} % for {minutes} minutes",
        environment,
        Namespace="AWS/ECS",
        MetricName=metric,
        Dimensions=service_dimensions(service),
        Statistic="Average",
        Period=60,
        EvaluationPeriods=minutes,
        Threshold=percent,
    )


def task_deficit_alarm(service: Service, environment: Environment) -> cloudwatch.Alarm:
    """Return the alarm on fewer running tasks than desired (FR-045).

    No running task may mean no datapoint at all: a gap counts as zero, and no data as a breach.
    """

    def count(identifier: str, metric: str) -> cloudwatch.MetricDataQuery:
        return cloudwatch.MetricDataQuery(
            Id=identifier,
            MetricStat=cloudwatch.MetricStat(
                Metric=cloudwatch.Metric(
                    Namespace="ECS/ContainerInsights",
                    MetricName=metric,
                    Dimensions=service_dimensions(service),
                ),
                Period=60,
                Stat="Average",
            ),
            ReturnData=False,
        )

    return alarm(
        f"{service.title}TaskDeficitAlarm",
        f"{service.name}: fewer tasks run than desired for 5 minutes",
        environment,
        Metrics=[
            count("desired", "DesiredTaskCount"),
            count("running", "RunningTaskCount"),
            cloudwatch.MetricDataQuery(
                Id="deficit",
                Expression="desired - FILL(running, 0)",
                Label="Tasks missing",
                ReturnData=True,
            ),
        ],
        EvaluationPeriods=5,
        Threshold=0,
        TreatMissingData="breaching",
    )


def _target_alarms(service: Service, environment: Environment) -> list[AWSObject]:

    def target_alarm(
        logical_id: str, what: str, metric: str, statistic: str, minutes: int, **properties: Any
    ) -> cloudwatch.Alarm:
        group = GetAtt(logical_ids.target_group(service), "TargetGroupFullName")
        return alarm(
            logical_id,
            f"{service.name}: {what}",
            environment,
            Namespace="AWS/ApplicationELB",
            MetricName=metric,
            Dimensions=dimensions(
                {"LoadBalancer": load_balancer_dimension(environment), "TargetGroup": group}
            ),
            Statistic=statistic,
            Period=60,
            EvaluationPeriods=minutes,
            **properties,
        )

    errors = environment.alarms.server_errors_per_minute
    return [
        target_alarm(
            f"{service.title}UnhealthyTargetsAlarm",
            "a target is unhealthy for 2 minutes",
            *("UnHealthyHostCount", "Maximum", 2),
            Threshold=0,
        ),
        target_alarm(
            f"{service.title}NoHealthyTargetAlarm",
            "no target is healthy for 2 minutes",
            *("HealthyHostCount", "Minimum", 2),
            Threshold=1,
            ComparisonOperator="LessThanThreshold",
            TreatMissingData="breaching",
        ),
        target_alarm(
            logical_ids.server_error_alarm(service),
            f"more than {errors} server errors a minute for 3 minutes; rolls a deployment back",
            *("HTTPCode_Target_5XX_Count", "Sum", 3),
            Threshold=errors,
        ),
    ]


def alarms(service: Service, environment: Environment) -> list[AWSObject]:
    """Return every alarm of the service."""
    return [
        _utilization_alarm(service, environment, "Cpu", "CPUUtilization", fixed.CPU_TARGET_PERCENT),
        _utilization_alarm(
            service, environment, "Memory", "MemoryUtilization", fixed.MEMORY_TARGET_PERCENT
        ),
        task_deficit_alarm(service, environment),
        *(_target_alarms(service, environment) if service.public else ()),
    ]


def event_rules(environment: Environment, services: Sequence[Service]) -> list[AWSObject]:
    """Return the rules, where settings name a topic.

    The event of a deployment names its service alone, that of a task its cluster. A task changes
    its state many times; it is told once, when it has stopped.
    """
    topic = environment.alarms.events_topic_arn
    if topic is None:
        return []
    failed = {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change"],
        "resources": [Ref(logical_ids.ecs_service(service)) for service in services],
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
    }
    interrupted = {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "clusterArn": [GetAtt(logical_ids.CLUSTER, "Arn")],
            "lastStatus": ["STOPPED"],
            "stopCode": ["SpotInterruption"],
        },
    }
    return [
        events.Rule(
            logical_id, EventPattern=pattern, Targets=[events.Target(Id="topic", Arn=topic)]
        )
        for logical_id, pattern in (
            (logical_ids.FAILED_DEPLOYMENTS, failed),
            (logical_ids.SPOT_INTERRUPTIONS, interrupted),
        )
    ]
