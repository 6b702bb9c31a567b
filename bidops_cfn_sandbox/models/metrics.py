"""What metrics drive: alarms on one metric or on metric math, and Application Auto Scaling.

A scaling policy brings alarms of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat

from bidops_cfn_sandbox.models.table import Model, Row, each_passed, passed, tag_by
from bidops_cfn_sandbox.properties import PAIRS, STRINGS, Leaf, Tree, each
from bidops_cfn_sandbox.resource_type import Request, ResourceFailed

METRICS: Tree = [
    {
        **each(Leaf.STRING, "Expression", "Id", "Label"),
        "MetricStat": {
            "Metric": {"Dimensions": PAIRS, **each(Leaf.STRING, "MetricName", "Namespace")},
            "Period": Leaf.INTEGER,
            **each(Leaf.STRING, "Stat", "Unit"),
        },
        "Period": Leaf.INTEGER,
        "ReturnData": Leaf.BOOLEAN,
    }
]


def _refuse_taken(cloudwatch: Any, request: Request, physical_id: str | None) -> None:
    name = request.properties.get("AlarmName")
    if physical_id is None and name in cloudwatch.alarms:
        raise ResourceFailed(f"{name} already exists")


def _queries(metrics: Sequence[Mapping[str, Any]]) -> list[Any]:
    queries = [_query(metric) for metric in metrics]
    if queries and len([query for query in queries if query.return_data]) != 1:
        raise ResourceFailed("Exactly one element of the metrics list should return data.")
    return queries


def _query(metric: Mapping[str, Any]) -> Any:
    wanted, stat = metric.get("MetricStat"), None
    if wanted is not None:
        of = wanted["Metric"]
        dimensions = [Dimension(one["Name"], one["Value"]) for one in of.get("Dimensions", [])]
        series = Metric(of["MetricName"], of["Namespace"], dimensions)
        stat = MetricStat(series, wanted["Period"], wanted["Stat"], wanted.get("Unit"))
    return MetricDataQuery(
        metric["Id"],
        metric.get("Label"),
        metric.get("Period"),
        metric.get("ReturnData", True),
        metric.get("Expression"),
        stat,
    )


def _write(_cloudwatch: Any, _request: Request, alarm: Any) -> None:
    alarm.state_value = "INSUFFICIENT_DATA"


# What an update puts again.
each_put = partial(each_passed, fixed=False)
ALARM = Model(
    "AWS::CloudWatch::Alarm",
    "cloudwatch",
    {
        **each_put(Leaf.BOOLEAN, "ActionsEnabled", default=True),
        **each_put(STRINGS, "AlarmActions", "InsufficientDataActions", default=[]),
        **each_put(PAIRS, "Dimensions", default=[]),
        **each_put(Leaf.INTEGER, "EvaluationPeriods", required=True),
        **each_put(Leaf.INTEGER, "DatapointsToAlarm", "Period"),
        **each_put(Leaf.STRING, "ComparisonOperator", required=True),
        **each_put(Leaf.STRING, "ExtendedStatistic", "MetricName", "Namespace", "Statistic"),
        **each_put(Leaf.STRING, "TreatMissingData", "Unit"),
        **each_put(Leaf.NUMBER, "Threshold"),
        "AlarmDescription": Row(Leaf.STRING, "description"),
        "AlarmName": Row(Leaf.STRING, "name", fixed=True),
        "Metrics": Row(METRICS, "metric_data_queries", default=[], form=_queries),
        "OKActions": Row(STRINGS, "ok_actions", default=[]),
    },
    "put_metric_alarm",
    lambda cloudwatch, _request, name: cloudwatch.delete_alarms([name]),
    attributes={"Arn": "alarm_arn"},
    id="name",
    refuse=_refuse_taken,
    write=_write,
    tag=tag_by("tagger", "alarm_arn"),
    puts=True,
    named="AlarmName",
    more=dict.fromkeys(("namespace", "metric_name", "period", "statistic")),
)


TRACKING: Tree = {
    "DisableScaleIn": Leaf.BOOLEAN,
    "PredefinedMetricSpecification": each(Leaf.STRING, "PredefinedMetricType", "ResourceLabel"),
    **each(Leaf.INTEGER, "ScaleInCooldown", "ScaleOutCooldown"),
    "TargetValue": Leaf.NUMBER,
}
ROLE = (
    "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_ECSService"
)
# Scaling in waits until the metric is a tenth below the target.
SCALE_IN_SHARE = 0.9


def _target_of(scaling: Any, request: Request) -> tuple[str, str, str]:
    properties = request.properties
    if "ScalingTargetId" in properties:
        resource_id, dimension, namespace = properties["ScalingTargetId"].split("|")
    else:
        resource_id = properties["ResourceId"]
        dimension, namespace = properties["ScalableDimension"], properties["ServiceNamespace"]
    if not scaling.describe_scalable_targets(namespace, [resource_id], dimension):
        raise ResourceFailed(
            f"No scalable target found for service namespace: {namespace}, resource ID:"
            f" {resource_id}, scalable dimension: {dimension}"
        )
    return resource_id, dimension, namespace


def _write_policy(scaling: Any, request: Request, made: Any) -> None:
    """Put a policy with its alarms; one that is updated keeps its ARN, by which it is known."""
    resource_id, dimension, namespace = _target_of(scaling, request)
    name, properties = request.properties["PolicyName"], request.properties
    if properties["PolicyType"] != "TargetTrackingScaling":
        raise ResourceFailed("The sandbox represents policies of type TargetTrackingScaling only")
    known = {(one.policy_name, one.resource_id) for one in scaling.policies.values()}
    if (name, resource_id) in known:
        scaling.delete_scaling_policy(name, namespace, resource_id, dimension)
    tracking = copy.deepcopy(properties["TargetTrackingScalingPolicyConfiguration"])
    policy = scaling.put_scaling_policy(
        name, namespace, resource_id, dimension, tracking, "TargetTrackingScaling"
    )
    for alarm in policy.alarms:
        above = alarm.comparison_operator == "GreaterThanThreshold"
        alarm.threshold = tracking["TargetValue"] * (1 if above else SCALE_IN_SHARE)
    policy.policy_arn = made.arn = made.arn or policy.policy_arn


def _delete_policy(scaling: Any, _request: Request, physical_id: str) -> None:
    for policy in list(scaling.policies.values()):
        if policy.policy_arn == physical_id:
            scaling.delete_scaling_policy(
                policy.policy_name,
                policy.service_namespace,
                policy.resource_id,
                policy.scalable_dimension,
            )


def _refuse_target(_scaling: Any, request: Request, _physical_id: str | None) -> None:
    if request.properties["MinCapacity"] > request.properties["MaxCapacity"]:
        raise ResourceFailed("Maximum capacity cannot be less than minimum capacity")


def _write_target(_scaling: Any, request: Request, target: Any) -> None:
    role = f"arn:{request.place.partition}:iam::{request.place.account_id}:{ROLE}"
    target.role_arn = request.properties.get("RoleARN", role)


def _id(target: Any) -> str:
    return f"{target.resource_id}|{target.scalable_dimension}|{target.service_namespace}"


def _delete_target(scaling: Any, _request: Request, physical_id: str) -> None:
    resource_id, dimension, namespace = physical_id.split("|")
    scaling.deregister_scalable_target(namespace, resource_id, dimension)


SCALABLE_TARGET = Model(
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "applicationautoscaling",
    {
        "MaxCapacity": Row(Leaf.INTEGER, "max_capacity", required=True),
        "MinCapacity": Row(Leaf.INTEGER, "min_capacity", required=True),
        "ResourceId": passed(Leaf.STRING, "r_id", required=True),
        "RoleARN": Row(Leaf.STRING),
        "ScalableDimension": passed(Leaf.STRING, "dimension", required=True),
        "ServiceNamespace": passed(Leaf.STRING, "namespace", required=True),
    },
    "register_scalable_target",
    _delete_target,
    attributes={"Id": _id},
    id=_id,
    refuse=_refuse_target,
    write=_write_target,
    puts=True,
    more={
        "role_arn": "",
        "suspended_state": {
            f"{what}Suspended": False
            for what in ("DynamicScalingIn", "DynamicScalingOut", "ScheduledScaling")
        },
    },
)

SCALING_POLICY = Model(
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "applicationautoscaling",
    {
        "PolicyName": Row(Leaf.STRING, required=True, fixed=True),
        "PolicyType": Row(Leaf.STRING, required=True),
        **dict.fromkeys(
            ("ResourceId", "ScalableDimension", "ScalingTargetId", "ServiceNamespace"),
            Row(Leaf.STRING, fixed=True),
        ),
        "TargetTrackingScalingPolicyConfiguration": Row(TRACKING, required=True),
    },
    lambda _scaling, _request: SimpleNamespace(arn=""),
    _delete_policy,
    lambda _scaling, arn: SimpleNamespace(arn=arn),
    attributes={"Arn": "arn"},
    id="arn",
    write=_write_policy,
)
