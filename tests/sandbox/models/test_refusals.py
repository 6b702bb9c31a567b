"""What a service refuses fails the resource, with the service's reason, and leaves nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.models import specimens as of
from tests.sandbox.models.specimen import Stack, resource

Exports = dict[str, str]
ONCE = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
PORT_80 = {"ContainerName": "app", "ContainerPort": 80, "TargetGroupArn": {"Ref": "Targets"}}


def service(**changed: Any) -> Callable[[Exports], dict[str, Any]]:
    return lambda exports: of.resources(exports, **changed)


def rule(**changed: Any) -> Callable[[Exports], dict[str, Any]]:
    return lambda exports: of.balanced(exports, **changed)


def egress(*inline: Any, **peer: Any) -> Callable[[Exports], dict[str, Any]]:
    return lambda exports: {
        "G": resource(
            "AWS::EC2::SecurityGroup",
            {
                "GroupDescription": "Specimen",
                "VpcId": exports["VpcId"],
                "SecurityGroupEgress": list(inline),
            },
        ),
        "E": resource("AWS::EC2::SecurityGroupEgress", {"GroupId": {"Ref": "G"}, **ONCE, **peer}),
    }


def two_of(first: str, resources: dict[str, Any]) -> dict[str, Any]:
    return {**resources, "Second": {**resources[first], "DependsOn": first}}


def without_rule(exports: Exports) -> dict[str, Any]:
    found = of.resources(exports)
    del found["Rule"]
    found["Service"]["DependsOn"] = ["Capacity"]
    return found


def without_stream_prefix(_exports: Exports) -> dict[str, Any]:
    task = copy.deepcopy(of.TASK)
    del task["ContainerDefinitions"][0]["LogConfiguration"]["Options"]["awslogs-stream-prefix"]
    return {"T": resource("AWS::ECS::TaskDefinition", task)}


def with_fargate_alone(_exports: Exports) -> dict[str, Any]:
    wrong = {**of.ASSOCIATION, "CapacityProviders": ["FARGATE"]}
    return {
        "Cluster": resource("AWS::ECS::Cluster", of.CLUSTER),
        "Capacity": resource("AWS::ECS::ClusterCapacityProviderAssociations", wrong),
    }


def two_series(_exports: Exports) -> dict[str, Any]:
    metrics = [{**item, "ReturnData": True} for item in of.MATH["Metrics"] * 2]
    return {"A": resource("AWS::CloudWatch::Alarm", {**of.MATH, "Metrics": metrics})}


REFUSALS: dict[str, tuple[Callable[[Exports], dict[str, Any]], str]] = {
    "no such group": (
        egress(DestinationSecurityGroupId="sg-00000000000000000"),
        "does not exist",
    ),
    "no such prefix list": (
        egress(DestinationPrefixListId="pl-00000000"),
        "prefix list ID 'pl-00000000' does not",
    ),
    "no peer": (egress(), "Exactly one peer"),
    "two peers": (egress(CidrIp="10.0.0.0/8", CidrIpv6="::/0"), "Exactly one peer"),
    "a rule twice": (
        egress({**ONCE, "CidrIp": "10.0.0.0/16"}, CidrIp="10.0.0.0/16"),
        "already exists",
    ),
    "no such task definition": (
        service(TaskDefinition="specimen:999"),
        "Unable to describe task definition",
    ),
    "no network": (service(NetworkConfiguration=None), "Network Configuration must be provided"),
    "launch type and strategy": (
        service(LaunchType="FARGATE"),
        "Specifying both a launch type and capacity provider",
    ),
    "a provider of no cluster": (
        service(CapacityProviderStrategy=[{"CapacityProvider": "OTHER", "Weight": 1}]),
        "not associated with the cluster: OTHER",
    ),
    "two bases": (
        service(CapacityProviderStrategy=[{**item, "Base": 1} for item in of.STRATEGY]),
        "Only one capacity provider",
    ),
    "a port in an A record": (
        service(ServiceRegistries=[{"RegistryArn": "arn:x", "ContainerPort": 3000}]),
        "must be of type SRV",
    ),
    "no such port": (service(LoadBalancers=[PORT_80]), "has no port 80"),
    "targets without a balancer": (without_rule, "does not have an associated load balancer"),
    "logs without a prefix": (without_stream_prefix, "awslogs-stream-prefix"),
    "a default of no provider": (with_fargate_alone, "FARGATE_SPOT"),
    "priority 0": (rule(Priority=0), "must be between 1 and 50000"),
    "priority 50001": (rule(Priority=50_001), "must be between 1 and 50000"),
    "a priority twice": (
        lambda exports: two_of("Rule", of.balanced(exports)),
        "Priority '9' is currently in use",
    ),
    "a role name twice": (
        lambda _: two_of("R", {"R": resource("AWS::IAM::Role", of.role(ManagedPolicyArns=None))}),
        "specimen already exists",
    ),
    "a service's ARN as its id": (
        lambda _: of.scaling(ResourceId={"Fn::Sub": "service/${Cluster}/${Service}"}),
        "",
    ),
    "minimum above maximum": (
        lambda _: of.scaling(MinCapacity=11),
        "Maximum capacity cannot be less",
    ),
    "two series": (two_series, "Exactly one element"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_what_a_service_refuses_fails_the_stack_with_its_reason(
    stack: Stack, exports: Exports, what: str
) -> None:
    resources, reason = REFUSALS[what]
    assert stack.attempt(resources(exports)) == "ROLLBACK_COMPLETE"
    assert reason in stack.failures()[0]
