"""Faults of scaling, logs, alarms and outputs."""

from __future__ import annotations

from tests.mutants.mutant import (
    attr,
    copy_of,
    drop,
    exchanged,
    hidden,
    mutants,
    put,
    ref,
    resource,
)

TRACKING = "TargetTrackingScalingPolicyConfiguration/"
METRIC = TRACKING + "PredefinedMetricSpecification/PredefinedMetricType"


OPS = mutants(
    "ops",
    {
        "SpotInterruptionRule": {
            "an event told to others": resource(
                "AWS::Events::Rule",
                EventPattern={"source": ["aws.ecs"]},
                Targets=[{"Id": "topic", "Arn": "arn:aws:sns:us-east-1:999999999999:others"}],
            )
        },
        "BffScalableTarget": {
            "an import that nothing comes of": put(
                "ResourceId/Fn::Sub",
                lambda old: [old[0], {**old[1], "Unused": {"Fn::ImportValue": "other-Export"}}],
            ),
            "the other's service": put(
                "ResourceId", {"Fn::Sub": "service/${Cluster}/${AgentCoreService.Name}"}
            ),
            "another cluster": put("ResourceId", {"Fn::Sub": "service/default/${BffService.Name}"}),
            "minimum in a branch": hidden("MinCapacity", 0),
        },
        "BffCpuScaling": {
            "memory instead": put(METRIC, "ECSServiceAverageMemoryUtilization"),
            "the other's target": put("ScalingTargetId", ref("AgentCoreScalableTarget")),
        },
        "BffCpuAlarm": {
            "a percentile": (drop("Statistic"), put("ExtendedStatistic", "p99")),
            "of another service": put("Dimensions/1/Value", attr("AgentCoreService", "Name")),
            "cluster by literal": put("Dimensions/0/Value", "default"),
            "secret in its description": put(
                "AlarmDescription", "{{resolve:ssm-secure:/bidopsai/prod/bff/database:1}}"
            ),
            "secret in a description in pieces": put(
                "AlarmDescription", {"Fn::Join": ["", ["{{res", "olve:ssm:/bidopsai/db}}"]]}
            ),
            "commands for a terminal in its description": put("AlarmDescription", "x\x1b[2J"),
            "fixed name": put("AlarmName", "bff-cpu"),
        },
        "BffUnhealthyTargetsAlarm": {
            "balancer by ARN": put(
                "Dimensions/0/Value", {"Fn::ImportValue": "bidopsai-dev-network-PublicAlbArn"}
            )
        },
        "BffServerErrorAlarm": {
            "errors of the balancer": put("MetricName", "HTTPCode_ELB_5XX_Count")
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
        "ClusterArn": {"the name instead": put("/Outputs/ClusterArn/Value", ref("Cluster"))},
        "NamespaceId": {
            "exported by a function": put(
                "/Outputs/NamespaceId/Export/Name", {"Fn::Sub": "${AWS::StackName}-NamespaceId"}
            )
        },
        "AgentCoreServiceName": {
            "tells the ARN": put("/Outputs/AgentCoreServiceName/Value", ref("AgentCoreService"))
        },
        "AgentCoreCpuAlarm": {"exchanged with BFF's": exchanged("BffCpuAlarm")},
        "AgentCoreTaskDeficitAlarm": {"exchanged": exchanged("BffTaskDeficitAlarm")},
        "AgentCoreScalableTarget": {"exchanged": exchanged("BffScalableTarget")},
        "BffMemoryScaling": {"exchanged": exchanged("AgentCoreMemoryScaling")},
    },
)
