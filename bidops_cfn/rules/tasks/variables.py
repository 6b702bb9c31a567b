"""E9206: what the container is told."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Keyed, Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.tasks._containers import container_properties, containers, expect_container
from bidops_cfn.rules.tasks._expected_variables import expected_variables


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
            values = {
                name: {"Value": value} for name, value in expected_variables(world, service).items()
            }
            yield from expect_container(container, {"Environment": Keyed("Name", values)})
