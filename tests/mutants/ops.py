"""Faults of scaling, logs, alarms and outputs."""

from __future__ import annotations

from tests.mutants.mutant import (
    Template,
    add,
    attr,
    attribute,
    copy_of,
    drop,
    exchanged,
    hidden,
    mutants,
    put,
    ref,
    removed,
    resource,
)

TRACKING = "TargetTrackingScalingPolicyConfiguration/"
METRIC = TRACKING + "PredefinedMetricSpecification/PredefinedMetricType"


def other_end_of_life(template: Template, logical_id: str) -> None:
    """Keep what goes, let go what is kept."""
    group = template["Resources"][logical_id]
    kept = group["DeletionPolicy"] != "Delete"
    group["DeletionPolicy"] = "Delete" if kept else "RetainExceptOnCreate"


OPS = mutants(
    "ops",
    {
        "SpotInterruptionRule": {
            "an event told to others": resource(
                "AWS::Events::Rule",
                EventPattern={"source": ["aws.ecs"]},
                Targets=[{"Id": "topic", "Arn": "arn:aws:sns:us-east-1:999999999999:others"}],
            ),
        },
        "BffScalableTarget": {
            "minimum 1": put("MinCapacity", 1),
            "maximum 2": put("MaxCapacity", 2),
            "an import that nothing comes of": put(
                "ResourceId/Fn::Sub",
                lambda old: [old[0], {**old[1], "Unused": {"Fn::ImportValue": "other-Export"}}],
            ),
            "resource id by the service's ARN": put(
                "ResourceId", {"Fn::Sub": "service/${Cluster}/${BffService}"}
            ),
            "the other's service": put(
                "ResourceId", {"Fn::Sub": "service/${Cluster}/${AgentCoreService.Name}"}
            ),
            "another cluster": put("ResourceId", {"Fn::Sub": "service/default/${BffService.Name}"}),
            "another dimension": put("ScalableDimension", "ecs:service:Anything"),
            "another namespace": put("ServiceNamespace", "ec2"),
            "a role": put("RoleARN", "arn:aws:iam::111111111111:role/x"),
            "suspended": put("SuspendedState", {"DynamicScalingOutSuspended": True}),
            "scheduled down": put(
                "ScheduledActions", [{"ScheduledActionName": "x", "Schedule": "rate(1 day)"}]
            ),
            "minimum in a branch": hidden("MinCapacity", 0),
            "removed": removed,
        },
        "BffCpuScaling": {
            "memory instead": put(METRIC, "ECSServiceAverageMemoryUtilization"),
            "metric that is not published": put(
                METRIC, "ECSServiceAverageCPUUtilizationHighResolution"
            ),
            "requests instead": put(METRIC, "ALBRequestCountPerTarget"),
            "no cooldown in": put(TRACKING + "ScaleInCooldown", 0),
            "cooldown of a minute": put(TRACKING + "ScaleOutCooldown", 60),
            "cooldown removed": drop(TRACKING + "ScaleOutCooldown"),
            "the other's target": put("ScalingTargetId", ref("AgentCoreScalableTarget")),
            "removed": removed,
        },
        "AgentCoreMemoryScaling": {
            "target 70": put(TRACKING + "TargetValue", 70),
            "high-resolution metric": put(
                METRIC, "ECSServiceAverageMemoryUtilizationHighResolution"
            ),
            "custom metric too": put(
                TRACKING + "CustomizedMetricSpecification", {"MetricName": "x"}
            ),
            "removed": removed,
        },
        "BffLogGroup": {
            "other end of life": other_end_of_life,
            "no deletion policy": drop("/Resources/BffLogGroup/DeletionPolicy"),
            "snapshot": attribute("UpdateReplacePolicy", "Snapshot"),
            "fixed name": put("LogGroupName", "/ecs/bff"),
            "another key": put("KmsKeyId", "arn:aws:kms:us-east-1:999999999999:key/x"),
            "cheap class": put("LogGroupClass", "INFREQUENT_ACCESS"),
            "removed": removed,
        },
        "AgentCoreLogGroup": {"one day": put("RetentionInDays", 1)},
        "BffCpuAlarm": {
            "one of three": put("DatapointsToAlarm", 1),
            "the maximum": put("Statistic", "Maximum"),
            "a percentile": (drop("Statistic"), put("ExtendedStatistic", "p99")),
            "of another service": put("Dimensions/1/Value", attr("AgentCoreService", "Name")),
            "of the cluster": drop("Dimensions/1"),
            "without dimensions": drop("Dimensions"),
            "cluster by literal": put("Dimensions/0/Value", "default"),
            "secret in its description": put(
                "AlarmDescription", "{{resolve:ssm-secure:/bidopsai/prod/bff/database:1}}"
            ),
            "secret in a description in pieces": put(
                "AlarmDescription", {"Fn::Join": ["", ["{{res", "olve:ssm:/bidopsai/db}}"]]}
            ),
            "commands for a terminal in its description": put("AlarmDescription", "x\x1b[2J"),
            "another topic": put("AlarmActions", ["arn:aws:sns:us-east-1:999999999999:x"]),
            "acts by itself": put("AlarmActions", ["arn:aws:automate:us-east-1:ec2:stop"]),
            "fixed name": put("AlarmName", "bff-cpu"),
            "another metric": put("MetricName", "NetworkRxBytes"),
            "another namespace": put("Namespace", "Custom"),
        },
        "AgentCoreMemoryAlarm": {
            "threshold 70": put("Threshold", 70),
            "CPU instead": put("MetricName", "CPUUtilization"),
            "removed": removed,
        },
        "BffTaskDeficitAlarm": {
            "missing data is fine": put("TreatMissingData", "notBreaching"),
            "missing data not treated": drop("TreatMissingData"),
            "gaps stay gaps": put("Metrics/2/Expression", "desired - running"),
            "the wrong way round": put("Metrics/2/Expression", "running - desired"),
            "two return data": put("Metrics/0/ReturnData", True),
            "none returns data": put("Metrics/2/ReturnData", False),
            "threshold 2": put("Threshold", 2),
            "an hour": put("EvaluationPeriods", 60),
            "pending instead of running": put(
                "Metrics/1/MetricStat/Metric/MetricName", "PendingTaskCount"
            ),
            "of the other service": put(
                "Metrics/1/MetricStat/Metric/Dimensions/1/Value", attr("AgentCoreService", "Name")
            ),
            "another namespace": put("Metrics/1/MetricStat/Metric/Namespace", "AWS/ECS"),
            "another period": put("Metrics/1/MetricStat/Period", 300),
            "at zero": put("ComparisonOperator", "GreaterThanOrEqualToThreshold"),
            "removed": removed,
        },
        "BffUnhealthyTargetsAlarm": {
            "the minimum": put("Statistic", "Minimum"),
            "missing data breaches": put("TreatMissingData", "breaching"),
            "balancer by ARN": put(
                "Dimensions/0/Value", {"Fn::ImportValue": "bidopsai-dev-network-PublicAlbArn"}
            ),
            "healthy instead": put("MetricName", "HealthyHostCount"),
            "removed": removed,
        },
        "BffNoHealthyTargetAlarm": {
            "missing data is fine": put("TreatMissingData", "notBreaching"),
            "threshold 0": put("Threshold", 0),
            "above": put("ComparisonOperator", "GreaterThanThreshold"),
            "removed": removed,
        },
        "BffServerErrorAlarm": {
            "errors of the balancer": put("MetricName", "HTTPCode_ELB_5XX_Count"),
            "client errors": put("MetricName", "HTTPCode_Target_4XX_Count"),
            "threshold 10000": put("Threshold", 10000),
            "one error is enough": put("Threshold", 0),
            "missing data breaches": put("TreatMissingData", "breaching"),
        },
        "Extra": {
            "a step policy": resource(
                "AWS::ApplicationAutoScaling::ScalingPolicy",
                PolicyName="step",
                PolicyType="StepScaling",
                ScalingTargetId=ref("BffScalableTarget"),
            ),
            "a second scalable target": copy_of("BffScalableTarget"),
            "a composite alarm": resource("AWS::CloudWatch::CompositeAlarm", AlarmRule="TRUE"),
            "a log group without a writer": copy_of("BffLogGroup"),
            "a subscription": resource(
                "AWS::Logs::SubscriptionFilter",
                LogGroupName=ref("BffLogGroup"),
                DestinationArn="arn:aws:lambda:us-east-1:999999999999:function:x",
                FilterPattern="",
            ),
        },
        "BffServiceArn": {
            "the cluster": put("/Outputs/BffServiceArn/Value", ref("Cluster")),
            "exported under another name": put(
                "/Outputs/BffServiceArn/Export/Name", "bidopsai-dev-compute-Bff"
            ),
            "under a condition": put("/Outputs/BffServiceArn/Condition", "BffDesiredCountGiven"),
        },
        "ClusterArn": {
            "the name instead": put("/Outputs/ClusterArn/Value", ref("Cluster")),
            "removed": drop("/Outputs/ClusterArn"),
        },
        "NamespaceId": {
            "the ARN instead": put("/Outputs/NamespaceId/Value", attr("Namespace", "Arn")),
            "exported by a function": put(
                "/Outputs/NamespaceId/Export/Name", {"Fn::Sub": "${AWS::StackName}-NamespaceId"}
            ),
        },
        "BffTaskDefinitionFamily": {
            "another family": put("/Outputs/BffTaskDefinitionFamily/Value", "bff"),
        },
        "Secret": {
            "an output more": put(
                "/Outputs/Secret", {"Value": {"Fn::ImportValue": "bidopsai-dev-security-Secret"}}
            )
        },
        "Again": {
            "exported twice": put(
                "/Outputs/Again",
                {
                    "Value": attr("AgentCoreService", "Name"),
                    "Export": {"Name": "bidopsai-dev-compute-AgentCoreServiceName"},
                },
            ),
        },
        "AgentCoreServiceName": {
            "tells the ARN": put("/Outputs/AgentCoreServiceName/Value", ref("AgentCoreService")),
        },
        "AgentCoreCpuAlarm": {
            "actions added": add("InsufficientDataActions", "arn:aws:sns:us-east-1:1:x"),
            "exchanged with BFF's": exchanged("BffCpuAlarm"),
        },
        "AgentCoreTaskDeficitAlarm": {"exchanged": exchanged("BffTaskDeficitAlarm")},
        "AgentCoreScalableTarget": {"exchanged": exchanged("BffScalableTarget")},
        "BffMemoryScaling": {"exchanged": exchanged("AgentCoreMemoryScaling")},
    },
)
