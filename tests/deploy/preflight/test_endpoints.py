"""The VPC endpoints that tasks need, and the names under which they find them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from bidops_cfn.deploy.preflight.vpc import list_needed
from bidops_cfn.deploy.records import Verdict
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from tests.deploy.preflight.looking import looked, said
from tests.deploy.scripted.world import World
from tests.settings_files import with_table

Change = Callable[[World], object]
FULL = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
)

AGENT = "arn:aws:ecr:us-east-1:593207742271:repository/aws-guardduty-agent-fargate"
EXEC = {"exec_log_group": "/audit/ecs-exec"}


def endpoint(name: str, **values: object) -> Change:
    return lambda world: world.network.endpoints[name].update(values)


def gone(name: str) -> Change:
    return lambda world: world.network.endpoints.pop(name)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        *(
            (gone(name), f"{name} has no interface endpoint that is available: {why}")
            for name, why in (
                ("ecr.api", "no task can start"),
                ("ecr.dkr", "no task can start"),
                ("logs", "no task can start"),
                ("ssm", "no task can start"),
                ("bedrock-runtime", "no model can be invoked"),
                ("bedrock-agent-runtime", "no agent can be invoked"),
            )
        ),
        (endpoint("logs", State="Deleting"), "logs has no interface endpoint that is available"),
        (endpoint("logs", VpcEndpointType="Gateway"), "logs has no interface endpoint"),
        (endpoint("ssm", PrivateDnsEnabled=False), "ssm: vpce-ssm has no private DNS"),
        (
            endpoint("ssm", Groups=[{"GroupId": "sg-other"}]),
            "ssm: vpce-ssm does not have the group sg-endpoints",
        ),
        (gone("s3"), "s3: no gateway endpoint on rtb-app"),
        (
            endpoint("s3", RouteTableIds=["rtb-app"]),
            (
                "s3: no gateway endpoint on rtb-agent, the route table of subnet-agent-a "
                "(PrivateAgentSubnetIds): no image layer can be pulled"
            ),
        ),
        (
            lambda world: world.network.dns.update(enableDnsHostnames=False),
            "vpc-0a has enableDnsHostnames off",
        ),
        (
            lambda world: world.network.dns.update(enableDnsSupport=False),
            "vpc-0a has enableDnsSupport off",
        ),
    ],
)
def test_an_endpoint_that_tasks_cannot_do_without_is_refused(
    world: World, change: Change, says: str
) -> None:
    change(world)
    found, ended = looked(world, "endpoints")
    assert found.verdict is Verdict.REFUSED
    assert says in ended.said


def s3_over_nat(world: World) -> None:
    world.network.endpoints["s3"]["RouteTableIds"] = ["rtb-agent"]
    world.network.tables["app"]["Routes"].append(
        {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            endpoint("logs", SubnetIds=["subnet-agent-a"]),
            "logs has no endpoint in us-east-1b (SC-009)",
        ),
        (s3_over_nat, "S3 is reached over its default route"),
        (endpoint("s3", PolicyDocument=FULL), "allows everything: A7 is not confirmed"),
    ],
)
def test_what_may_fail_warns(world: World, change: Change, says: str) -> None:
    change(world)
    found, _ = looked(world, "endpoints")
    assert found.verdict is Verdict.WARNING
    assert says in said(found)


def test_an_endpoint_in_subnets_of_its_own_is_not_judged_by_zone(world: World) -> None:
    endpoint("logs", SubnetIds=["subnet-endpoints"])(world)
    found, _ = looked(world, "endpoints")
    assert found.verdict is Verdict.OK
    assert found.message == "S3 and 6 interface endpoints, with private DNS, in sg-endpoints"


def test_secrets_manager_and_kms_are_needed_where_settings_use_them(dev: Environment) -> None:
    plain = set(list_needed(dev, SERVICES))
    bff = replace(dev.services["bff"], secrets_manager={"TOKEN": "TokenSecretArn"})
    used = replace(dev, services={**dev.services, "bff": bff})
    more = with_table(used, "security", secrets_key_output="SecretsKeyArn")
    assert set(list_needed(more, SERVICES)) - plain == {"secretsmanager", "kms"}


@pytest.mark.parametrize(
    ("setting", "service"),
    [({"guardduty_repository_arn": AGENT}, "guardduty-data"), (EXEC, "ssmmessages")],
)
def test_guardduty_and_ecs_exec_need_endpoints_of_their_own(
    world: World, dev: Environment, setting: dict[str, str], service: str
) -> None:
    world.environment = with_table(dev, "security", **setting)
    found, _ = looked(world, "endpoints")
    assert found.verdict is Verdict.WARNING
    assert f"{service} has no interface endpoint" in found.message


def test_a_missing_kms_endpoint_warns(world: World, dev: Environment) -> None:
    world.environment = with_table(dev, "security", secrets_key_output="SecretsKeyArn")
    key = "arn:aws:kms:us-east-1:111111111111:key/0a"
    world.exports["bidopsai-dev-security-SecretsKeyArn"] = key
    del world.network.endpoints["kms"]
    found, _ = looked(world, "endpoints")
    assert found.verdict is Verdict.WARNING
    assert "kms has no interface endpoint" in found.message


def test_an_endpoint_policy_that_cannot_be_read_proves_nothing(world: World) -> None:
    endpoint("s3", PolicyDocument="not JSON")(world)
    found, _ = looked(world, "endpoints")
    assert found.verdict is Verdict.OK
