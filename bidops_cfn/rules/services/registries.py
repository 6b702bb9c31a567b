"""E9607: which services can be found by name."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ABSENT, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class Registries(HouseRule):
    """A port beside an A record is refused when the service is created, and lints clean."""

    id = "E9607"
    shortdesc = "Services that others call register with their discovery entry, and no other does"
    description = (
        "ServiceRegistries carries the registry's ARN alone: container name and port belong to SRV "
        "records."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html"
    )
    requirements = ("FR-022", "SC-011")
    fix = "Register with the ARN of the service's own discovery entry"
    judges = properties(SERVICE, "ServiceRegistries")

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the registries of each service."""
        for service in world.services:
            arn = {symbols.GETATT: [world.id(service, Part.DISCOVERY), "Arn"]}
            expected = [{"RegistryArn": arn}] if service.callers else ABSENT
            for resource in world.roster.all(service.name, Part.SERVICE):
                yield from expect(resource, {"ServiceRegistries": expected})
