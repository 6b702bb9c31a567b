"""E9204: the container and its port."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Maybe, Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.tasks._containers import container_properties, containers, expect_container


class ContainerPort(HouseRule):
    """Load balancer, discovery and security groups all rely on the container's name and port."""

    id = "E9204"
    shortdesc = "Each service has one essential container of its name, on its port"
    description = (
        "BFF listens on 3000, AgentCore on 8080, by HTTP over TCP. If the essential container "
        "stops, so does the task."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
    )
    requirements = ("FR-012", "FR-015")
    fix = "Name the container after its service, essential, with one port mapping"
    judges = container_properties("Name", "Essential", "PortMappings")

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the container of each service."""
        for service, container in containers(world):
            port = {
                "Name": "http",
                "AppProtocol": "http",
                "ContainerPort": service.port,
                "HostPort": Maybe(service.port),
                "Protocol": "tcp",
            }
            expected = {"Name": service.name, "Essential": True, "PortMappings": [port]}
            yield from expect_container(container, expected)
