from __future__ import annotations

import pytest

from bidops_cfn.rules.parameters import DesiredCount
from bidops_cfn.rules.parts import Dependencies
from bidops_cfn.rules.services import (
    Deployment,
    Discovery,
    EventRules,
    Grace,
    Namespace,
    Registries,
    Runs,
    Switches,
)
from tests.mutants.mutant import (
    Change,
    add,
    attr,
    attribute,
    drop,
    hidden,
    put,
    ref,
    resource,
)
from tests.mutants.net import egress_of_the_balancer
from tests.rules.table import Cases, cases_in, make_tests

pytestmark = pytest.mark.requirement(
    "FR-001", "FR-019", "FR-020", "FR-021", "FR-022", "FR-023", "FR-024", "FR-028", "FR-035",
    "FR-047", "SC-003", "SC-009", "SC-011",
)  # fmt: skip


def without(name: str) -> Change:
    return put("/Resources/BffService/DependsOn", lambda old: [one for one in old if one != name])


D = "DeploymentConfiguration/"

REGISTRY = {"RegistryArn": attr("AgentCoreDiscovery", "Arn")}

DEPENDENCIES_CASES = Cases(
    Dependencies,
    "BffService",
    good={
        "the other order": put("/Resources/BffService/DependsOn", lambda old: old[::-1]),
        "one more": add("/Resources/BffService/DependsOn", "BffLogGroup"),
    },
    bad={
        "no endpoints": (without("EndpointsFromBffIngress"), "lacks EndpointsFromBffIngress"),
        "no way to the agent": (without("BffToAgentCoreEgress"), "lacks BffToAgentCoreEgress"),
        "a balancer's egress that it does not wait for": (
            put("/Resources/LoadBalancerToBffEgress", egress_of_the_balancer("dev")),
            "lacks LoadBalancer",
        ),
        "one name": (attribute("DependsOn", "ClusterCapacity"), "lacks BffListenerRule"),
        "another service": (
            add("/Resources/BffService/DependsOn", "AgentCoreService"),
            "is AgentCoreService, another service",
        ),
    },
)

DEPLOYMENT_CASES = Cases(
    Deployment,
    "BffService",
    good={"as text": put(D + "MaximumPercent", "200")},
    bad={"no alarm": (drop(D + "Alarms"), "is missing")},
)

DESIRED_COUNT_CASES = Cases(
    DesiredCount,
    "BffService",
    good={"by a substitution": put("DesiredCount/Fn::If/1", {"Fn::Sub": "${BffDesiredCount}"})},
    bad={
        "a number": (put("DesiredCount", 2), "must be the count's parameter"),
        "missing": (drop("DesiredCount"), "is missing"),
        "one task otherwise": (put("DesiredCount/Fn::If/2", 1), "must be the count's parameter"),
        "the other's parameter": (
            put("DesiredCount/Fn::If/1", ref("AgentCoreDesiredCount")),
            "used in 2 places",
        ),
        "no parameter": (put("DesiredCount/Fn::If/1", ref("Cluster")), "must be the count's"),
        "always": (put("DesiredCount", ref("BffDesiredCount")), "must be the count's parameter"),
    },
)

DISCOVERY_CASES = Cases(
    Discovery,
    "AgentCoreDiscovery",
    good={"the namespace by Ref's twin": put("NamespaceId", {"Fn::Sub": "${Namespace.Id}"})},
    bad={"slow": (put("DnsConfig/DnsRecords/0/TTL", 300), "must be 5")},
)

GRACE_CASES = Cases(
    Grace,
    "BffService",
    good={"as text": put("HealthCheckGracePeriodSeconds", "60")},
    bad={"none": (drop("HealthCheckGracePeriodSeconds"), "is missing, must be 60")},
)

GRACE_CASES_2 = Cases(
    Grace,
    "AgentCoreService",
    bad={"in a branch": (hidden("HealthCheckGracePeriodSeconds", 90), "must not be there")},
)

NAMESPACE_CASES = Cases(
    Namespace,
    "Namespace",
    good={"no description": drop("Description")},
    bad={"another VPC": (put("Vpc", "vpc-1"), "must be")},
)

REGISTRIES_CASES = Cases(
    Registries,
    "AgentCoreService",
    good={
        "by a dotted name": put(
            "ServiceRegistries/0/RegistryArn", {"Fn::GetAtt": "AgentCoreDiscovery.Arn"}
        )
    },
    bad={
        "with a port": (put("ServiceRegistries/0/Port", 8080), "must not be there"),
        "with a container": (put("ServiceRegistries/0/ContainerName", "x"), "must not be there"),
        "elsewhere": (put("ServiceRegistries/0/RegistryArn", "arn:aws:x"), "must be"),
    },
)

REGISTRIES_CASES_2 = Cases(
    Registries,
    "BffService",
    bad={"a service without callers": (put("ServiceRegistries", [REGISTRY]), "must not be there")},
)

RUNS_CASES = Cases(
    Runs,
    "AgentCoreService",
    good={"by a substitution": put("TaskDefinition", {"Fn::Sub": "${AgentCoreTaskDefinition}"})},
    bad={
        "by family": (put("TaskDefinition", "bidopsai-dev-agentcore"), "must be"),
        "another cluster": (put("Cluster", {"Fn::ImportValue": "x"}), "must be"),
    },
)

SWITCHES_CASES = Cases(
    Switches,
    "BffService",
    good={"no word about a shell": drop("EnableExecuteCommand")},
    bad={
        "a shell, as text": (put("EnableExecuteCommand", "true"), "must be false"),
        "a shell in a branch": (hidden("EnableExecuteCommand", True), "must be false"),
    },
)

EVENT_RULES_CASES = Cases(
    EventRules,
    "Extra",
    bad={
        "a rule for other events": (
            resource("AWS::Events::Rule", EventPattern={"source": ["aws.s3"]}),
            "tells of what no setting asks for",
        ),
        "a rule that runs tasks": (
            resource(
                "AWS::Events::Rule",
                ScheduleExpression="rate(1 day)",
                Targets=[{"Id": "x", "EcsParameters": {"TaskDefinitionArn": "x"}}],
            ),
            "tells of what no setting asks for",
        ),
    },
)


CASES = cases_in(globals())

test_nothing_is_found, test_the_fault_is_found = make_tests(CASES)
