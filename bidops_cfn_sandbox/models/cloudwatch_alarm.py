"""CloudWatch alarms, on one metric or on metric math."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat

from bidops_cfn_sandbox.models.table import Model, Row, tag_by
from bidops_cfn_sandbox.properties import PAIRS, STRINGS, TAGS, Leaf, Tree, each
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


ALARM = Model(
    "AWS::CloudWatch::Alarm",
    "cloudwatch",
    {
        "ActionsEnabled": Row(Leaf.BOOLEAN, "actions_enabled", default=True),
        "AlarmActions": Row(STRINGS, "alarm_actions", default=[]),
        "AlarmDescription": Row(Leaf.STRING, "description"),
        "AlarmName": Row(Leaf.STRING, "name", fixed=True),
        "ComparisonOperator": Row(Leaf.STRING, "comparison_operator", required=True),
        "DatapointsToAlarm": Row(Leaf.INTEGER, "datapoints_to_alarm"),
        "Dimensions": Row(PAIRS, "dimensions", default=[]),
        "EvaluationPeriods": Row(Leaf.INTEGER, "evaluation_periods", required=True),
        "ExtendedStatistic": Row(Leaf.STRING, "extended_statistic"),
        "InsufficientDataActions": Row(STRINGS, "insufficient_data_actions", default=[]),
        "MetricName": Row(Leaf.STRING, "metric_name"),
        "Metrics": Row(METRICS, "metric_data_queries", default=[], form=_queries),
        "Namespace": Row(Leaf.STRING, "namespace"),
        "OKActions": Row(STRINGS, "ok_actions", default=[]),
        "Period": Row(Leaf.INTEGER, "period"),
        "Statistic": Row(Leaf.STRING, "statistic"),
        "Tags": Row(TAGS),
        "Threshold": Row(Leaf.NUMBER, "threshold"),
        "TreatMissingData": Row(Leaf.STRING, "treat_missing_data"),
        "Unit": Row(Leaf.STRING, "unit"),
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
