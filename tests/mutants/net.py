"""Faults of security groups, their rules, and where tasks stand."""

from __future__ import annotations

from typing import Any

from tests.mutants.mutant import (
    Change,
    Template,
    add,
    attr,
    copy_of,
    drop,
    hidden,
    mutants,
    put,
    resource,
)

NETWORK = "NetworkConfiguration/AwsvpcConfiguration/"
IN, OUT = "SecurityGroupIngress", "SecurityGroupEgress"


def rule(port: int | tuple[int, int], **peer: Any) -> dict[str, Any]:
    """Return a TCP rule with a description."""
    first, last = port if isinstance(port, tuple) else (port, port)
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "Description": "x", **peer}


def egress_of_the_balancer(environment: str) -> dict[str, Any]:
    """Return the rule that takes EC2's default allow-all away from the load balancer's group."""
    return {
        "Type": "AWS::EC2::SecurityGroupEgress",
        "Properties": rule(
            3000,
            GroupId={"Fn::ImportValue": f"bidopsai-{environment}-network-AlbSecurityGroupId"},
            DestinationSecurityGroupId=attr("BffSecurityGroup", "GroupId"),
        ),
    }


def egress_on_the_balancers_group(template: Template, logical_id: str) -> None:
    """Write the rule, in whatever environment the template is for."""
    environment = template["Metadata"]["BidopsCfn"]["Environment"]
    template["Resources"][logical_id] = egress_of_the_balancer(environment)


def subnets_of(other: str) -> Change:
    """Move the service into the subnets of another one."""

    def change(template: Template, logical_id: str) -> None:
        def network(name: str) -> dict[str, Any]:
            found: dict[str, Any] = template["Resources"][name]["Properties"]
            return found["NetworkConfiguration"]["AwsvpcConfiguration"]  # type: ignore[no-any-return]

        network(logical_id)["Subnets"] = network(other)["Subnets"]

    return change


def same_subnet_twice(template: Template, logical_id: str) -> None:
    """Put both tasks into one zone."""
    network = template["Resources"][logical_id]["Properties"]["NetworkConfiguration"]
    subnets = network["AwsvpcConfiguration"]["Subnets"]
    subnets[1] = subnets[0]


NET = mutants(
    "net",
    {
        "BffSecurityGroup": {
            "open to the world in two halves": (
                add(IN, rule(3000, CidrIp="0.0.0.0/1")),
                add(IN, rule(3000, CidrIp="128.0.0.0/1")),
            ),
            "open to the world in IPv6": add(IN, rule(3000, CidrIpv6="::/0")),
            "open by a parameter": add(IN, rule(3000, CidrIp={"Ref": "BffImage"})),
            "open in a branch": hidden(f"{IN}/0", rule(3000, CidrIp="0.0.0.0/0")),
            "open to itself": add(
                IN, rule(3000, SourceSecurityGroupId=attr("BffSecurityGroup", "GroupId"))
            ),
            "debugger open to the balancer": add(
                IN, rule(9229, SourceSecurityGroupId={"Fn::ImportValue": "x"})
            ),
            "world instead of the balancer": put(f"{IN}/0", rule(3000, CidrIp="0.0.0.0/0")),
            "all ports": (put(f"{IN}/0/FromPort", 0), put(f"{IN}/0/ToPort", 65535)),
            "secret in a rule's description": put(
                f"{IN}/0/Description", "{{resolve:ssm:/bidopsai/prod/bff/database}}"
            ),
            "port in other digits": put(f"{IN}/0/FromPort", "\uff13\uff10\uff10\uff10"),
            "egress to the world in two halves": (
                add(OUT, rule(443, CidrIp="0.0.0.0/1")),
                add(OUT, rule(443, CidrIp="128.0.0.0/1")),
            ),
            "all ports to the database": (
                put(f"{OUT}/2/FromPort", 1),
                put(f"{OUT}/2/ToPort", 65535),
            ),
            "endpoints' group in the place of the database": put(
                f"{OUT}/2/DestinationSecurityGroupId",
                {"Fn::ImportValue": "bidopsai-dev-network-VpcEndpointSecurityGroup"},
            ),
            "fixed name": put("GroupName", "bff"),
        },
        "AgentCoreSecurityGroup": {
            "egress to the world in a branch": hidden(f"{OUT}/0", rule(443, CidrIp="0.0.0.0/0")),
            "ingress by prefix list": put(IN, [rule(8080, SourcePrefixListId="pl-63a5400a")]),
            "ingress by group name": put(IN, [rule(8080, SourceSecurityGroupName="default")]),
            "wears BFF's description": put("GroupDescription", ""),
        },
        "AgentCoreFromBffIngress": {
            "from the world": (drop("SourceSecurityGroupId"), put("CidrIp", "0.0.0.0/0")),
            "from the balancer": put("SourceSecurityGroupId", {"Fn::ImportValue": "x"}),
            "from itself": put("SourceSecurityGroupId", attr("AgentCoreSecurityGroup", "GroupId")),
            "all ports": (put("FromPort", 0), put("ToPort", 65535)),
            "all protocols": put("IpProtocol", -1),
            "on BFF's group": put("GroupId", attr("BffSecurityGroup", "GroupId")),
            "on another group": put("GroupId", "sg-0123456789abcdef0"),
        },
        "BffToAgentCoreEgress": {
            "to the world": (drop("DestinationSecurityGroupId"), put("CidrIp", "0.0.0.0/0")),
            "to itself": put("DestinationSecurityGroupId", attr("BffSecurityGroup", "GroupId")),
        },
        "EndpointsFromBffIngress": {
            "from the other": put(
                "SourceSecurityGroupId", attr("AgentCoreSecurityGroup", "GroupId")
            )
        },
        "DatabaseFromAgentCoreIngress": {
            "on the endpoints' group": put(
                "GroupId/Fn::ImportValue", lambda old: old.replace("Database", "VpcEndpoint")
            )
        },
        "LoadBalancerToBffEgress": {
            "written on the balancer's group": egress_on_the_balancers_group,
            "written on the balancer's group, and waited for": (
                egress_on_the_balancers_group,
                add("/Resources/BffService/DependsOn", "LoadBalancerToBffEgress"),
            ),
        },
        "BffService": {
            "the other's group too": add(
                NETWORK + "SecurityGroups", attr("AgentCoreSecurityGroup", "GroupId")
            )
        },
        "AgentCoreService": {
            "address by parameter": put(NETWORK + "AssignPublicIp", {"Ref": "BffImage"})
        },
        "Extra": {
            "a group that is attached to nothing": copy_of("BffSecurityGroup"),
            "ingress from the world on BFF": resource(
                "AWS::EC2::SecurityGroupIngress",
                GroupId=attr("BffSecurityGroup", "GroupId"),
                **rule(3000, CidrIp="0.0.0.0/0"),
            ),
            "ingress from the world on the database": resource(
                "AWS::EC2::SecurityGroupIngress",
                GroupId={"Fn::ImportValue": "bidopsai-dev-network-DatabaseSecurityGroupId"},
                **rule(5432, CidrIp="0.0.0.0/0"),
            ),
            "egress to the world on AgentCore": resource(
                "AWS::EC2::SecurityGroupEgress",
                GroupId=attr("AgentCoreSecurityGroup", "GroupId"),
                **rule(443, CidrIp="0.0.0.0/0"),
            ),
            "SSH to BFF by name": resource(
                "AWS::EC2::SecurityGroupIngress", GroupName="bff", **rule(22, CidrIp="0.0.0.0/0")
            ),
            "a second way from BFF": copy_of("AgentCoreFromBffIngress"),
            "a subnet": resource("AWS::EC2::Subnet", VpcId="x", CidrBlock="10.0.99.0/24"),
            "a NAT gateway": resource("AWS::EC2::NatGateway", SubnetId="x"),
            "a peering": resource("AWS::EC2::VPCPeeringConnection", VpcId="x", PeerVpcId="y"),
        },
    },
)
