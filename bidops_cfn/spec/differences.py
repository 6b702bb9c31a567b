"""What may differ between environments, names aside, and what decides it."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from bidops_cfn.settings.environment import Environment

METRIC_TYPE = (
    "Properties/TargetTrackingScalingPolicyConfiguration/PredefinedMetricSpecification/"
    "PredefinedMetricType"
)

# By resource type the property that may differ, and why; "*" stands for an index.
PROPERTIES: Mapping[str, Mapping[str, str]] = {
    "AWS::ECS::TaskDefinition": {
        "Properties/Cpu": "FR-041 to FR-043",
        "Properties/Memory": "FR-041 to FR-043",
        "Properties/ContainerDefinitions/*/Memory": "FR-041 to FR-043",
        "Properties/ContainerDefinitions/*/Environment/*/Value": "setting `services.*.environment`",
        **dict.fromkeys(
            (
                f"Properties/ContainerDefinitions/*/LinuxParameters/Tmpfs/*/{path}"
                for path in ("ContainerPath", "MountOptions/*", "Size")
            ),
            "setting `services.*.tmpfs`, or `security.exec_log_group`",
        ),
        "Properties/RuntimePlatform/CpuArchitecture": "setting `services.*.architecture`",
    },
    "AWS::ECS::Service": {
        "Properties/CapacityProviderStrategy/*/Base": (
            "SC-008: Spot base outside production, on-demand base in production"
        ),
        "Properties/EnableExecuteCommand": "setting `security.exec_log_group`",
        "Properties/Monitoring/MetricConfigurations/*/MetricNames/*": (
            "setting `scaling.high_resolution_metrics`"
        ),
        "Properties/Monitoring/MetricConfigurations/*/ResolutionSeconds": (
            "setting `scaling.high_resolution_metrics`"
        ),
    },
    "AWS::ECS::Cluster": {
        "Properties/ClusterSettings/*/Value": "setting `container_insights`",
        "Properties/Configuration/ManagedStorageConfiguration/FargateEphemeralStorageKmsKeyId": (
            "setting `security.storage_key_arn`"
        ),
        **dict.fromkeys(
            (
                f"Properties/Configuration/ExecuteCommandConfiguration/{path}"
                for path in (
                    "Logging",
                    "LogConfiguration/CloudWatchLogGroupName",
                    "LogConfiguration/CloudWatchEncryptionEnabled",
                )
            ),
            "setting `security.exec_log_group`",
        ),
    },
    "AWS::CloudWatch::Alarm": {
        "Properties/AlarmActions/*": "setting `alarms.topic_arn`",
        "Properties/OKActions/*": "setting `alarms.topic_arn`",
    },
    "AWS::Events::Rule": dict.fromkeys(
        (
            "Properties/EventPattern/source/*",
            "Properties/EventPattern/detail-type/*",
            "Properties/EventPattern/resources/*",
            *(
                f"Properties/EventPattern/detail/{key}/*"
                for key in ("clusterArn", "eventName", "lastStatus", "stopCode")
            ),
            "Properties/Targets/*/Arn",
            "Properties/Targets/*/Id",
        ),
        "setting `alarms.events_topic_arn`",
    ),
    "AWS::Logs::LogGroup": {
        "DeletionPolicy": "setting `logs.retain`",
        "UpdateReplacePolicy": "setting `logs.retain`",
        "Properties/KmsKeyId": "setting `logs.key_arn`",
    },
    "AWS::ApplicationAutoScaling::ScalingPolicy": {
        METRIC_TYPE: "setting `scaling.high_resolution_metrics`",
    },
}

# Texts of a permission or a flow that a setting brings.
ACCESS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("TaskRole allows ssmmessages:",), "security.exec_log_group"),
    (("TaskRole allows logs:DescribeLogGroups",), "security.exec_log_group"),
    (("TaskRole allows logs:", ":log-group:"), "security.exec_log_group"),
    (("ExecutionRole allows kms:Decrypt", "kms:viaservice"), "security.secrets_key_output"),
    (("TaskRole allows kms:", "kms:viaservice s3."), "security.knowledge_base_key_output"),
    (("TaskRole allows kms:Decrypt", "kms:viaservice ssm."), "security.configuration_key_output"),
    (("ExecutionRole allows ecr:", "aws-guardduty-agent"), "security.guardduty_repository_arn"),
    (("allows bedrock:InvokeModel",), "services.*.bedrock.profiles_only"),
    (("network.AlbSecurityGroupId egress",), "network.load_balancer_rules"),
)


def value_of(setting: str, environment: Environment) -> object:
    """Return what an environment has for a setting, of each service for ``services.*``."""
    of_service = setting.removeprefix("services.*.")
    if of_service == setting:
        return attrgetter(setting)(environment)
    return tuple(map(attrgetter(of_service), environment.services.values()))
