"""CloudWatch alarms, on one metric or on metric math."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat

from bidops_cfn_sandbox.models.table import Model, Row, each_passed, tag_by
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
