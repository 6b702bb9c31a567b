"""E9503: which requests the service gets."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.contract import Imports
from bidops_cfn.facts import symbols
from bidops_cfn.facts.roster import LISTENER_RULE, Part
from bidops_cfn.model import Service
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Maybe, Mismatch, Unordered, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class ListenerRule(HouseRule):
    """A rule without its conditions takes every request of the load balancer."""

    id = "E9503"
    shortdesc = "Listener rule sends exactly the service's requests to its target group"
    description = (
        "On the imported HTTPS listener, with the priority, hosts and paths of the settings, and "
        "one action that forwards. A listener of our own would collide with NetworkStack's."
    )
    source_url = (
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html"
    )
    requirements = ("FR-021", "FR-033", "FR-047", "US3-1")
    fix = "Set [services.<service>.listener] in params/<environment>.toml and render again"
    judges = properties(LISTENER_RULE, "ListenerArn", "Priority", "Conditions", "Actions")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the listener rule of each public service."""
        for service in world.services:
            for resource in world.roster.all(service.name, Part.LISTENER_RULE):
                listener = world.settings.services[service.name].listener
                target = {symbols.REF: world.id(service, Part.TARGET_GROUP)}
                action = {"Type": "forward", "TargetGroupArn": target, "Order": Maybe(1)}
                expected = {
                    "ListenerArn": world.contract.one(Imports.HTTPS_LISTENER_ARN.value),
                    "Priority": listener.priority if listener else "",
                    "Conditions": Unordered(_conditions(world, service)),
                    "Actions": [action],
                }
                yield from expect(resource, expected)


def _conditions(world: World, service: Service) -> list[object]:
    listener = world.settings.services[service.name].listener
    conditions: list[object] = []
    if listener and listener.hosts:
        values = {"Values": Unordered(listener.hosts)}
        conditions.append({"Field": "host-header", "HostHeaderConfig": values})
    if listener and listener.paths:
        values = {"Values": Unordered(listener.paths)}
        conditions.append({"Field": "path-pattern", "PathPatternConfig": values})
    return conditions
