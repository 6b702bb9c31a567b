"""How the number of tasks follows the load (FR-037 to FR-040, SC-004).

Target tracking scales out after three one-minute datapoints above the target, which is what the
specification asks for; a step policy beside it would make the two metrics flap. With metrics of 20
seconds, which settings may ask for, three datapoints are one minute.
"""

from __future__ import annotations

from troposphere import AWSObject, GetAtt, Ref, Sub
from troposphere import applicationautoscaling as autoscaling

from bidops_cfn import logical_ids
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import (
    CPU_TARGET_PERCENT,
    MAX_TASKS,
    MEMORY_TARGET_PERCENT,
    MIN_TASKS,
    SCALING_COOLDOWN_SECONDS,
    Service,
)


def tracking_policy(
    service: Service, noun: str, metric: str, target: int
) -> autoscaling.ScalingPolicy:
    """Return the policy that holds the average of ``metric`` at ``target`` percent."""
    return autoscaling.ScalingPolicy(
        f"{service.title}{noun}Scaling",
        PolicyName=f"{service.name}-{noun.lower()}",
        PolicyType="TargetTrackingScaling",
        ScalingTargetId=Ref(logical_ids.scalable_target(service)),
        TargetTrackingScalingPolicyConfiguration=(
            autoscaling.TargetTrackingScalingPolicyConfiguration(
                PredefinedMetricSpecification=autoscaling.PredefinedMetricSpecification(
                    PredefinedMetricType=metric
                ),
                TargetValue=target,
                ScaleInCooldown=SCALING_COOLDOWN_SECONDS,
                ScaleOutCooldown=SCALING_COOLDOWN_SECONDS,
            )
        ),
    )


def scaling(service: Service, environment: Environment) -> list[AWSObject]:
    """Return what scales the service: 2 to 10 tasks, by CPU and by memory.

    The resource id takes the service's *name*: its ``Ref`` is an ARN.
    """
    name = GetAtt(logical_ids.ecs_service(service), "Name")
    metric = "ECSService{}Utilization" + (
        "HighResolution" if environment.scaling.high_resolution_metrics else ""
    )
    return [
        autoscaling.ScalableTarget(
            logical_ids.scalable_target(service),
            ServiceNamespace="ecs",
            ScalableDimension="ecs:service:DesiredCount",
            ResourceId=Sub("service/${" + logical_ids.CLUSTER + "}/${Name}", Name=name),
            MinCapacity=MIN_TASKS,
            MaxCapacity=MAX_TASKS,
        ),
        tracking_policy(service, "Cpu", metric.format("AverageCPU"), CPU_TARGET_PERCENT),
        tracking_policy(service, "Memory", metric.format("AverageMemory"), MEMORY_TARGET_PERCENT),
    ]
