"""CloudWatch alarms, on one metric or on metric math."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.models import (
    Dimension,
    Metric,
    MetricDataQuery,
    MetricStat,
    cloudwatch_backends,
)

from bidops_cfn_sandbox.place import Place
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceFailed, ResourceType

DIMENSIONS: Tree = [{"Name": Leaf.STRING, "Value": Leaf.STRING}]
PROPERTIES: dict[str, Tree] = {
    "ActionsEnabled": Leaf.BOOLEAN,
    "AlarmActions": STRINGS,
    "AlarmDescription": Leaf.STRING,
    "AlarmName": Leaf.STRING,
    "ComparisonOperator": Leaf.STRING,
    "DatapointsToAlarm": Leaf.INTEGER,
    "Dimensions": DIMENSIONS,
    "EvaluationPeriods": Leaf.INTEGER,
    "ExtendedStatistic": Leaf.STRING,
    "InsufficientDataActions": STRINGS,
    "MetricName": Leaf.STRING,
    "Metrics": [
        {
            "Expression": Leaf.STRING,
            "Id": Leaf.STRING,
            "Label": Leaf.STRING,
            "MetricStat": {
                "Metric": {
                    "Dimensions": DIMENSIONS,
                    "MetricName": Leaf.STRING,
                    "Namespace": Leaf.STRING,
                },
                "Period": Leaf.INTEGER,
                "Stat": Leaf.STRING,
                "Unit": Leaf.STRING,
            },
            "Period": Leaf.INTEGER,
            "ReturnData": Leaf.BOOLEAN,
        }
    ],
    "Namespace": Leaf.STRING,
    "OKActions": STRINGS,
    "Period": Leaf.INTEGER,
    "Statistic": Leaf.STRING,
    "Tags": TAGS,
    "Threshold": Leaf.NUMBER,
    "TreatMissingData": Leaf.STRING,
    "Unit": Leaf.STRING,
}


def _cloudwatch(place: Place) -> Any:
    return cloudwatch_backends[place.account_id][place.region]


def _create(request: Request) -> Made:
    name = request.properties.get("AlarmName") or request.name()
    if name in _cloudwatch(request.place).alarms:
        raise ResourceFailed(f"{name} already exists")
    return _put(request, name)


def _put(request: Request, physical_id: str) -> Made:
    properties, cloudwatch = request.properties, _cloudwatch(request.place)
    queries = [_query(metric) for metric in properties.get("Metrics", [])]
    if queries and len([query for query in queries if query.return_data]) != 1:
        raise ResourceFailed("Exactly one element of the metrics list should return data.")
    alarm = cloudwatch.put_metric_alarm(
        name=physical_id,
        namespace=properties.get("Namespace"),
        metric_name=properties.get("MetricName"),
        metric_data_queries=queries,
        comparison_operator=properties["ComparisonOperator"],
        evaluation_periods=properties["EvaluationPeriods"],
        datapoints_to_alarm=properties.get("DatapointsToAlarm"),
        period=properties.get("Period"),
        threshold=properties.get("Threshold"),
        statistic=properties.get("Statistic"),
        extended_statistic=properties.get("ExtendedStatistic"),
        description=properties.get("AlarmDescription"),
        dimensions=properties.get("Dimensions", []),
        alarm_actions=properties.get("AlarmActions", []),
        ok_actions=properties.get("OKActions", []),
        insufficient_data_actions=properties.get("InsufficientDataActions", []),
        unit=properties.get("Unit"),
        actions_enabled=properties.get("ActionsEnabled", True),
        treat_missing_data=properties.get("TreatMissingData"),
        tags=request.tag_list,
    )
    alarm.state_value = "INSUFFICIENT_DATA"
    return Made(physical_id, {"Arn": alarm.alarm_arn})


def _query(metric: Mapping[str, Any]) -> Any:
    wanted = metric.get("MetricStat")
    stat = None
    if wanted is not None:
        dimensions = [
            Dimension(item["Name"], item["Value"])
            for item in wanted["Metric"].get("Dimensions", [])
        ]
        of = wanted["Metric"]
        stat = MetricStat(
            Metric(of["MetricName"], of["Namespace"], dimensions),
            wanted["Period"],
            wanted["Stat"],
            wanted.get("Unit"),
        )
    return MetricDataQuery(
        metric["Id"],
        metric.get("Label"),
        metric.get("Period"),
        metric.get("ReturnData", True),
        metric.get("Expression"),
        stat,
    )


def _delete(request: Request, physical_id: str) -> None:
    _cloudwatch(request.place).delete_alarms([physical_id])


ALARM = ResourceType(
    "AWS::CloudWatch::Alarm",
    PROPERTIES,
    _create,
    _delete,
    _put,
    required=frozenset({"ComparisonOperator", "EvaluationPeriods"}),
    create_only=frozenset({"AlarmName"}),
    attributes=frozenset({"Arn"}),
    named="AlarmName",
)
