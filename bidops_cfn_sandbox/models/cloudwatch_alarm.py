"""CloudWatch alarms, on one metric or on metric math."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat

from bidops_cfn_sandbox.models.table import Model, Row, backend_of
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import Request, ResourceFailed

DIMENSIONS: Tree = [{"Name": Leaf.STRING, "Value": Leaf.STRING}]
METRICS: Tree = [
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
]


def _refuse_taken(request: Request, physical_id: str | None) -> None:
    name = request.properties.get("AlarmName")
    if physical_id is None and name in backend_of(request.place, "cloudwatch").alarms:
        raise ResourceFailed(f"{name} already exists")


def _queries(metrics: Sequence[Mapping[str, Any]]) -> list[Any]:
    queries = [_query(metric) for metric in metrics]
    if queries and len([query for query in queries if query.return_data]) != 1:
        raise ResourceFailed("Exactly one element of the metrics list should return data.")
    return queries


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


def _write(request: Request, alarm: Any) -> None:
    alarm.state_value = "INSUFFICIENT_DATA"
    backend_of(request.place, "cloudwatch").tagger.tag_resource(alarm.alarm_arn, request.tag_list)


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
        "Dimensions": Row(DIMENSIONS, "dimensions", default=[]),
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
    lambda request, id_: backend_of(request.place, "cloudwatch").delete_alarms([id_]),
    attributes={"Arn": "alarm_arn"},
    id="name",
    refuse=_refuse_taken,
    write=_write,
    puts=True,
    named="AlarmName",
    more=dict.fromkeys(("namespace", "metric_name", "period", "statistic")),
)
