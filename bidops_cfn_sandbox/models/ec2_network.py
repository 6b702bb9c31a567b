"""A VPC and what it consists of: subnets, gateways, routes and endpoints.

Only NetworkStack has these; none of them can be updated in place here.
"""

from __future__ import annotations

import json
from typing import Any

from bidops_cfn_sandbox.interfaces import serve
from bidops_cfn_sandbox.models.ec2_security_group_rule import ec2_of, group_of
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import Create, Delete, Made, Request, ResourceType


def _create_vpc(request: Request) -> Made:
    ec2, properties = ec2_of(request.place), request.properties
    vpc = ec2.create_vpc(properties["CidrBlock"])
    vpc.add_tags(dict(request.tags))
    for attribute, name in (
        ("enable_dns_support", "EnableDnsSupport"),
        ("enable_dns_hostnames", "EnableDnsHostnames"),
    ):
        if name in properties:
            ec2.modify_vpc_attribute(vpc.id, attribute, properties[name])
    return Made(vpc.id, {"CidrBlock": vpc.cidr_block, "VpcId": vpc.id})


def _create_subnet(request: Request) -> Made:
    properties = request.properties
    subnet = ec2_of(request.place).create_subnet(
        properties["VpcId"],
        properties["CidrBlock"],
        availability_zone=properties.get("AvailabilityZone"),
    )
    subnet.add_tags(dict(request.tags))
    subnet.map_public_ip_on_launch = properties.get("MapPublicIpOnLaunch", False)
    return Made(subnet.id, {"AvailabilityZone": subnet.availability_zone, "SubnetId": subnet.id})


def _create_gateway(request: Request) -> Made:
    gateway = ec2_of(request.place).create_internet_gateway()
    gateway.add_tags(dict(request.tags))
    return Made(gateway.id, {"InternetGatewayId": gateway.id})


def _attach_gateway(request: Request) -> Made:
    gateway, vpc = request.properties["InternetGatewayId"], request.properties["VpcId"]
    ec2_of(request.place).attach_internet_gateway(gateway, vpc)
    return Made(f"IGW|{vpc}")


def _detach_gateway(request: Request, physical_id: str) -> None:  # noqa: ARG001 - named by its ends
    ec2_of(request.place).detach_internet_gateway(
        request.properties["InternetGatewayId"], request.properties["VpcId"]
    )


def _create_route_table(request: Request) -> Made:
    table = ec2_of(request.place).create_route_table(request.properties["VpcId"])
    table.add_tags(dict(request.tags))
    return Made(table.id, {"RouteTableId": table.id})


def _create_route(request: Request) -> Made:
    table, block = request.properties["RouteTableId"], request.properties["DestinationCidrBlock"]
    ec2_of(request.place).create_route(table, block, gateway_id=request.properties["GatewayId"])
    return Made(f"{table}|{block}", {"CidrBlock": block})


def _delete_route(request: Request, physical_id: str) -> None:
    ec2_of(request.place).delete_route(*physical_id.split("|"))


def _associate(request: Request) -> Made:
    association = ec2_of(request.place).associate_route_table(
        request.properties["RouteTableId"], subnet_id=request.properties["SubnetId"]
    )
    return Made(association, {"Id": association})


def _create_endpoint(request: Request) -> Made:
    properties = request.properties
    groups = properties.get("SecurityGroupIds", [])
    for group in groups:
        group_of(request.place, group)
    policy = properties.get("PolicyDocument")
    endpoint: Any = ec2_of(request.place).create_vpc_endpoint(
        properties["VpcId"],
        properties["ServiceName"],
        properties.get("VpcEndpointType", "Gateway"),
        json.dumps(policy) if policy else None,
        properties.get("RouteTableIds", []),
        subnet_ids=properties.get("SubnetIds", []),
        security_group_ids=groups,
        private_dns_enabled=properties.get("PrivateDnsEnabled", False),
    )
    endpoint.add_tags(dict(request.tags))
    for interface in endpoint.network_interface_ids:
        made = ec2_of(request.place).get_network_interface(interface)
        made.description = f"VPC Endpoint Interface {endpoint.id}"
        serve(request.place, made, groups, "vpc_endpoint")
    return Made(endpoint.id, {"Id": endpoint.id})


def _type(
    name: str, properties: dict[str, Tree], create: Create, delete: Delete, *found: str
) -> ResourceType:
    return ResourceType(name, properties, create, delete, attributes=frozenset(found))


NETWORK_TYPES: tuple[ResourceType, ...] = (
    _type(
        "AWS::EC2::VPC",
        {
            "CidrBlock": Leaf.STRING,
            "EnableDnsHostnames": Leaf.BOOLEAN,
            "EnableDnsSupport": Leaf.BOOLEAN,
            "Tags": TAGS,
        },
        _create_vpc,
        lambda request, physical_id: ec2_of(request.place).delete_vpc(physical_id),
        "CidrBlock",
        "VpcId",
    ),
    _type(
        "AWS::EC2::Subnet",
        {
            "AvailabilityZone": Leaf.STRING,
            "CidrBlock": Leaf.STRING,
            "MapPublicIpOnLaunch": Leaf.BOOLEAN,
            "Tags": TAGS,
            "VpcId": Leaf.STRING,
        },
        _create_subnet,
        lambda request, physical_id: ec2_of(request.place).delete_subnet(physical_id),
        "AvailabilityZone",
        "SubnetId",
    ),
    _type(
        "AWS::EC2::InternetGateway",
        {"Tags": TAGS},
        _create_gateway,
        lambda request, physical_id: ec2_of(request.place).delete_internet_gateway(physical_id),
        "InternetGatewayId",
    ),
    _type(
        "AWS::EC2::VPCGatewayAttachment",
        {"InternetGatewayId": Leaf.STRING, "VpcId": Leaf.STRING},
        _attach_gateway,
        _detach_gateway,
    ),
    _type(
        "AWS::EC2::RouteTable",
        {"Tags": TAGS, "VpcId": Leaf.STRING},
        _create_route_table,
        lambda request, physical_id: ec2_of(request.place).delete_route_table(physical_id),
        "RouteTableId",
    ),
    _type(
        "AWS::EC2::Route",
        {
            "DestinationCidrBlock": Leaf.STRING,
            "GatewayId": Leaf.STRING,
            "RouteTableId": Leaf.STRING,
        },
        _create_route,
        _delete_route,
        "CidrBlock",
    ),
    _type(
        "AWS::EC2::SubnetRouteTableAssociation",
        {"RouteTableId": Leaf.STRING, "SubnetId": Leaf.STRING},
        _associate,
        lambda request, physical_id: ec2_of(request.place).disassociate_route_table(physical_id),
        "Id",
    ),
    _type(
        "AWS::EC2::VPCEndpoint",
        {
            "PolicyDocument": Leaf.DOCUMENT,
            "PrivateDnsEnabled": Leaf.BOOLEAN,
            "RouteTableIds": STRINGS,
            "SecurityGroupIds": STRINGS,
            "ServiceName": Leaf.STRING,
            "SubnetIds": STRINGS,
            "Tags": TAGS,
            "VpcEndpointType": Leaf.STRING,
            "VpcId": Leaf.STRING,
        },
        _create_endpoint,
        lambda request, physical_id: ec2_of(request.place).delete_vpc_endpoints([physical_id]),
        "Id",
    ),
)
