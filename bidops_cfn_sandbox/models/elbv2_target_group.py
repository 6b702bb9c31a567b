"""Load balancing target groups: health check, and the attributes that the template sets."""

from __future__ import annotations

from typing import Any

from moto.elbv2.models import elbv2_backends

from bidops_cfn_sandbox.place import Place
from bidops_cfn_sandbox.properties import TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceType, completed

KEY_VALUES: Tree = [{"Key": Leaf.STRING, "Value": Leaf.STRING}]
PROPERTIES: dict[str, Tree] = {
    "HealthCheckEnabled": Leaf.BOOLEAN,
    "HealthCheckIntervalSeconds": Leaf.INTEGER,
    "HealthCheckPath": Leaf.STRING,
    "HealthCheckPort": Leaf.STRING,
    "HealthCheckProtocol": Leaf.STRING,
    "HealthCheckTimeoutSeconds": Leaf.INTEGER,
    "HealthyThresholdCount": Leaf.INTEGER,
    "IpAddressType": Leaf.STRING,
    "Matcher": {"HttpCode": Leaf.STRING},
    "Name": Leaf.STRING,
    "Port": Leaf.INTEGER,
    "Protocol": Leaf.STRING,
    "ProtocolVersion": Leaf.STRING,
    "Tags": TAGS,
    "TargetGroupAttributes": KEY_VALUES,
    "TargetType": Leaf.STRING,
    "UnhealthyThresholdCount": Leaf.INTEGER,
    "VpcId": Leaf.STRING,
}
NAME_LENGTH = 32
# What Elastic Load Balancing takes when an HTTP target group says nothing.
DEFAULTS: dict[str, Any] = {
    "HealthCheckEnabled": True,
    "HealthCheckIntervalSeconds": 30,
    "HealthCheckPath": "/",
    "HealthCheckPort": "traffic-port",
    "HealthCheckTimeoutSeconds": 5,
    "HealthyThresholdCount": 5,
    "Matcher": {"HttpCode": "200"},
    "UnhealthyThresholdCount": 2,
}


def load_balancing(place: Place) -> Any:
    """Return moto's Elastic Load Balancing of ``place``."""
    return elbv2_backends[place.account_id][place.region]


def set_tags(request: Request, arn: str) -> None:
    """Give the load balancing resource ``arn`` the tags of the request, and no others."""
    tagging = load_balancing(request.place).tagging_service
    tagging.delete_all_tags_for_resource(arn)
    tagging.tag_resource(arn, request.tag_list)


def _create(request: Request) -> Made:
    properties = request.properties
    group = load_balancing(request.place).create_target_group(
        properties.get("Name") or request.name(NAME_LENGTH),
        vpc_id=properties.get("VpcId"),
        protocol=properties.get("Protocol"),
        port=properties.get("Port"),
        protocol_version=properties.get("ProtocolVersion", "HTTP1"),
        healthcheck_interval_seconds=properties.get("HealthCheckIntervalSeconds"),
        healthcheck_timeout_seconds=properties.get("HealthCheckTimeoutSeconds"),
        target_type=properties.get("TargetType"),
        ip_address_type=properties.get("IpAddressType"),
    )
    return completed(request, group.arn, _update, _delete)


def _update(request: Request, physical_id: str) -> Made:
    balancing, wanted = load_balancing(request.place), {**DEFAULTS, **request.properties}
    group = balancing.target_groups[physical_id]
    group.health_check_enabled = wanted["HealthCheckEnabled"]
    group.health_check_protocol = wanted.get("HealthCheckProtocol", group.protocol)
    group.health_check_port = wanted["HealthCheckPort"]
    group.health_check_path = wanted["HealthCheckPath"]
    group.health_check_interval_seconds = wanted["HealthCheckIntervalSeconds"]
    group.health_check_timeout_seconds = wanted["HealthCheckTimeoutSeconds"]
    group.healthy_threshold_count = wanted["HealthyThresholdCount"]
    group.unhealthy_threshold_count = wanted["UnhealthyThresholdCount"]
    group.matcher = dict(wanted["Matcher"])
    attributes = {item["Key"]: item["Value"] for item in wanted.get("TargetGroupAttributes", [])}
    balancing.modify_target_group_attributes(physical_id, attributes)
    set_tags(request, physical_id)
    return Made(
        physical_id,
        {
            "LoadBalancerArns": list(group.load_balancer_arns),
            "TargetGroupArn": physical_id,
            "TargetGroupFullName": physical_id.split(":", 5)[5],
            "TargetGroupName": group.name,
        },
    )


def _delete(request: Request, physical_id: str) -> None:
    load_balancing(request.place).delete_target_group(physical_id)


TARGET_GROUP = ResourceType(
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    PROPERTIES,
    _create,
    _delete,
    _update,
    create_only=frozenset(
        {"IpAddressType", "Name", "Port", "Protocol", "ProtocolVersion", "TargetType", "VpcId"}
    ),
    attributes=frozenset(
        {"LoadBalancerArns", "TargetGroupArn", "TargetGroupFullName", "TargetGroupName"}
    ),
    named="Name",
)
