"""User Story 4: security groups that let through what the services need, and nothing else."""

from __future__ import annotations

import pytest

from tests.acceptance.deployment import Deployment

SERVICES = ("Bff", "AgentCore")
WORLD = {"0.0.0.0/0", "::/0"}


@pytest.mark.requirement("US4.1")
@pytest.mark.requirement("FR-025")
def test_bff_is_reached_by_the_load_balancer_on_3000_alone(deployment: Deployment) -> None:
    balancer = deployment.imported("network", "AlbSecurityGroupId")
    bff = deployment.security_group("Bff")
    assert deployment.flows(bff, egress=False) == {(balancer, "tcp", 3000, 3000)}
    # Its egress is as its owner made it: here EC2's default, with nothing of ours beside it.
    assert deployment.flows(balancer, egress=True) == {("0.0.0.0/0", "-1", -1, -1)}


@pytest.mark.requirement("US4.2")
@pytest.mark.requirement("FR-026")
@pytest.mark.requirement("FR-027")
def test_the_agent_is_reached_by_bff_on_8080_alone(deployment: Deployment) -> None:
    bff, agent = deployment.security_group("Bff"), deployment.security_group("AgentCore")
    assert deployment.flows(agent, egress=False) == {(bff, "tcp", 8080, 8080)}
    assert (agent, "tcp", 8080, 8080) in deployment.flows(bff, egress=True)


@pytest.mark.requirement("US4.3")
@pytest.mark.requirement("FR-028")
def test_the_agent_reaches_endpoints_and_the_database_and_nothing_else(
    deployment: Deployment,
) -> None:
    agent = deployment.security_group("AgentCore")
    endpoints = deployment.imported("network", "VpcEndpointSecurityGroupId")
    assert deployment.flows(agent, egress=True) == {
        (endpoints, "tcp", 443, 443),
        (deployment.environment.network.s3_prefix_list_id, "tcp", 443, 443),
        (deployment.imported("network", "DatabaseSecurityGroupId"), "tcp", 5432, 5432),
    }
    assert (agent, "tcp", 443, 443) in deployment.flows(endpoints, egress=False)


@pytest.mark.requirement("US4.3")
def test_endpoints_of_bedrock_parameter_store_and_logs_stand_behind_that_group(
    deployment: Deployment,
) -> None:
    group = deployment.imported("network", "VpcEndpointSecurityGroupId")
    endpoints = deployment.account.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    reached = {
        endpoint["ServiceName"].split(".", 3)[3]
        for endpoint in endpoints
        if group in [item["GroupId"] for item in endpoint.get("Groups", [])]
    }
    assert {"bedrock-runtime", "bedrock-agent-runtime", "ssm", "logs"} <= reached


@pytest.mark.requirement("US4.3")
def test_the_agent_has_no_public_address_and_no_route_to_the_internet(
    deployment: Deployment,
) -> None:
    configured = deployment.service("AgentCore")["networkConfiguration"]["awsvpcConfiguration"]
    tables = deployment.account.client("ec2").describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": configured["subnets"]}]
    )["RouteTables"]
    destinations = {
        route.get("DestinationCidrBlock") for table in tables for route in table["Routes"]
    }
    assert configured["assignPublicIp"] == "DISABLED"
    assert tables
    assert not destinations & WORLD


@pytest.mark.requirement("US4.4")
@pytest.mark.requirement("FR-029")
@pytest.mark.parametrize("title", SERVICES)
def test_services_reach_the_database_on_5432(deployment: Deployment, title: str) -> None:
    database = deployment.imported("network", "DatabaseSecurityGroupId")
    group = deployment.security_group(title)
    assert (database, "tcp", 5432, 5432) in deployment.flows(group, egress=True)
    assert (group, "tcp", 5432, 5432) in deployment.flows(database, egress=False)


@pytest.mark.requirement("US4.5")
@pytest.mark.requirement("FR-030")
@pytest.mark.requirement("SC-010")
def test_no_group_is_open_to_the_world_but_the_load_balancers_on_80_and_443(
    deployment: Deployment,
) -> None:
    vpc = deployment.imported("network", "VpcId")
    groups = deployment.account.client("ec2").describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}]
    )["SecurityGroups"]
    open_ports = {
        (group["GroupId"], first, last)
        for group in groups
        for peer, _, first, last in deployment.flows(group["GroupId"], egress=False)
        if peer in WORLD
    }
    balancer = deployment.imported("network", "AlbSecurityGroupId")
    assert open_ports == {(balancer, 80, 80), (balancer, 443, 443)}


@pytest.mark.requirement("US4.5")
@pytest.mark.parametrize("title", SERVICES)
def test_no_task_may_send_to_an_address_block(deployment: Deployment, title: str) -> None:
    peers = {flow[0] for flow in deployment.flows(deployment.security_group(title), egress=True)}
    assert all(peer.startswith(("sg-", "pl-")) for peer in peers)
