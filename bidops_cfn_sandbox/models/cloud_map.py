"""Cloud Map: private DNS namespaces, each with its hosted zone, and the services in them."""

from __future__ import annotations

from typing import Any

from moto.route53.models import route53_backends
from moto.servicediscovery.models import Namespace, Service, servicediscovery_backends

from bidops_cfn_sandbox.place import Place
from bidops_cfn_sandbox.properties import TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceFailed, ResourceType, completed

NAMESPACE_PROPERTIES: dict[str, Tree] = {
    "Description": Leaf.STRING,
    "Name": Leaf.STRING,
    "Properties": {"DnsProperties": {"SOA": {"TTL": Leaf.INTEGER}}},
    "Tags": TAGS,
    "Vpc": Leaf.STRING,
}
SERVICE_PROPERTIES: dict[str, Tree] = {
    "Description": Leaf.STRING,
    "DnsConfig": {
        "DnsRecords": [{"TTL": Leaf.INTEGER, "Type": Leaf.STRING}],
        "NamespaceId": Leaf.STRING,
        "RoutingPolicy": Leaf.STRING,
    },
    "HealthCheckCustomConfig": {"FailureThreshold": Leaf.INTEGER},
    "Name": Leaf.STRING,
    "NamespaceId": Leaf.STRING,
    "Tags": TAGS,
}
DEFAULT_SOA = {"TTL": 15}
ZONE_PREFIX = "/hostedzone/"


def _cloud_map(place: Place) -> Any:
    return servicediscovery_backends[place.account_id][place.region]


def _set_tags(request: Request, arn: str) -> None:
    tagger = _cloud_map(request.place).tagger
    tagger.delete_all_tags_for_resource(arn)
    tagger.tag_resource(arn, request.tag_list)


def _create_namespace(request: Request) -> Made:
    place, properties = request.place, request.properties
    name, vpc = properties["Name"], properties["Vpc"]
    for other in _cloud_map(place).namespaces.values():
        if other.name == name and other.vpc == vpc:
            raise ResourceFailed(f"Namespace {name} already exists in VPC {vpc}")
    zone = route53_backends[place.account_id][place.partition].create_hosted_zone(
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
    _cloud_map(place).namespaces[namespace.id] = namespace
    return completed(request, namespace.id, _update_namespace, _delete_namespace)


def _update_namespace(request: Request, physical_id: str) -> Made:
    namespace = _cloud_map(request.place).namespaces[physical_id]
    wanted = request.properties.get("Properties", {}).get("DnsProperties", {})
    namespace.description = request.properties.get("Description", "")
    namespace.dns_properties["SOA"] = dict(wanted.get("SOA", DEFAULT_SOA))
    _set_tags(request, namespace.arn)
    return Made(
        physical_id,
        {
            "Arn": namespace.arn,
            "HostedZoneId": namespace.dns_properties["HostedZoneId"],
            "Id": physical_id,
        },
    )


def _delete_namespace(request: Request, physical_id: str) -> None:
    place = request.place
    services = _cloud_map(place).services.values()
    if any(service.namespace_id == physical_id for service in services):
        raise ResourceFailed(f"Namespace {physical_id} has associated services")
    namespace = _cloud_map(place).namespaces.pop(physical_id)
    route53_backends[place.account_id][place.partition].delete_hosted_zone(
        ZONE_PREFIX + namespace.dns_properties["HostedZoneId"]
    )


def _create_service(request: Request) -> Made:
    place, properties = request.place, request.properties
    config = dict(properties.get("DnsConfig", {}))
    namespace_id = properties.get("NamespaceId") or config.get("NamespaceId")
    if namespace_id not in _cloud_map(place).namespaces:
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
    _cloud_map(place).services[service.id] = service
    return completed(request, service.id, _update_service, _delete_service)


def _update_service(request: Request, physical_id: str) -> Made:
    service = _cloud_map(request.place).services[physical_id]
    config = {"RoutingPolicy": "MULTIVALUE", **request.properties.get("DnsConfig", {})}
    service.dns_config = {**config, "NamespaceId": service.namespace_id}
    service.description = request.properties.get("Description", "")
    _set_tags(request, service.arn)
    return Made(physical_id, {"Arn": service.arn, "Id": physical_id, "Name": service.name})


def _delete_service(request: Request, physical_id: str) -> None:
    _cloud_map(request.place).delete_service(physical_id)


NAMESPACE = ResourceType(
    "AWS::ServiceDiscovery::PrivateDnsNamespace",
    NAMESPACE_PROPERTIES,
    _create_namespace,
    _delete_namespace,
    _update_namespace,
    required=frozenset({"Name", "Vpc"}),
    create_only=frozenset({"Name", "Vpc"}),
    attributes=frozenset({"Arn", "HostedZoneId", "Id"}),
)

DISCOVERY_SERVICE = ResourceType(
    "AWS::ServiceDiscovery::Service",
    SERVICE_PROPERTIES,
    _create_service,
    _delete_service,
    _update_service,
    create_only=frozenset({"HealthCheckCustomConfig", "Name", "NamespaceId"}),
    attributes=frozenset({"Arn", "Id", "Name"}),
)
