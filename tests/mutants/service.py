"""Faults of services, the cluster, capacity, desired counts, discovery and the template itself."""

from __future__ import annotations

from typing import Any

from tests.mutants.mutant import (
    Change,
    Template,
    add,
    attribute,
    copy_of,
    hidden,
    mutants,
    put,
    ref,
    resource,
)

STRATEGY = "CapacityProviderStrategy"
DEPLOYMENT = "DeploymentConfiguration"
DEFAULTS = "DefaultCapacityProviderStrategy"


def swapped(path: str) -> Change:
    """Swap what both services have at ``path``."""

    def change(template: Template, _: str) -> None:
        ends = []
        for title in ("Bff", "AgentCore"):
            *steps, last = path.format(title).split("/")
            node: Any = template
            for step in steps:
                node = node[int(step)] if isinstance(node, list) else node[step]
            ends.append((node, int(last) if isinstance(node, list) else last))
        (one, first), (other, second) = ends
        one[first], other[second] = other[second], one[first]

    return change


RECORDING = "Configuration"
RECORD = {
    "ExecuteCommandConfiguration": {
        "Logging": "OVERRIDE",
        "LogConfiguration": {"CloudWatchLogGroupName": "/audit/ecs-exec"},
    }
}

SERVICE = mutants(
    "service",
    {
        "Cluster": {
            "exec logging configured": put("Configuration", {"ExecuteCommandConfiguration": {}}),
            "created only under a condition": attribute("Condition", "BffDesiredCountGiven"),
        },
        "ClusterCapacity": {
            "weights swapped": (put(f"{DEFAULTS}/0/Weight", 30), put(f"{DEFAULTS}/1/Weight", 70)),
            "default strategy emptied": put(DEFAULTS, []),
        },
        "BffService": {
            "commands admitted, and recorded": (
                put("EnableExecuteCommand", True),
                put(f"/Resources/Cluster/Properties/{RECORDING}", RECORD),
            ),
            "base on both providers": (put(f"{STRATEGY}/0/Base", 1), put(f"{STRATEGY}/1/Base", 1)),
            "third provider": add(STRATEGY, {"CapacityProvider": "burst", "Weight": 1}),
            "base in other digits": put(f"{STRATEGY}/0/Base", "\uff12"),
            "base one too many": put(f"{STRATEGY}/0/Base", 4),
            "breaker off in a branch": hidden(
                f"{DEPLOYMENT}/DeploymentCircuitBreaker", {"Enable": False, "Rollback": False}
            ),
            "the other's desired count": put(
                "DesiredCount",
                {
                    "Fn::If": [
                        "AgentCoreDesiredCountGiven",
                        ref("AgentCoreDesiredCount"),
                        ref("AWS::NoValue"),
                    ]
                },
            ),
            "fixed name": put("ServiceName", "bff"),
            "daemon": put("SchedulingStrategy", "DAEMON"),
            "volume": put("VolumeConfigurations", [{"Name": "data"}]),
        },
        "AgentCoreService": {
            "base on both providers": (put(f"{STRATEGY}/0/Base", 2), put(f"{STRATEGY}/1/Base", 3)),
            "does not wait for its ingress": attribute(
                "DependsOn",
                [
                    "ClusterCapacity",
                    "DatabaseFromAgentCoreIngress",
                    "EndpointsFromAgentCoreIngress",
                ],
            ),
        },
        "AgentCoreDiscovery": {"namespace by literal": put("NamespaceId", "ns-0123456789abcdef")},
        "Namespace": {
            "a secret in its description": put(
                "Description", "{{resolve:secretsmanager:bidopsai/prod}}"
            ),
            "another VPC": put("Vpc", "vpc-0123456789abcdef0"),
            "public": put("/Resources/Namespace/Type", "AWS::ServiceDiscovery::PublicDnsNamespace"),
        },
        "BffImage": {
            "decides about the other service": swapped(
                "Resources/{}TaskDefinition/Properties/ContainerDefinitions/0/Image/Fn::Join/1/1"
            )
        },
        "AgentCoreDesiredCount": {
            "decides about the other service": swapped(
                "Resources/{}Service/Properties/DesiredCount"
            )
        },
        "BffDesiredCountGiven": {
            "compared with 0.0, which no count equals": put(
                "/Conditions/BffDesiredCountGiven",
                {"Fn::Not": [{"Fn::Equals": [ref("BffDesiredCount"), 0.0]}]},
            )
        },
        "Extra": {
            "a copy of a service": copy_of("BffService"),
            "a function": resource("AWS::Lambda::Function", Role="x", Code={"ZipFile": "x"}),
            "a custom resource": resource("Custom::Anything", ServiceToken="x"),
            "a nested stack": resource("AWS::CloudFormation::Stack", TemplateURL="https://x/y"),
            "a wait handle": resource("AWS::CloudFormation::WaitConditionHandle"),
            "a scheduled task": resource("AWS::Events::Rule", ScheduleExpression="rate(1 day)"),
        },
        "": {
            "another environment claimed": put("/Metadata/BidopsCfn/Environment", "staging"),
            "all checks suppressed": put(
                "/Metadata/cfn-lint", {"config": {"ignore_checks": ["E", "W", "I"]}}
            ),
            "checkov suppressed": put("/Metadata/checkov", {"skip": [{"id": "CKV_AWS_97"}]}),
            "hooks": put("/Hooks", {"H": {"Type": "AWS::CodeDeploy::BlueGreen"}}),
            "rules section": put("/Rules", {"R": {"Assertions": []}}),
        },
    },
)
