"""What the stack relies on, or has beyond the specification: no row of ``verify`` looks at it."""

from __future__ import annotations

import pytest

from bidops_cfn_sandbox.contents import SANDBOX_IMAGE_TAG
from tests.acceptance.conftest import Deployment


@pytest.mark.requirement("FR-011", "FR-048")
@pytest.mark.parametrize(("title", "name"), [("Bff", "app"), ("AgentCore", "agent")])
def test_the_image_exists(deployment: Deployment, title: str, name: str) -> None:
    _, tag = deployment.container(title)["image"].rsplit(":", 1)
    found = deployment.account.client("ecr").describe_images(
        repositoryName=f"bidopsai/{name}", imageIds=[{"imageTag": tag}]
    )
    assert (len(found["imageDetails"]), tag) == (1, SANDBOX_IMAGE_TAG)


@pytest.mark.requirement("FR-010")
@pytest.mark.parametrize("title", ["Bff", "AgentCore"])
def test_the_container_logs_to_its_region(deployment: Deployment, title: str) -> None:
    logs = deployment.container(title)["logConfiguration"]
    assert logs["logDriver"] == "awslogs"
    assert logs["options"]["awslogs-region"] == deployment.environment.region


@pytest.mark.requirement("FR-035")
def test_a_target_that_leaves_gets_no_request_after_a_minute(deployment: Deployment) -> None:
    attributes = deployment.account.client("elbv2").describe_target_group_attributes(
        TargetGroupArn=deployment.ids["BffTargetGroup"]
    )["Attributes"]
    values = {one["Key"]: one["Value"] for one in attributes}
    assert values["deregistration_delay.timeout_seconds"] == "60"


@pytest.mark.requirement("FR-045", "FR-046")
def test_missing_data_of_the_services_alarms(deployment: Deployment) -> None:
    alarms = deployment.account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    found = {one["AlarmName"]: one for one in alarms}
    for title in ("Bff", "AgentCore"):
        alarm = found[deployment.ids[f"{title}TaskDeficitAlarm"]]
        assert alarm["TreatMissingData"] == "breaching"
        assert len([query for query in alarm["Metrics"] if query["ReturnData"]]) == 1
    unhealthy = found[deployment.ids["BffUnhealthyTargetsAlarm"]]
    assert (unhealthy["ComparisonOperator"], unhealthy["Threshold"]) == ("GreaterThanThreshold", 0)


@pytest.mark.requirement("US4-3")
def test_endpoints_and_closed_routes_stand_where_the_agent_goes(deployment: Deployment) -> None:
    ec2 = deployment.account.client("ec2")
    group = deployment.imported("network", "VpcEndpointSecurityGroupId")
    reached = {
        endpoint["ServiceName"].split(".", 3)[3]
        for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]
        if group in [item["GroupId"] for item in endpoint.get("Groups", [])]
    }
    assert {"bedrock-runtime", "bedrock-agent-runtime", "ssm", "logs"} <= reached
    subnets = deployment.imported("network", "PrivateAgentSubnetIds").split(",")
    tables = ec2.describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": subnets}]
    )["RouteTables"]
    routes = {route.get("DestinationCidrBlock") for table in tables for route in table["Routes"]}
    assert tables
    assert not routes & {"0.0.0.0/0", "::/0"}


@pytest.mark.requirement("FR-025")
def test_the_load_balancers_egress_is_as_its_owner_made_it(deployment: Deployment) -> None:
    group = deployment.imported("network", "AlbSecurityGroupId")
    rules = deployment.account.client("ec2").describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group]}]
    )["SecurityGroupRules"]
    assert [one["CidrIpv4"] for one in rules if one["IsEgress"]] == ["0.0.0.0/0"]


@pytest.mark.requirement("FR-014", "SC-006")
@pytest.mark.parametrize("title", ["Bff", "AgentCore"])
def test_credentials_are_secure_strings(deployment: Deployment, title: str) -> None:
    secrets = deployment.container(title)["secrets"]
    assert secrets
    for one in secrets:
        name = one["valueFrom"].split(":parameter")[1]
        parameter = deployment.account.client("ssm").get_parameter(Name=name)["Parameter"]
        assert (parameter["Type"], parameter["ARN"]) == ("SecureString", one["valueFrom"])
