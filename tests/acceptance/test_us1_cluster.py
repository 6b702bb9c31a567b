"""User Story 1: an ECS cluster with Fargate capacity, in the VPC that is there already."""

from __future__ import annotations

import pytest

from tests.acceptance.deployment import Deployment

SERVICES = ("Bff", "AgentCore")


@pytest.mark.requirement("US1.1")
@pytest.mark.requirement("FR-001")
def test_a_cluster_exists_with_fargate_and_fargate_spot(deployment: Deployment) -> None:
    assert deployment.cluster["status"] == "ACTIVE"
    assert sorted(deployment.cluster["capacityProviders"]) == ["FARGATE", "FARGATE_SPOT"]


@pytest.mark.requirement("US1.2")
@pytest.mark.requirement("FR-002")
@pytest.mark.requirement("FR-047")
@pytest.mark.parametrize(
    ("title", "blocks"),
    [
        pytest.param(
            "Bff",
            ["10.0.11.0/24", "10.0.12.0/24"],
            marks=pytest.mark.requirement("FR-031"),
        ),
        pytest.param(
            "AgentCore",
            ["10.0.21.0/24", "10.0.22.0/24"],
            marks=pytest.mark.requirement("FR-032"),
        ),
    ],
)
def test_services_run_in_the_private_subnets_of_the_existing_vpc(
    deployment: Deployment, title: str, blocks: list[str]
) -> None:
    subnets = deployment.subnets(title)
    assert {subnet["VpcId"] for subnet in subnets} == {deployment.imported("network", "VpcId")}
    assert sorted(subnet["CidrBlock"] for subnet in subnets) == blocks


@pytest.mark.requirement("US1.2")
def test_services_reach_the_data_tier_through_its_security_group(deployment: Deployment) -> None:
    database = deployment.imported("network", "DatabaseSecurityGroupId")
    for title in SERVICES:
        group = deployment.security_group(title)
        assert (database, "tcp", 5432, 5432) in deployment.flows(group, egress=True)
        assert (group, "tcp", 5432, 5432) in deployment.flows(database, egress=False)


@pytest.mark.requirement("US1.3")
@pytest.mark.requirement("FR-003")
def test_container_insights_is_enabled(deployment: Deployment) -> None:
    settings = {item["name"]: item["value"] for item in deployment.cluster["settings"]}
    assert settings["containerInsights"] in ("enabled", "enhanced")


@pytest.mark.requirement("US1.4")
@pytest.mark.requirement("FR-004")
@pytest.mark.requirement("FR-005")
def test_the_default_strategy_gives_fargate_70_and_spot_30(deployment: Deployment) -> None:
    strategy = deployment.cluster["defaultCapacityProviderStrategy"]
    weights = {item["capacityProvider"]: item["weight"] for item in strategy}
    assert weights == {"FARGATE": 70, "FARGATE_SPOT": 30}


@pytest.mark.requirement("US1.4")
@pytest.mark.parametrize("title", SERVICES)
def test_services_follow_the_strategy_instead_of_a_launch_type(
    deployment: Deployment, title: str
) -> None:
    service = deployment.service(title)
    weights = {
        item["capacityProvider"]: item["weight"] for item in service["capacityProviderStrategy"]
    }
    assert weights == {"FARGATE": 70, "FARGATE_SPOT": 30}
    assert "launchType" not in service
