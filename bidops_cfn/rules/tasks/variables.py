"""E9206: what the container is told."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.contract import Imports
from bidops_cfn.facts import symbols
from bidops_cfn.model import Capability, Service
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Keyed, Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.tasks._containers import container_properties, containers, expect_container
from bidops_cfn.spec import floors


class Variables(HouseRule):
    """Plain variables are readable by everybody who may describe a task."""

    id = "E9206"
    shortdesc = "Containers get exactly the plain variables that are specified and set"
    description = (
        "AWS_REGION and ENVIRONMENT; for each service that it calls, that service's discovery "
        "name and port; the knowledge base's bucket where it may use it; how long BFF keeps an "
        "idle connection, which is longer than the load balancer does; and what settings add."
    )
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/taskdef-envfiles.html"
    requirements = ("FR-013", "FR-022")
    fix = "Set the variable in params/<environment>.toml and render again"
    judges = container_properties("Environment")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the variables of each service's container."""
        for service, container in containers(world):
            values = {name: {"Value": value} for name, value in _values(world, service).items()}
            yield from expect_container(container, {"Environment": Keyed("Name", values)})


def _values(world: World, service: Service) -> dict[str, object]:
    settings = world.settings
    values: dict[str, object] = {
        "AWS_REGION": {symbols.REF: "AWS::Region"},
        "ENVIRONMENT": settings.name,
        **service.environment,
    }
    for callee in world.callees(service):
        url = f"http://{callee.name}.{settings.namespace}:{callee.port}"
        values[callee.url_variable] = url
    if service.keep_alive_variable:
        seconds = settings.load_balancer_idle + floors.KEEP_ALIVE_MARGIN
        values[service.keep_alive_variable] = seconds * 1000
    if Capability.USE_KNOWLEDGE_BASE in service.capabilities:
        values["KNOWLEDGE_BASE_BUCKET"] = world.contract.one(Imports.KNOWLEDGE_BASE_BUCKET.value)
    return {**values, **settings.services[service.name].environment}
