"""A VPC and what it consists of: subnets, gateways, routes and endpoints.

Only NetworkStack has these; none of them can be updated in place here.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from botocore import xform_name

from bidops_cfn_sandbox.models.security_groups import group_of, serve
from bidops_cfn_sandbox.models.table import Model, Row, add_tags, each_passed, kept, passed
from bidops_cfn_sandbox.properties import STRINGS, Leaf
from bidops_cfn_sandbox.resource_type import Request


def _write_vpc(ec2: Any, request: Request, vpc: Any) -> None:
    for name in request.properties.keys() & {"EnableDnsHostnames", "EnableDnsSupport"}:
        ec2.modify_vpc_attribute(vpc.id, xform_name(name), request.properties[name])


def _ends_of(request: Request) -> tuple[str, str]:
    return request.properties["InternetGatewayId"], request.properties["VpcId"]


def _attach_gateway(ec2: Any, request: Request) -> Any:
    gateway, vpc = _ends_of(request)
    ec2.attach_internet_gateway(gateway, vpc)
    return SimpleNamespace(id=f"IGW|{vpc}")


def _create_route(ec2: Any, request: Request) -> Any:
    table, block = request.properties["RouteTableId"], request.properties["DestinationCidrBlock"]
    ec2.create_route(table, block, gateway_id=request.properties["GatewayId"])
    return SimpleNamespace(id=f"{table}|{block}", block=block)


def _associate(ec2: Any, request: Request) -> Any:
    table, subnet = request.properties["RouteTableId"], request.properties["SubnetId"]
    return SimpleNamespace(id=ec2.associate_route_table(table, subnet_id=subnet))


def _write_endpoint(ec2: Any, request: Request, endpoint: Any) -> None:
    groups = request.properties.get("SecurityGroupIds", [])
    for group in groups:
        group_of(ec2, group)
    for interface in endpoint.network_interface_ids:
        made = ec2.get_network_interface(interface)
        made.description = f"VPC Endpoint Interface {endpoint.id}"
        serve(ec2, made, groups, "vpc_endpoint")


NETWORK_MODELS = (
    Model(
        "AWS::EC2::VPC",
        "ec2",
        {
            **each_passed(Leaf.STRING, "CidrBlock"),
            "EnableDnsHostnames": Row(Leaf.BOOLEAN),
            "EnableDnsSupport": Row(Leaf.BOOLEAN),
        },
        "create_vpc",
        "delete_vpc",
        attributes={"CidrBlock": "cidr_block", "VpcId": "id"},
        write=_write_vpc,
        tag=add_tags,
        updates=False,
    ),
    Model(
        "AWS::EC2::Subnet",
        "ec2",
        {
            **each_passed(Leaf.STRING, "AvailabilityZone", "CidrBlock", "VpcId"),
            "MapPublicIpOnLaunch": kept(Leaf.BOOLEAN, "map_public_ip_on_launch", default=False),
        },
        "create_subnet",
        "delete_subnet",
        attributes={"AvailabilityZone": "availability_zone", "SubnetId": "id"},
        tag=add_tags,
        updates=False,
    ),
    Model(
        "AWS::EC2::InternetGateway",
        "ec2",
        {},
        "create_internet_gateway",
        "delete_internet_gateway",
        attributes={"InternetGatewayId": "id"},
        tag=add_tags,
        updates=False,
    ),
    Model(
        "AWS::EC2::VPCGatewayAttachment",
        "ec2",
        {"InternetGatewayId": Row(Leaf.STRING), "VpcId": Row(Leaf.STRING)},
        _attach_gateway,
        lambda ec2, request, _id: ec2.detach_internet_gateway(*_ends_of(request)),
        updates=False,
    ),
    Model(
        "AWS::EC2::RouteTable",
        "ec2",
        {"VpcId": passed(Leaf.STRING, "vpc_id")},
        "create_route_table",
        "delete_route_table",
        attributes={"RouteTableId": "id"},
        tag=add_tags,
        updates=False,
    ),
    Model(
        "AWS::EC2::Route",
        "ec2",
        dict.fromkeys(("DestinationCidrBlock", "GatewayId", "RouteTableId"), Row(Leaf.STRING)),
        _create_route,
        lambda ec2, _request, id_: ec2.delete_route(*id_.split("|")),
        attributes={"CidrBlock": "block"},
        updates=False,
    ),
    Model(
        "AWS::EC2::SubnetRouteTableAssociation",
        "ec2",
        {"RouteTableId": Row(Leaf.STRING), "SubnetId": Row(Leaf.STRING)},
        _associate,
        "disassociate_route_table",
        attributes={"Id": "id"},
        updates=False,
    ),
    Model(
        "AWS::EC2::VPCEndpoint",
        "ec2",
        {
            "PolicyDocument": passed(Leaf.DOCUMENT, "policy_document", form=json.dumps),
            "PrivateDnsEnabled": passed(Leaf.BOOLEAN, "private_dns_enabled", default=False),
            **each_passed(STRINGS, "RouteTableIds", "SecurityGroupIds", "SubnetIds", default=[]),
            **each_passed(Leaf.STRING, "ServiceName", "VpcId"),
            "VpcEndpointType": passed(Leaf.STRING, "endpoint_type", default="Gateway"),
        },
        "create_vpc_endpoint",
        lambda ec2, _request, id_: ec2.delete_vpc_endpoints([id_]),
        attributes={"Id": "id"},
        more={"policy_document": None},
        write=_write_endpoint,
        tag=add_tags,
        updates=False,
    ),
)
