"""Security groups and both sides of every flow (FR-025 to FR-030).

::

    load balancer --3000--> BFF --8080--> AgentCore
                             |               |
                             +--443--> endpoints, S3 prefix list
                             +--5432-> database

Egress to fixed peers is inline: EC2 adds an allow-all egress rule to a group without inline egress,
and standalone rules do not take it away. Rules between two services are standalone, since inline
they would be a cycle; so are the rules on groups that other stacks own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troposphere import AWSObject, GetAtt, ec2

from bidops_cfn import logical_ids
from bidops_cfn.compute.imports import Expression, imported, imported_each
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import DATABASE_PORT, HTTPS_PORT, Service


def tcp(port: int, description: str) -> dict[str, Any]:
    """Return what every rule says: one port of TCP, and what it is for."""
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "Description": description,
    }


def group_id(service: Service) -> GetAtt:
    """Return the id of the service's group."""
    return GetAtt(logical_ids.security_group(service), "GroupId")


def security_group(service: Service, environment: Environment) -> list[AWSObject]:
    """Return the group of the service's tasks, with inline egress to its fixed peers."""

    def egress(port: int, description: str, **peer: Expression) -> ec2.SecurityGroupRule:
        return ec2.SecurityGroupRule(**tcp(port, description), **peer)

    endpoints = imported_each(environment, Imports.ENDPOINT_SECURITY_GROUP.value)
    databases = imported_each(environment, Imports.DATABASE_SECURITY_GROUP.value)
    group = ec2.SecurityGroup(
        logical_ids.security_group(service),
        GroupDescription=f"Tasks of {service.name} in {environment.name}",
        VpcId=imported(environment, Imports.VPC_ID.value),
        SecurityGroupEgress=[
            *(
                egress(HTTPS_PORT, "AWS services at VPC endpoints", DestinationSecurityGroupId=one)
                for one in endpoints
            ),
            egress(
                HTTPS_PORT,
                "Image layers and objects in S3",
                DestinationPrefixListId=environment.network.s3_prefix_list_id,
            ),
            *(
                egress(DATABASE_PORT, "Database", DestinationSecurityGroupId=one)
                for one in databases
            ),
        ],
    )
    if service.public:
        group.SecurityGroupIngress = [
            ec2.SecurityGroupRule(
                SourceSecurityGroupId=imported(environment, Imports.ALB_SECURITY_GROUP.value),
                **tcp(service.port, "Requests from the public load balancer"),
            )
        ]
    return [group]


def flow(caller: Service, callee: Service) -> list[AWSObject]:
    """Return both sides of the flow from ``caller`` to the port of ``callee``."""
    port = tcp(callee.port, f"Requests from {caller.name} to {callee.name}")
    return [
        ec2.SecurityGroupEgress(
            logical_ids.flow_egress(caller, callee),
            GroupId=group_id(caller),
            DestinationSecurityGroupId=group_id(callee),
            **port,
        ),
        ec2.SecurityGroupIngress(
            logical_ids.flow_ingress(caller, callee),
            GroupId=group_id(callee),
            SourceSecurityGroupId=group_id(caller),
            **port,
        ),
    ]


def peer_rules(service: Service, environment: Environment) -> list[AWSObject]:
    """Return the other side of each flow, on groups of other stacks, where settings say so."""
    wanted = environment.network
    rules: list[AWSObject] = []
    for is_wanted, value, titles, port, what in (
        (
            wanted.endpoint_rules,
            Imports.ENDPOINT_SECURITY_GROUP,
            logical_ids.endpoint_ingress(service, environment),
            HTTPS_PORT,
            "AWS calls",
        ),
        (
            wanted.database_rules,
            Imports.DATABASE_SECURITY_GROUP,
            logical_ids.database_ingress(service, environment),
            DATABASE_PORT,
            "Queries",
        ),
    ):
        groups = imported_each(environment, value.value) if is_wanted else []
        rules += [
            ec2.SecurityGroupIngress(
                title,
                GroupId=group,
                SourceSecurityGroupId=group_id(service),
                **tcp(port, f"{what} of {service.name}"),
            )
            for title, group in zip(titles, groups, strict=False)
        ]
    if wanted.load_balancer_rules and service.public:
        rules.append(
            ec2.SecurityGroupEgress(
                logical_ids.load_balancer_egress(service),
                GroupId=imported(environment, Imports.ALB_SECURITY_GROUP.value),
                DestinationSecurityGroupId=group_id(service),
                **tcp(service.port, f"Requests to {service.name}"),
            )
        )
    return rules


def security_groups(
    service: Service, environment: Environment, callers: Sequence[Service]
) -> list[AWSObject]:
    """Return everything about the service's network access; ``callers`` may reach its port."""
    flows = [rule for caller in callers for rule in flow(caller, service)]
    return [*security_group(service, environment), *flows, *peer_rules(service, environment)]
