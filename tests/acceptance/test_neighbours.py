"""Beside stacks as CDK makes them: settings map every import, and the stack is deployed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.contents import SANDBOX_IMAGE_TAG
from bidops_cfn_sandbox.server import Sandbox
from tests.conftest import REPOSITORY
from tests.neighbours import ENDPOINTS, GROUPS, map_imports, table_of
from tests.process.command import COMMAND, run_with
from tests.sandbox.account import Account, account

Ran = subprocess.CompletedProcess[str]
IMAGES = [f"--image={name}={SANDBOX_IMAGE_TAG}" for name in ("bff", "agentcore")]


class Beside:
    """A project whose dev is mapped onto the CDK stacks of a running sandbox."""

    def __init__(self, project: Path, sandbox: Sandbox, held: Account) -> None:
        self.project = project
        self.variables = sandbox.variables(held.environment)
        self.held = held
        (balancer,) = held.client("elbv2").describe_load_balancers()["LoadBalancers"]
        self.balancer = balancer["LoadBalancerArn"]
        (listener,) = held.client("elbv2").describe_listeners(LoadBalancerArn=self.balancer)[
            "Listeners"
        ]
        (group,) = balancer["SecurityGroups"]
        map_imports(project, table_of(self.balancer, listener["ListenerArn"], group))

    def run(self, *arguments: str) -> Ran:
        """Run the command in the project, with the sandbox as AWS."""
        variables = {**self.variables, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "300"}
        return run_with(variables, *COMMAND, *arguments, folder=self.project)

    def outputs(self, stack: str) -> dict[str, dict[str, Any]]:
        """The outputs of a stack by name."""
        return {one["OutputKey"]: one for one in self.held.stack(stack)["Outputs"]}


@pytest.fixture
def beside(project: Path, dev: Environment) -> Iterator[Beside]:
    with Sandbox([dev], neighbours="cdk") as sandbox, account(sandbox, dev) as held:
        yield Beside(project, sandbox, held)


def correct(held: Account) -> None:
    """Do what preflight asks of NetworkStack's owner: no default route, one endpoint more."""
    ec2 = held.client("ec2")
    for table in ec2.describe_route_tables()["RouteTables"]:
        if any(route.get("NatGatewayId") for route in table["Routes"]):
            table_id = table["RouteTableId"]
            ec2.delete_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0")
    (like,) = (
        one
        for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]
        if one["ServiceName"].endswith(".bedrock-runtime")
    )
    ec2.create_vpc_endpoint(
        VpcId=like["VpcId"],
        VpcEndpointType="Interface",
        ServiceName=like["ServiceName"].replace("bedrock-runtime", "bedrock-agent-runtime"),
        SubnetIds=like["SubnetIds"],
        SecurityGroupIds=[one["GroupId"] for one in like["Groups"]],
        PrivateDnsEnabled=True,
    )


def test_the_stacks_have_the_shape_of_cdks(beside: Beside) -> None:
    network = beside.outputs("NetworkStack")
    assert not [name for name, one in network.items() if "ExportName" in one]
    assert network["PrivateAgentSubnetIds"]["OutputValue"].count("subnet-") == 2
    groups = {network[f"{name}EndpointSecurityGroupId"]["OutputValue"] for name in ENDPOINTS}
    assert len(groups) == len(GROUPS)
    assert not [name for name in network if "Alb" in name or "Listener" in name]
    storage = beside.outputs("StorageStack")
    assert storage["AppEcrRepositoryUri"]["ExportName"] == "AppEcrRepositoryUri"
    assert "ExportName" not in beside.outputs("DatabaseStack")["DatabaseSecurityGroupId"]


def test_every_import_is_mapped_and_a_stack_is_deployed_that_locks_no_producer(
    beside: Beside,
) -> None:
    for command in (("render", "--all"), ("review", "--all"), ("check", "--env", "dev")):
        ran = beside.run(*command)
        assert ran.returncode == 0, ran.stderr + ran.stdout

    refuted = beside.run("preflight", "--env", "dev", *IMAGES)
    assert refuted.returncode == 3, refuted.stderr
    said = " ".join(refuted.stderr.split())
    assert (
        "all 3 imported exports and 14 outputs of stacks exist; 3 constants of the settings" in said
    )
    assert "routes 0.0.0.0/0 to nat-" in said
    assert "bedrock-agent-runtime has no interface endpoint that is available" in said
    assert re.search(r"preflight failed: [a-z -]+, [a-z -]+ \(2 of ", said)

    correct(beside.held)
    deployed = beside.run("deploy", "--env", "dev", "--yes", *IMAGES)
    assert deployed.returncode == 0, deployed.stderr
    again = beside.run("deploy", "--env", "dev", "--yes", *IMAGES)
    assert again.returncode == 0, again.stderr
    assert "No changes" in again.stderr

    made = beside.held.resources(beside.held.environment.stack_name)
    rules = beside.held.client("ec2").describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [made["AgentCoreSecurityGroup"]]}]
    )["SecurityGroupRules"]
    reached = {
        one.get("ReferencedGroupInfo", {}).get("GroupId")
        for one in rules
        if one["IsEgress"] and one["ToPort"] == 443
    }
    network = beside.outputs("NetworkStack")
    assert {network[one.output]["OutputValue"] for one in GROUPS} <= reached  # type: ignore[union-attr] # they are

    beside.held.cloudformation.delete_stack(StackName="SecurityStack")
    lost = beside.run("preflight", "--env", "dev", *IMAGES)
    assert lost.returncode == 3
    assert "there is no stack SecurityStack" in " ".join(lost.stderr.split())
