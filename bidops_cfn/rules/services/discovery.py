"""E9609: how a service is found by name."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.roster import DISCOVERY, Part
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules.services.namespace import TTL_SECONDS


class Discovery(HouseRule):
    """BFF finds a new AgentCore task within five seconds."""

    id = "E9609"
    shortdesc = "Called services have A records of 5 seconds, kept by ECS"
    description = (
        "Several answers with a short time to live; ECS reports health by the custom check, with "
        "one failure to take a task out."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html"
    )
    requirements = ("FR-022", "SC-011")
    fix = "Give the entry the service's name, an A record of 5 seconds and a custom health check"
    judges = properties(
        DISCOVERY, "Name", "Description", "NamespaceId", "DnsConfig", "HealthCheckCustomConfig"
    )

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the entry of each service that has one."""
        namespace = world.roster.id("", Part.NAMESPACE)
        for service in world.services:
            for entry in world.roster.all(service.name, Part.DISCOVERY):
                expected = {
                    "Name": service.name,
                    "Description": Maybe(SOME_TEXT),
                    "NamespaceId": {symbols.GETATT: [namespace, "Id"]},
                    "DnsConfig": {
                        "DnsRecords": [{"Type": "A", "TTL": TTL_SECONDS}],
                        "RoutingPolicy": "MULTIVALUE",
                    },
                    "HealthCheckCustomConfig": {"FailureThreshold": 1},
                }
                yield from expect(entry, expected)
