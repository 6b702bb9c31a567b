"""Specimens of ECS: a cluster, a task definition and a service that set every property."""

from __future__ import annotations

from typing import Any

from tests.sandbox.models.specimen import TAGS, resource

STRATEGY = [
    {"CapacityProvider": "FARGATE", "Weight": 70},
    {"CapacityProvider": "FARGATE_SPOT", "Weight": 30, "Base": 3},
]
CLUSTER: dict[str, Any] = {
    "ClusterName": "specimen",
    "ClusterSettings": [{"Name": "containerInsights", "Value": "enhanced"}],
    "Configuration": {
        "ExecuteCommandConfiguration": {
            "KmsKeyId": "arn:aws:kms:us-east-1:111111111111:key/k",
            "LogConfiguration": {
                "CloudWatchEncryptionEnabled": True,
                "CloudWatchLogGroupName": "/audit/ecs-exec",
            },
            "Logging": "OVERRIDE",
        },
        "ManagedStorageConfiguration": {
            "FargateEphemeralStorageKmsKeyId": "arn:aws:kms:us-east-1:111111111111:key/k"
        },
    },
    "Tags": TAGS,
}
ASSOCIATION: dict[str, Any] = {
    "Cluster": {"Ref": "Cluster"},
    "CapacityProviders": ["FARGATE", "FARGATE_SPOT"],
    "DefaultCapacityProviderStrategy": STRATEGY,
}
TASK: dict[str, Any] = {
    "Family": "specimen",
    "Cpu": "512",
    "Memory": "1024",
    "NetworkMode": "awsvpc",
    "RequiresCompatibilities": ["FARGATE"],
    "RuntimePlatform": {"CpuArchitecture": "X86_64", "OperatingSystemFamily": "LINUX"},
    "EphemeralStorage": {"SizeInGiB": 30},
    "ExecutionRoleArn": "arn:aws:iam::111111111111:role/execution",
    "TaskRoleArn": "arn:aws:iam::111111111111:role/task",
    "PidMode": "task",
    "IpcMode": "none",
    "Volumes": [{"Name": "scratch"}],
    "Tags": TAGS,
    "ContainerDefinitions": [
        {
            "Name": "app",
            "Image": "app:1",
            "Essential": True,
            "Command": ["serve"],
            "EntryPoint": ["/init"],
            "WorkingDirectory": "/app",
            "User": "1000:1000",
            "Cpu": 256,
            "Memory": 512,
            "MemoryReservation": 256,
            "Privileged": False,
            "PseudoTerminal": False,
            "ReadonlyRootFilesystem": True,
            "StartTimeout": 30,
            "StopTimeout": 60,
            "VersionConsistency": "enabled",
            "DockerLabels": {"Com.Example": "Kept as it is"},
            "DependsOn": [{"ContainerName": "side", "Condition": "START"}],
            "Environment": [{"Name": "PORT", "Value": 3000}],
            "Secrets": [{"Name": "KEY", "ValueFrom": "arn:aws:ssm:::parameter/key"}],
            "HealthCheck": {
                "Command": ["CMD", "true"],
                "Interval": 10,
                "Timeout": 5,
                "Retries": 3,
                "StartPeriod": 30,
            },
            "LinuxParameters": {
                "InitProcessEnabled": True,
                "Capabilities": {"Add": ["SYS_PTRACE"], "Drop": ["ALL"]},
                "Tmpfs": [{"ContainerPath": "/tmp", "Size": 64, "MountOptions": ["rw"]}],
            },
            "LogConfiguration": {
                "LogDriver": "awslogs",
                "Options": {
                    "awslogs-group": "g",
                    "awslogs-stream-prefix": "app",
                    "mode": "non-blocking",
                },
                "SecretOptions": [{"Name": "token", "ValueFrom": "arn:aws:ssm:::parameter/t"}],
            },
            "MountPoints": [
                {"SourceVolume": "scratch", "ContainerPath": "/scratch", "ReadOnly": True}
            ],
            "PortMappings": [
                {
                    "Name": "http",
                    "AppProtocol": "http",
                    "ContainerPort": 3000,
                    "HostPort": 3000,
                    "Protocol": "tcp",
                }
            ],
            "RestartPolicy": {
                "Enabled": True,
                "IgnoredExitCodes": [0],
                "RestartAttemptPeriod": 60,
            },
            "Ulimits": [{"Name": "nofile", "SoftLimit": 1024, "HardLimit": 65536}],
        }
    ],
}


def service(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    """Return a service that sets everything but a launch type."""
    properties: dict[str, Any] = {
        "Cluster": {"Ref": "Cluster"},
        "ServiceName": "specimen",
        "TaskDefinition": {"Ref": "Task"},
        "DesiredCount": "2",
        "AvailabilityZoneRebalancing": "ENABLED",
        "CapacityProviderStrategy": STRATEGY,
        "DeploymentConfiguration": {
            "MinimumHealthyPercent": 50,
            "MaximumPercent": 200,
            "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
            "Alarms": {"AlarmNames": ["broken"], "Enable": True, "Rollback": True},
        },
        "EnableECSManagedTags": True,
        "EnableExecuteCommand": True,
        "HealthCheckGracePeriodSeconds": 60,
        "Monitoring": {
            "MetricConfigurations": [{"MetricNames": ["CPUUtilization"], "ResolutionSeconds": 20}]
        },
        "LoadBalancers": [
            {"ContainerName": "app", "ContainerPort": 3000, "TargetGroupArn": {"Ref": "Targets"}}
        ],
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "AssignPublicIp": "DISABLED",
                "SecurityGroups": [exports["DatabaseSecurityGroupId"]],
                "Subnets": exports["PrivateAppSubnetIds"].split(","),
            }
        },
        "PlatformVersion": "1.4.0",
        "PropagateTags": "SERVICE",
        "SchedulingStrategy": "REPLICA",
        "ServiceRegistries": [{"RegistryArn": "arn:aws:servicediscovery:::service/srv-1"}],
        "Tags": TAGS,
    }
    merged = {**properties, **changed}
    return {key: value for key, value in merged.items() if value is not None}


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
