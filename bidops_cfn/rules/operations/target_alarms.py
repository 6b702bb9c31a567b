"""E9804: people hear of targets that do not answer."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.contract import Imports
from bidops_cfn.facts import symbols
from bidops_cfn.facts.roster import WATCHING_TARGETS, Part
from bidops_cfn.model import Service
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Keyed, Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.operations._alarms import JUDGED, expect_metric


class TargetAlarms(HouseRule):
    """A dimension of another kind of name watches nothing and never fires."""

    id = "E9804"
    shortdesc = "Alarms tell of unhealthy targets, of no healthy one, and of server errors"
    description = (
        "By the full names of the target group and, after loadbalancer/, of the load balancer. "
        "Unhealthy for two minutes; none healthy for two minutes, no data included; server errors "
        "for three minutes, which also rolls a deployment back."
    )
    source_url = (
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
        "load-balancer-cloudwatch-metrics.html"
    )
    requirements = ("FR-046", "FR-035", "US3-4")
    fix = "Watch the service's own target group behind the imported load balancer, as specified"
    judges = JUDGED
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the alarms of each public service."""
        metrics = {part: metric for metric, part in WATCHING_TARGETS.items()}
        for service in world.services:
            for part, watched in _watched(world).items():
                expected = {
                    "Namespace": "AWS/ApplicationELB",
                    "MetricName": metrics[part],
                    "Dimensions": _dimensions(world, service),
                    "Period": 60,
                    **watched,
                }
                for alarm in world.roster.all(service.name, part):
                    yield from expect_metric(alarm, expected)


def _watched(world: World) -> dict[Part, dict[str, object]]:
    return {
        Part.UNHEALTHY_ALARM: {
            "Statistic": "Maximum",
            "EvaluationPeriods": 2,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        },
        Part.HEALTHY_ALARM: {
            "Statistic": "Minimum",
            "EvaluationPeriods": 2,
            "Threshold": 1,
            "ComparisonOperator": "LessThanThreshold",
            "TreatMissingData": "breaching",
        },
        Part.ERROR_ALARM: {
            "Statistic": "Sum",
            "EvaluationPeriods": 3,
            "Threshold": world.settings.alarms.server_errors_per_minute,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        },
    }


def _dimensions(world: World, service: Service) -> Keyed:
    balancer = world.contract.one(Imports.PUBLIC_ALB_ARN.value)
    full_name = {symbols.SELECT: [1, {symbols.SPLIT: ["loadbalancer/", balancer]}]}
    target = {symbols.GETATT: [world.id(service, Part.TARGET_GROUP), "TargetGroupFullName"]}
    return Keyed("Name", {"LoadBalancer": {"Value": full_name}, "TargetGroup": {"Value": target}})
