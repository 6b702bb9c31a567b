"""Load balancers and their listeners."""

from __future__ import annotations

import copy

from bidops_cfn_sandbox.interfaces import attach, detach
from bidops_cfn_sandbox.models.elbv2_target_group import (
    KEY_VALUES,
    NAME_LENGTH,
    load_balancing,
    set_tags,
)
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceType

ACTIONS: Tree = [
    {
        "FixedResponseConfig": {
            "ContentType": Leaf.STRING,
            "MessageBody": Leaf.STRING,
            "StatusCode": Leaf.STRING,
        },
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": Leaf.STRING, "Weight": Leaf.INTEGER}]
        },
        "Order": Leaf.INTEGER,
        "RedirectConfig": {
            "Host": Leaf.STRING,
            "Path": Leaf.STRING,
            "Port": Leaf.STRING,
            "Protocol": Leaf.STRING,
            "Query": Leaf.STRING,
            "StatusCode": Leaf.STRING,
        },
        "TargetGroupArn": Leaf.STRING,
        "Type": Leaf.STRING,
    }
]


def _create_balancer(request: Request) -> Made:
    properties, balancing = request.properties, load_balancing(request.place)
    balancer = balancing.create_load_balancer(
        properties.get("Name") or request.name(NAME_LENGTH),
        properties.get("SecurityGroups", []),
        properties.get("Subnets", []),
        scheme=properties.get("Scheme", "internet-facing"),
        loadbalancer_type=properties.get("Type", "application"),
    )
    attributes = {
        item["Key"]: item["Value"] for item in properties.get("LoadBalancerAttributes", [])
    }
    balancing.modify_load_balancer_attributes(balancer.arn, attributes)
    set_tags(request, balancer.arn)
    for subnet in properties.get("Subnets", []):
        groups = properties.get("SecurityGroups", [])
        attach(request.place, subnet, groups, interface_description(balancer.arn))
    return Made(
        balancer.arn,
        {
            "CanonicalHostedZoneID": balancer.canonical_hosted_zone_id,
            "DNSName": balancer.dns_name,
            "LoadBalancerArn": balancer.arn,
            "LoadBalancerFullName": balancer.arn.split(":loadbalancer/")[1],
            "LoadBalancerName": balancer.name,
        },
    )


def _delete_balancer(request: Request, physical_id: str) -> None:
    load_balancing(request.place).delete_load_balancer(physical_id)
    detach(request.place, interface_description(physical_id))


def interface_description(arn: str) -> str:
    """Return how a load balancer describes its network interfaces."""
    return f"ELB {arn.partition(':loadbalancer/')[2]}"


def _create_listener(request: Request) -> Made:
    properties = request.properties
    certificates = properties.get("Certificates", [])
    listener = load_balancing(request.place).create_listener(
        properties["LoadBalancerArn"],
        properties.get("Protocol"),
        properties.get("Port"),
        properties.get("SslPolicy"),
        certificates[0]["CertificateArn"] if certificates else None,
        copy.deepcopy(properties["DefaultActions"]),
    )
    set_tags(request, listener.arn)
    return Made(listener.arn, {"ListenerArn": listener.arn})


def _delete_listener(request: Request, physical_id: str) -> None:
    load_balancing(request.place).delete_listener(physical_id)


LOAD_BALANCER = ResourceType(
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    {
        "LoadBalancerAttributes": KEY_VALUES,
        "Name": Leaf.STRING,
        "Scheme": Leaf.STRING,
        "SecurityGroups": STRINGS,
        "Subnets": STRINGS,
        "Tags": TAGS,
        "Type": Leaf.STRING,
    },
    _create_balancer,
    _delete_balancer,
    attributes=frozenset(
        {
            "CanonicalHostedZoneID",
            "DNSName",
            "LoadBalancerArn",
            "LoadBalancerFullName",
            "LoadBalancerName",
        }
    ),
    named="Name",
)

LISTENER = ResourceType(
    "AWS::ElasticLoadBalancingV2::Listener",
    {
        "Certificates": [{"CertificateArn": Leaf.STRING}],
        "DefaultActions": ACTIONS,
        "LoadBalancerArn": Leaf.STRING,
        "Port": Leaf.INTEGER,
        "Protocol": Leaf.STRING,
        "SslPolicy": Leaf.STRING,
    },
    _create_listener,
    _delete_listener,
    required=frozenset({"DefaultActions", "LoadBalancerArn"}),
    attributes=frozenset({"ListenerArn"}),
)
