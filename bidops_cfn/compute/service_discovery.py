"""How services find each other by name (FR-022, SC-011)."""

from __future__ import annotations

from troposphere import AWSObject, GetAtt
from troposphere import servicediscovery as discovery

from bidops_cfn import logical_ids
from bidops_cfn.compute.imports import imported
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Service

TTL_SECONDS = 5  # SC-011: a new task is found within five seconds


def namespace(environment: Environment) -> list[AWSObject]:
    """Return the private DNS namespace; its SOA record bounds how long "no such name" is kept."""
    return [
        discovery.PrivateDnsNamespace(
            logical_ids.NAMESPACE,
            Name=environment.discovery.namespace,
            Description=f"Services of {environment.name}",
            Vpc=imported(environment, Imports.VPC_ID.value),
            Properties=discovery.Properties(
                # troposphere has one class for the properties of public and private namespaces.
                DnsProperties=discovery.PublicDnsPropertiesMutable(
                    SOA=discovery.SOA(TTL=TTL_SECONDS)
                )
            ),
        )
    ]


def service_discovery(service: Service) -> list[AWSObject]:
    """Return the entry of a service that others call; ECS keeps its addresses and their health."""
    if not service.callers:
        return []
    return [
        discovery.Service(
            logical_ids.discovery_service(service),
            Name=service.name,
            Description=f"Healthy tasks of {service.name}",
            NamespaceId=GetAtt(logical_ids.NAMESPACE, "Id"),
            DnsConfig=discovery.DnsConfig(
                RoutingPolicy="MULTIVALUE",
                DnsRecords=[discovery.DnsRecord(Type="A", TTL=TTL_SECONDS)],
            ),
            HealthCheckCustomConfig=discovery.HealthCheckCustomConfig(FailureThreshold=1),
        )
    ]
