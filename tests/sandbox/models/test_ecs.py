"""ECS in the sandbox: whatever the template says of clusters, tasks and services is described."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.sandbox.account import Account
from tests.sandbox.models.specimen import Stack, resource, unset_of, untagged

TAGS = [{"Key": "Owner", "Value": "platform"}]
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


def test_a_cluster_shows_its_settings_providers_strategy_and_tags(
    stack: Stack, dev_account: Account
) -> None:
    assert not unset_of("AWS::ECS::Cluster", CLUSTER)
    assert not unset_of("AWS::ECS::ClusterCapacityProviderAssociations", ASSOCIATION)
    stack.deploy(
        {
            "Cluster": resource("AWS::ECS::Cluster", CLUSTER),
            "Capacity": resource("AWS::ECS::ClusterCapacityProviderAssociations", ASSOCIATION),
        }
    )
    (cluster,) = dev_account.client("ecs").describe_clusters(
        clusters=["specimen"], include=["SETTINGS", "CONFIGURATIONS", "TAGS"]
    )["clusters"]
    assert cluster["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    assert cluster["configuration"] == {
        "executeCommandConfiguration": {
            "kmsKeyId": "arn:aws:kms:us-east-1:111111111111:key/k",
            "logConfiguration": {
                "cloudWatchEncryptionEnabled": True,
                "cloudWatchLogGroupName": "/audit/ecs-exec",
            },
            "logging": "OVERRIDE",
        },
        "managedStorageConfiguration": {
            "fargateEphemeralStorageKmsKeyId": "arn:aws:kms:us-east-1:111111111111:key/k"
        },
    }
    assert cluster["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert cluster["defaultCapacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE", "weight": 70, "base": 0},
        {"capacityProvider": "FARGATE_SPOT", "weight": 30, "base": 3},
    ]
    assert untagged(cluster["tags"]) == {"Owner": "platform"}


def test_a_strategy_names_associated_providers_only(stack: Stack) -> None:
    wrong = {**ASSOCIATION, "CapacityProviders": ["FARGATE"]}
    status = stack.attempt(
        {
            "Cluster": resource("AWS::ECS::Cluster", CLUSTER),
            "Capacity": resource("AWS::ECS::ClusterCapacityProviderAssociations", wrong),
        }
    )
    assert status == "ROLLBACK_COMPLETE"
    assert "FARGATE_SPOT" in stack.failures()[0]


def test_a_task_definition_shows_every_property(stack: Stack, dev_account: Account) -> None:
    assert not unset_of("AWS::ECS::TaskDefinition", TASK)
    arn = stack.deploy({"Task": resource("AWS::ECS::TaskDefinition", TASK)})["Task"]
    described = dev_account.client("ecs").describe_task_definition(
        taskDefinition=arn, include=["TAGS"]
    )
    definition = described["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    assert untagged(described["tags"]) == {"Owner": "platform"}
    for name, value in {
        "family": "specimen",
        "cpu": "512",
        "memory": "1024",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        "ephemeralStorage": {"sizeInGiB": 30},
        "executionRoleArn": "arn:aws:iam::111111111111:role/execution",
        "taskRoleArn": "arn:aws:iam::111111111111:role/task",
        "pidMode": "task",
        "ipcMode": "none",
        "volumes": [{"name": "scratch", "host": {}}],
    }.items():
        assert definition[name] == value, name
    assert container == {
        "name": "app",
        "image": "app:1",
        "essential": True,
        "command": ["serve"],
        "entryPoint": ["/init"],
        "workingDirectory": "/app",
        "user": "1000:1000",
        "cpu": 256,
        "memory": 512,
        "memoryReservation": 256,
        "privileged": False,
        "pseudoTerminal": False,
        "readonlyRootFilesystem": True,
        "startTimeout": 30,
        "stopTimeout": 60,
        "versionConsistency": "enabled",
        "dockerLabels": {"Com.Example": "Kept as it is"},
        "dependsOn": [{"containerName": "side", "condition": "START"}],
        "environment": [{"name": "PORT", "value": "3000"}],
        "secrets": [{"name": "KEY", "valueFrom": "arn:aws:ssm:::parameter/key"}],
        "healthCheck": {
            "command": ["CMD", "true"],
            "interval": 10,
            "timeout": 5,
            "retries": 3,
            "startPeriod": 30,
        },
        "linuxParameters": {
            "initProcessEnabled": True,
            "capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]},
            "tmpfs": [{"containerPath": "/tmp", "size": 64, "mountOptions": ["rw"]}],
        },
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "g",
                "awslogs-stream-prefix": "app",
                "mode": "non-blocking",
            },
            "secretOptions": [{"name": "token", "valueFrom": "arn:aws:ssm:::parameter/t"}],
        },
        "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch", "readOnly": True}],
        "portMappings": [
            {
                "name": "http",
                "appProtocol": "http",
                "containerPort": 3000,
                "hostPort": 3000,
                "protocol": "tcp",
            }
        ],
        "restartPolicy": {"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 60},
        "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 65536}],
        "volumesFrom": [],
    }


def test_fargate_logs_need_a_stream_prefix(stack: Stack) -> None:
    task = copy.deepcopy(TASK)
    del task["ContainerDefinitions"][0]["LogConfiguration"]["Options"]["awslogs-stream-prefix"]
    assert (
        stack.attempt({"Task": resource("AWS::ECS::TaskDefinition", task)}) == "ROLLBACK_COMPLETE"
    )
    assert "awslogs-stream-prefix" in stack.failures()[0]


def test_a_service_shows_every_property_and_runs_its_tasks(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    assert unset_of("AWS::ECS::Service", service(exports)) == {
        "/LaunchType",
        # A port beside the A records of this stack is refused.
        "/ServiceRegistries/ContainerName",
        "/ServiceRegistries/ContainerPort",
        "/ServiceRegistries/Port",
    }
    ids = stack.deploy(resources(exports))
    described = dev_account.client("ecs").describe_services(
        cluster="specimen", services=["specimen"], include=["TAGS"]
    )
    (found,) = described["services"]
    network = {
        "awsvpcConfiguration": {
            "assignPublicIp": "DISABLED",
            "securityGroups": [exports["DatabaseSecurityGroupId"]],
            "subnets": exports["PrivateAppSubnetIds"].split(","),
        }
    }
    strategy = [
        {"capacityProvider": "FARGATE", "weight": 70, "base": 0},
        {"capacityProvider": "FARGATE_SPOT", "weight": 30, "base": 3},
    ]
    for name, value in {
        "serviceArn": ids["Service"],
        "serviceName": "specimen",
        "status": "ACTIVE",
        "taskDefinition": ids["Task"],
        "desiredCount": 2,
        "runningCount": 2,
        "pendingCount": 0,
        "availabilityZoneRebalancing": "ENABLED",
        "capacityProviderStrategy": strategy,
        "deploymentConfiguration": {
            "minimumHealthyPercent": 50,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "alarms": {"alarmNames": ["broken"], "enable": True, "rollback": True},
        },
        "enableECSManagedTags": True,
        "enableExecuteCommand": True,
        "healthCheckGracePeriodSeconds": 60,
        "loadBalancers": [
            {"containerName": "app", "containerPort": 3000, "targetGroupArn": ids["Targets"]}
        ],
        "networkConfiguration": network,
        "platformVersion": "1.4.0",
        "propagateTags": "SERVICE",
        "schedulingStrategy": "REPLICA",
        "serviceRegistries": [{"registryArn": "arn:aws:servicediscovery:::service/srv-1"}],
    }.items():
        assert found[name] == value, name
    assert untagged(found["tags"]) == {"Owner": "platform"}
    (primary,) = found["deployments"]
    assert (primary["status"], primary["rolloutState"]) == ("PRIMARY", "COMPLETED")
    assert primary["runningCount"] == primary["desiredCount"] == 2
    assert primary["taskDefinition"] == ids["Task"]
    assert "launchType" not in found
    (running,) = found["currentServiceRevisions"]
    (revision,) = dev_account.client("ecs").describe_service_revisions(
        serviceRevisionArns=[running["arn"]]
    )["serviceRevisions"]
    assert revision["taskDefinition"] == ids["Task"]
    assert revision["monitoring"] == {
        "metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]
    }


def test_a_revision_that_no_service_runs_is_missing(dev_account: Account) -> None:
    arn = "arn:aws:ecs:us-east-1:111111111111:service-revision/c/s/1"
    answer = dev_account.client("ecs").describe_service_revisions(serviceRevisionArns=[arn])
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]


def test_a_new_task_definition_is_a_new_revision_that_the_service_runs(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    before = stack.deploy(resources(exports))
    first = dev_account.service("specimen", "specimen")["deployments"][0]["id"]
    changed = resources(exports)
    changed["Task"]["Properties"] = copy.deepcopy(TASK)
    changed["Task"]["Properties"]["ContainerDefinitions"][0]["Image"] = "app:2"
    after = stack.deploy(changed)
    found = dev_account.service("specimen", "specimen")
    old = dev_account.client("ecs").describe_task_definition(taskDefinition=before["Task"])
    assert int(after["Task"].rsplit(":", 1)[1]) == int(before["Task"].rsplit(":", 1)[1]) + 1
    assert found["taskDefinition"] == after["Task"]
    assert found["deployments"][0]["id"] != first
    assert dev_account.container(after["Task"])["image"] == "app:2"
    assert old["taskDefinition"]["status"] == "INACTIVE"


def test_a_template_without_a_count_leaves_a_scaled_service_alone(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    stack.deploy(resources(exports))
    ecs = dev_account.client("ecs")
    ecs.update_service(cluster="specimen", service="specimen", desiredCount=7)
    stack.deploy(resources(exports, DesiredCount=None, HealthCheckGracePeriodSeconds=90))
    found = dev_account.service("specimen", "specimen")
    (primary,) = found["deployments"]
    assert found["desiredCount"] == found["runningCount"] == primary["runningCount"] == 7
    assert found["healthCheckGracePeriodSeconds"] == 90


def test_a_new_service_without_a_count_starts_one_task(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    stack.deploy(resources(exports, DesiredCount=None))
    assert dev_account.service("specimen", "specimen")["desiredCount"] == 1


def test_a_deleted_service_is_inactive_and_its_cluster_with_it(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    ids = stack.deploy(resources(exports))
    stack.delete()
    found = dev_account.service("specimen", "specimen")
    (cluster,) = dev_account.client("ecs").describe_clusters(clusters=["specimen"])["clusters"]
    assert (found["status"], found["runningCount"]) == ("INACTIVE", 0)
    assert (cluster["status"], cluster["activeServicesCount"]) == ("INACTIVE", 0)
    with pytest.raises(dev_account.client("elbv2").exceptions.TargetGroupNotFoundException):
        dev_account.client("elbv2").describe_target_groups(TargetGroupArns=[ids["Targets"]])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"TaskDefinition": "specimen:999"}, "Unable to describe task definition"),
        ({"NetworkConfiguration": None}, "Network Configuration must be provided"),
        ({"LaunchType": "FARGATE"}, "Specifying both a launch type and capacity provider"),
        (
            {"CapacityProviderStrategy": [{"CapacityProvider": "OTHER", "Weight": 1}]},
            "not associated with the cluster: OTHER",
        ),
        (
            {"CapacityProviderStrategy": [{**item, "Base": 1} for item in STRATEGY]},
            "Only one capacity provider",
        ),
        (
            {"ServiceRegistries": [{"RegistryArn": "arn:x", "ContainerPort": 3000}]},
            "must be of type SRV",
        ),
        (
            {
                "LoadBalancers": [
                    {
                        "ContainerName": "app",
                        "ContainerPort": 80,
                        "TargetGroupArn": {"Ref": "Targets"},
                    }
                ]
            },
            "has no port 80",
        ),
    ],
)
def test_what_ecs_refuses_fails_the_stack_with_its_reason(
    stack: Stack, exports: dict[str, str], changed: dict[str, Any], reason: str
) -> None:
    assert stack.attempt(resources(exports, **changed)) == "ROLLBACK_COMPLETE"
    assert reason in stack.failures()[0]


def test_a_target_group_needs_a_load_balancer_before_a_service_uses_it(
    stack: Stack, exports: dict[str, str]
) -> None:
    without_rule = resources(exports)
    del without_rule["Rule"]
    without_rule["Service"]["DependsOn"] = ["Capacity"]
    assert stack.attempt(without_rule) == "ROLLBACK_COMPLETE"
    assert "does not have an associated load balancer" in stack.failures()[0]
