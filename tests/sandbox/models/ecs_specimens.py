"""Specimens of ECS: a cluster, a task definition and a service that set every property."""

from __future__ import annotations

from typing import Any

from tests.sandbox.models.specimen import filled, resource

STRATEGY = [
    {"CapacityProvider": "FARGATE", "Weight": 70},
    {"CapacityProvider": "FARGATE_SPOT", "Weight": 30, "Base": 3},
]
CLUSTER = filled("AWS::ECS::Cluster", ClusterName="specimen")
ASSOCIATION: dict[str, Any] = {
    "Cluster": {"Ref": "Cluster"},
    "CapacityProviders": ["FARGATE", "FARGATE_SPOT"],
    "DefaultCapacityProviderStrategy": STRATEGY,
}
LOGGED = {"awslogs-group": "g", "awslogs-stream-prefix": "app", "mode": "non-blocking"}
CONTAINER: dict[str, Any] = {
    "Name": "app",
    "Image": "app:1",
    "Environment": [{"Name": "PORT", "Value": 3000}],
    "LogConfiguration": {"LogDriver": "awslogs", "Options": LOGGED},
    "PortMappings": {"ContainerPort": 3000, "HostPort": 3000, "Protocol": "tcp"},
    "Privileged": False,
}
TASK = filled(
    "AWS::ECS::TaskDefinition",
    Family="specimen",
    Cpu="512",
    Memory="1024",
    NetworkMode="awsvpc",
    PidMode="task",
    RequiresCompatibilities=["FARGATE"],
    ContainerDefinitions=CONTAINER,
)


def service(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    """Return a service that sets everything but a launch type, and the port of a registry."""
    network = {
        "SecurityGroups": [exports["DatabaseSecurityGroupId"]],
        "Subnets": exports["PrivateAppSubnetIds"].split(","),
    }
    balanced = {"ContainerName": "app", "ContainerPort": 3000, "TargetGroupArn": {"Ref": "Targets"}}
    given = {
        "Cluster": {"Ref": "Cluster"},
        "ServiceName": "specimen",
        "TaskDefinition": {"Ref": "Task"},
        "DesiredCount": "2",
        "CapacityProviderStrategy": STRATEGY,
        "LaunchType": None,
        "LoadBalancers": balanced,
        "NetworkConfiguration": {"AwsvpcConfiguration": network},
        "ServiceRegistries": [{"RegistryArn": "arn:aws:servicediscovery:::service/srv-1"}],
    }
    return filled("AWS::ECS::Service", **{**given, **changed})


def resources(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    """Return everything that a service with a load balancer needs, and the service."""
    return {
        "Cluster": resource("AWS::ECS::Cluster", CLUSTER),
        "Capacity": resource("AWS::ECS::ClusterCapacityProviderAssociations", ASSOCIATION),
        "Task": resource("AWS::ECS::TaskDefinition", TASK),
        "Targets": resource(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            {"Port": 3000, "Protocol": "HTTP", "TargetType": "ip", "VpcId": exports["VpcId"]},
        ),
        "Rule": resource(
            "AWS::ElasticLoadBalancingV2::ListenerRule",
            {
                "ListenerArn": exports["HttpsListenerArn"],
                "Priority": 7,
                "Conditions": [{"Field": "path-pattern", "Values": ["/*"]}],
                "Actions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
            },
        ),
        "Service": resource(
            "AWS::ECS::Service", service(exports, **changed), DependsOn=["Capacity", "Rule"]
        ),
    }
