"""What ECS refuses of a service: providers, load balancers, registries, networks that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from bidops_cfn_sandbox.resource_type import Request, ResourceFailed


def refuse_impossible(request: Request, cluster: Any, definition: Any) -> None:
    """Raise ResourceFailed for a service that ECS would not create or update."""
    properties = request.properties
    strategy = properties.get("CapacityProviderStrategy", [])
    providers = cluster.capacity_providers or []
    unknown = sorted({item["CapacityProvider"] for item in strategy} - set(providers))
    if unknown:
        raise ResourceFailed(
            "The specified capacity provider strategy cannot contain a capacity provider that is"
            f" not associated with the cluster: {', '.join(unknown)}"
        )
    if strategy and properties.get("LaunchType"):
        raise ResourceFailed(
            "Specifying both a launch type and capacity provider strategy is not supported."
        )
    if len([item for item in strategy if item.get("Base")]) > 1:
        raise ResourceFailed("Only one capacity provider of a strategy can have a base.")
    for balancer in properties.get("LoadBalancers", []):
        _check_load_balancer(request, balancer, definition)
    for registry in properties.get("ServiceRegistries", []):
        _check_registry(registry)
    _check_network(request, definition)


def _check_load_balancer(request: Request, balancer: Mapping[str, Any], definition: Any) -> None:
    place, arn = request.place, balancer["TargetGroupArn"]
    groups = elbv2_backends[place.account_id][place.region].target_groups
    if arn not in groups:
        raise ResourceFailed(f"The specified target group {arn} does not exist.")
    if not groups[arn].load_balancer_arns:
        raise ResourceFailed(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        )
    ports = {
        (container["name"], mapping["containerPort"])
        for container in definition.container_definitions
        for mapping in container["portMappings"]
    }
    if (balancer["ContainerName"], balancer["ContainerPort"]) not in ports:
        raise ResourceFailed(
            f"The container {balancer['ContainerName']} does not exist in the task definition, or"
            f" has no port {balancer['ContainerPort']}."
        )


def _check_registry(registry: Mapping[str, Any]) -> None:
    # A port beside the A record that this stack's registries have; ECS finds out at run time.
    if {"ContainerName", "ContainerPort", "Port"} & set(registry):
        raise ResourceFailed(
            "When specifying containerName and containerPort, the DNS record of the service"
            " registry must be of type SRV."
        )


def _check_network(request: Request, definition: Any) -> None:
    configured = request.properties.get("NetworkConfiguration", {}).get("AwsvpcConfiguration")
    if definition.network_mode == "awsvpc" and not configured:
        raise ResourceFailed(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    if configured:
        ec2 = ec2_backends[request.place.account_id][request.place.region]
        ec2.describe_subnets(subnet_ids=configured["Subnets"])
        ec2.describe_security_groups(group_ids=configured.get("SecurityGroups", []))
