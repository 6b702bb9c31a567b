"""What is expected of every alarm, and of what it watches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Resource
from bidops_cfn.facts.roster import ALARM, Part
from bidops_cfn.model import Service
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ABSENT, Keyed, Mismatch, expect
from bidops_cfn.rules._house_rule import properties

METRIC = (
    "Namespace",
    "MetricName",
    "Dimensions",
    "Statistic",
    "Period",
    "EvaluationPeriods",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
)
JUDGED = properties(ALARM, *METRIC)


def of_service(world: World, service: Service) -> Keyed:
    """Return the dimensions of a service's metrics: names, not ARNs."""
    name = {symbols.GETATT: [world.id(service, Part.SERVICE), "Name"]}
    cluster = {symbols.REF: world.roster.id("", Part.CLUSTER)}
    return Keyed("Name", {"ClusterName": {"Value": cluster}, "ServiceName": {"Value": name}})


def expect_metric(alarm: Resource, expected: Mapping[str, object]) -> Iterator[Mismatch]:
    """Yield how an alarm on one metric differs; what is not named must not be there."""
    yield from expect(alarm, {**dict.fromkeys((*METRIC, "Metrics"), ABSENT), **expected})
