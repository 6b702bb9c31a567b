"""Cloud Map: private DNS namespaces, each with its hosted zone, and the services in them."""

from __future__ import annotations

from typing import Any

from moto.servicediscovery.models import Namespace

from bidops_cfn_sandbox.models.table import Model, Row, backend_of, kept, tag_by
from bidops_cfn_sandbox.properties import Leaf, each
from bidops_cfn_sandbox.resource_type import Request, ResourceFailed

DEFAULT_SOA = {"TTL": 15}
ZONE_PREFIX = "/hostedzone/"


def _create_namespace(cloud_map: Any, request: Request) -> Any:
    place, name, vpc = request.place, request.properties["Name"], request.properties["Vpc"]
    if any((one.name, one.vpc) == (name, vpc) for one in cloud_map.namespaces.values()):
        raise ResourceFailed(f"Namespace {name} already exists in VPC {vpc}")
    zone = backend_of(place, "route53").create_hosted_zone(
        f"{name}.", private_zone=True, vpcid=vpc, vpcregion=place.region
    )
    dns = {"HostedZoneId": zone.id.removeprefix(ZONE_PREFIX)}
    http, where = {"HttpName": name}, (place.account_id, place.region)
    made = Namespace(*where, name, "DNS_PRIVATE", request.logical_id, "", dns, http, vpc)
    cloud_map.namespaces[made.id] = made
    return made


def _write_namespace(_cloud_map: Any, request: Request, namespace: Any) -> None:
    wanted = request.properties.get("Properties", {}).get("DnsProperties", {})
    namespace.dns_properties["SOA"] = dict(wanted.get("SOA", DEFAULT_SOA))


def _delete_namespace(cloud_map: Any, request: Request, physical_id: str) -> None:
    if any(one.namespace_id == physical_id for one in cloud_map.services.values()):
        raise ResourceFailed(f"Namespace {physical_id} has associated services")
    namespace = cloud_map.namespaces.pop(physical_id)
    zone = ZONE_PREFIX + namespace.dns_properties["HostedZoneId"]
    backend_of(request.place, "route53").delete_hosted_zone(zone)


def _create_service(cloud_map: Any, request: Request) -> Any:
    properties = request.properties
    namespace = properties.get("NamespaceId") or properties.get("DnsConfig", {}).get("NamespaceId")
    if namespace not in cloud_map.namespaces:
        raise ResourceFailed(f"Namespace {namespace} does not exist")
    name, check = properties.get("Name") or request.name(), "HealthCheckCustomConfig"
    return cloud_map.create_service(
        name, namespace, request.logical_id, "", {}, None, properties.get(check), [], "DNS_HTTP"
    )


def _write_service(_cloud_map: Any, request: Request, service: Any) -> None:
    config = {"RoutingPolicy": "MULTIVALUE", **request.properties.get("DnsConfig", {})}
    service.dns_config = {**config, "NamespaceId": service.namespace_id}


CLOUD_MAP_MODELS = (
    Model(
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
        "servicediscovery",
        {
            "Description": kept(Leaf.STRING, "description", ""),
            "Name": Row(Leaf.STRING, required=True, fixed=True),
            "Properties": Row({"DnsProperties": {"SOA": {"TTL": Leaf.INTEGER}}}),
            "Vpc": Row(Leaf.STRING, required=True, fixed=True),
        },
        _create_namespace,
        _delete_namespace,
        lambda cloud_map, id_: cloud_map.namespaces[id_],
        attributes={
            "Arn": "arn",
            "HostedZoneId": lambda made: made.dns_properties["HostedZoneId"],
            "Id": "id",
        },
        write=_write_namespace,
        tag=tag_by("tagger"),
    ),
    Model(
        "AWS::ServiceDiscovery::Service",
        "servicediscovery",
        {
            "Description": kept(Leaf.STRING, "description", ""),
            "DnsConfig": Row(
                {
                    "DnsRecords": [{"TTL": Leaf.INTEGER, "Type": Leaf.STRING}],
                    **each(Leaf.STRING, "NamespaceId", "RoutingPolicy"),
                }
            ),
            "HealthCheckCustomConfig": Row({"FailureThreshold": Leaf.INTEGER}, fixed=True),
            "Name": Row(Leaf.STRING, fixed=True),
            "NamespaceId": Row(Leaf.STRING, fixed=True),
        },
        _create_service,
        "delete_service",
        lambda cloud_map, id_: cloud_map.services[id_],
        attributes={"Arn": "arn", "Id": "id", "Name": "name"},
        write=_write_service,
        tag=tag_by("tagger"),
    ),
)
