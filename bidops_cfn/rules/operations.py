"""How long logs are kept, and which alarms tell of what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.template_under_review import ALARM, ReadingUnderReview
from bidops_cfn.rules._expect import ABSENT, SOME_TEXT, Keyed, Maybe, Mismatch, expect
from bidops_cfn.rules._values import Given, Rows, Values, of_stack, own, subjects
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import (
    BREACH_MINUTES,
    CPU_TARGET_PERCENT,
    LOG_RETENTION_DAYS,
    MEMORY_TARGET_PERCENT,
    PRODUCTION,
    Service,
)
from bidops_cfn.spec.parts import WATCHING_TARGETS, Part

KEPT = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
GONE = dict.fromkeys(KEPT, "Delete")
DEFICIT_MINUTES = 5
METRIC = (
    "Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods",
    "Threshold", "ComparisonOperator", "TreatMissingData",
)  # fmt: skip
# The dimensions of a service's metrics: names, not ARNs.
OF_SERVICE = Keyed(
    "Name",
    {
        "ClusterName": {"Value": own(Part.CLUSTER)},
        "ServiceName": {"Value": own(Part.SERVICE, "Name")},
    },
)


def _balancer(case: ReadingUnderReview, _service: Service) -> object:
    arn = case.contract.one(Imports.PUBLIC_ALB_ARN.value)
    return {symbols.SELECT: [1, {symbols.SPLIT: ["loadbalancer/", arn]}]}


# The full names of target group and load balancer; the latter is a part of its ARN.
OF_TARGETS = Keyed(
    "Name",
    {
        "LoadBalancer": {"Value": Given(_balancer)},
        "TargetGroup": {"Value": own(Part.TARGET_GROUP, "TargetGroupFullName")},
    },
)


def _alarm(**watched: object) -> Mapping[str, object]:
    """Return what an alarm watches: what is not named must not be there."""
    above = {"ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"}
    return {**dict.fromkeys((*METRIC, "Metrics"), ABSENT), **above, **watched}


class LogGroups(Values):
    """Log groups have the specified retention, and the key and end of life that settings name.

    Without a retention logs are kept, and paid, for ever. Both deletion policies are written down;
    production retains its logs when the stack goes (RetainExceptOnCreate: a creation that failed
    leaves no empty group behind) and when a group is replaced.
    """

    id = "E9801"
    source = "cfn-reference/aws-resource-logs-loggroup"
    requirements = ("FR-010", "FR-044", "US2-4")
    fix = (
        "Set logs.retain (always true in prod) and logs.key_arn in params/<environment>.toml and "
        f"render again; RetentionInDays is {LOG_RETENTION_DAYS} (FR-044)"
    )
    rows: ClassVar[Rows] = {
        Part.LOG_GROUP: {
            "RetentionInDays": LOG_RETENTION_DAYS,
            "KmsKeyId": of_stack("logs.key_arn"),
        }
    }

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        yield from super().judge(case)
        retained = case.settings.logs.retain or case.environment == PRODUCTION
        for _, group in subjects(case, Part.LOG_GROUP):
            yield from expect(group.attributes, KEPT if retained else GONE, group.path)


def _utilization(metric: str, percent: int) -> Mapping[str, object]:
    return _alarm(
        Namespace="AWS/ECS",
        MetricName=metric,
        Dimensions=OF_SERVICE,
        Statistic="Average",
        Period=60,
        EvaluationPeriods=BREACH_MINUTES,
        Threshold=percent,
    )


class UtilizationAlarms(Values):
    """Alarms tell of CPU and memory above the targets of scaling.

    The thresholds of the specification, readable in the template. Averages of one minute, in a row,
    on the metrics of the service by name. They act on nothing: scaling does.
    """

    id = "E9802"
    source = "ecs/available-metrics"
    requirements = ("FR-038", "FR-039", "SC-004")
    rows: ClassVar[Rows] = {
        Part.CPU_ALARM: _utilization("CPUUtilization", CPU_TARGET_PERCENT),
        Part.MEMORY_ALARM: _utilization("MemoryUtilization", MEMORY_TARGET_PERCENT),
    }


def _count(metric: str) -> Mapping[str, object]:
    watched = {
        "Namespace": "ECS/ContainerInsights",
        "MetricName": metric,
        "Dimensions": OF_SERVICE,
    }
    stat = {"Metric": watched, "Period": 60, "Stat": "Average"}
    return {"MetricStat": stat, "ReturnData": False}


class DeficitAlarm(Values):
    """Alarms tell of fewer running tasks than desired, also when there is no data.

    When no task runs there may be no datapoint at all: that is the alarm's worst case. desired -
    FILL(running, 0) > 0 for five minutes; a gap counts as zero tasks, no data as a breach. Exactly
    one query returns data, or CloudWatch refuses the alarm.
    """

    id = "E9803"
    source = "cloudwatch/Container-Insights-metrics-ECS"
    requirements = ("FR-045",)
    rows: ClassVar[Rows] = {
        Part.DEFICIT_ALARM: _alarm(
            Metrics=Keyed(
                "Id",
                {
                    "desired": _count("DesiredTaskCount"),
                    "running": _count("RunningTaskCount"),
                    "deficit": {
                        "Expression": "desired - FILL(running, 0)",
                        "Label": Maybe(SOME_TEXT),
                        "ReturnData": True,
                    },
                },
            ),
            EvaluationPeriods=DEFICIT_MINUTES,
            Threshold=0,
            TreatMissingData="breaching",
        )
    }


def _targets(part: Part, **watched: object) -> Mapping[str, object]:
    (metric,) = (metric for metric, one in WATCHING_TARGETS.items() if one is part)
    return _alarm(
        Namespace="AWS/ApplicationELB",
        MetricName=metric,
        Dimensions=OF_TARGETS,
        Period=60,
        **watched,
    )


class TargetAlarms(Values):
    """Alarms tell of unhealthy targets, of no healthy one, and of server errors.

    A dimension of another kind of name watches nothing and never fires. By the full names of the
    target group and, after loadbalancer/, of the load balancer. Unhealthy for two minutes; none
    healthy for two minutes, no data included; server errors for three minutes, which also rolls a
    deployment back.
    """

    id = "E9804"
    source = "elb/load-balancer-cloudwatch-metrics"
    requirements = ("FR-046", "FR-035", "US3-4")
    rows: ClassVar[Rows] = {
        Part.UNHEALTHY_ALARM: _targets(
            Part.UNHEALTHY_ALARM, Statistic="Maximum", EvaluationPeriods=2, Threshold=0
        ),
        Part.HEALTHY_ALARM: _targets(
            Part.HEALTHY_ALARM,
            Statistic="Minimum",
            EvaluationPeriods=2,
            Threshold=1,
            ComparisonOperator="LessThanThreshold",
            TreatMissingData="breaching",
        ),
        Part.ERROR_ALARM: _targets(
            Part.ERROR_ALARM,
            Statistic="Sum",
            EvaluationPeriods=3,
            Threshold=of_stack("alarms.server_errors_per_minute"),
        ),
    }


def _topic(settings: Environment) -> object:
    topic = settings.alarms.topic_arn
    return [topic] if topic else None


class AlarmActions(Values):
    """Alarms tell the topic that settings name, when they start and when they end.

    An alarm that no person hears of is no alarm. Where settings name none, no alarm has an action.
    Actions are not disabled, and each alarm says what it is about.
    """

    id = "E9805"
    source = "cloudwatch/AlarmThatSendsEmail"
    requirements = ("FR-045", "FR-046")
    rows: ClassVar[Rows] = {
        ALARM: {
            "AlarmDescription": SOME_TEXT,
            "AlarmActions": of_stack("alarms.topic_arn", find=_topic),
            "OKActions": of_stack("alarms.topic_arn", find=_topic),
            "InsufficientDataActions": ABSENT,
            "ActionsEnabled": Maybe(True),
        }
    }
