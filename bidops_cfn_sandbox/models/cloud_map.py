"""Cloud Map: private DNS namespaces, each with its hosted zone, and the services in them."""

from __future__ import annotations

from typing import Any

from moto.servicediscovery.models import Namespace, Service

from bidops_cfn_sandbox.models.table import Model, Row, backend_of, kept
from bidops_cfn_sandbox.properties import TAGS, Leaf
from bidops_cfn_sandbox.resource_type import Request, ResourceFailed

DEFAULT_SOA = {"TTL": 15}
ZONE_PREFIX = "/hostedzone/"


def _cloud_map(request: Request) -> Any:
    return backend_of(request.place, "servicediscovery")


def _tag(request: Request, made: Any) -> None:
    tagger = _cloud_map(request).tagger
    tagger.delete_all_tags_for_resource(made.arn)
    tagger.tag_resource(made.arn, request.tag_list)


def _create_namespace(request: Request) -> Any:
    place, name, vpc = request.place, request.properties["Name"], request.properties["Vpc"]
    for other in _cloud_map(request).namespaces.values():
        if other.name == name and other.vpc == vpc:
            raise ResourceFailed(f"Namespace {name} already exists in VPC {vpc}")
    zone = backend_of(place, "route53").create_hosted_zone(
        f"{name}.", private_zone=True, vpcid=vpc, vpcregion=place.region
    )
    namespace = Namespace(
        place.account_id,
        place.region,
        name,
        "DNS_PRIVATE",
        request.logical_id,
        "",
        {"HostedZoneId": zone.id.removeprefix(ZONE_PREFIX)},
        {"HttpName": name},
        vpc,
    )
    _cloud_map(request).namespaces[namespace.id] = namespace
    return namespace


def _write_namespace(request: Request, namespace: Any) -> None:
    wanted = request.properties.get("Properties", {}).get("DnsProperties", {})
    namespace.dns_properties["SOA"] = dict(wanted.get("SOA", DEFAULT_SOA))


def _delete_namespace(request: Request, physical_id: str) -> None:
    services = _cloud_map(request).services.values()
    if any(service.namespace_id == physical_id for service in services):
        raise ResourceFailed(f"Namespace {physical_id} has associated services")
    namespace = _cloud_map(request).namespaces.pop(physical_id)
    zone = ZONE_PREFIX + namespace.dns_properties["HostedZoneId"]
    backend_of(request.place, "route53").delete_hosted_zone(zone)


def _create_service(request: Request) -> Any:
    place, properties = request.place, request.properties
    config = properties.get("DnsConfig", {})
    namespace_id = properties.get("NamespaceId") or config.get("NamespaceId")
    if namespace_id not in _cloud_map(request).namespaces:
        raise ResourceFailed(f"Namespace {namespace_id} does not exist")
    service = Service(
        place.account_id,
        place.region,
        properties.get("Name") or request.name(),
        namespace_id,
        "",
        request.logical_id,
        {},
        None,
        properties.get("HealthCheckCustomConfig"),
        "DNS_HTTP",
    )
    _cloud_map(request).services[service.id] = service
    return service


def _write_service(request: Request, service: Any) -> None:
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
            "Tags": Row(TAGS),
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
        tag=_tag,
    ),
    Model(
        "AWS::ServiceDiscovery::Service",
        "servicediscovery",
        {
            "Description": kept(Leaf.STRING, "description", ""),
            "DnsConfig": Row(
                {
                    "DnsRecords": [{"TTL": Leaf.INTEGER, "Type": Leaf.STRING}],
                    "NamespaceId": Leaf.STRING,
                    "RoutingPolicy": Leaf.STRING,
                }
            ),
            "HealthCheckCustomConfig": Row({"FailureThreshold": Leaf.INTEGER}, fixed=True),
            "Name": Row(Leaf.STRING, fixed=True),
            "NamespaceId": Row(Leaf.STRING, fixed=True),
            "Tags": Row(TAGS),
        },
        _create_service,
        "delete_service",
        lambda cloud_map, id_: cloud_map.services[id_],
        attributes={"Arn": "arn", "Id": "id", "Name": "name"},
        write=_write_service,
        tag=_tag,
    ),
)
