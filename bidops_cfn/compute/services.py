"""The ECS services: where tasks run, how many, and how a new version replaces an old one.

FR-019 to FR-024, FR-031, FR-032, FR-037 to FR-040. No launch type: it would override the capacity
providers. Target tracking scales out after three one-minute datapoints above the target, which is
what the specification asks for; a step policy beside it would make the two metrics flap. With
metrics of 20 seconds, which settings may ask for, three datapoints are one minute (SC-004).
"""

from __future__ import annotations

from collections.abc import Sequence

from troposphere import AWSObject, GetAtt, If, NoValue, Ref, Sub, ecs
from troposphere import applicationautoscaling as autoscaling

from bidops_cfn import logical_ids
from bidops_cfn.compute.imports import imported_pair
from bidops_cfn.settings import services as fixed
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Service
from bidops_cfn.settings.tables import Capacity


def strategy(capacity: Capacity) -> list[ecs.CapacityProviderStrategyItem]:
    """Return the service's own strategy; a base stands only where it is not 0."""
    shares = (
        ("FARGATE", capacity.on_demand_weight, capacity.on_demand_base),
        ("FARGATE_SPOT", capacity.spot_weight, capacity.spot_base),
    )
    return [
        ecs.CapacityProviderStrategyItem(
            CapacityProvider=provider, Weight=weight, **({"Base": base} if base else {})
        )
        for provider, weight, base in shares
    ]


def deployment(service: Service) -> ecs.DeploymentConfiguration:
    """Return how a new version rolls out, and what rolls it back.

    The alarm is on a metric of the target group: one on a metric of the service would be a cycle.
    """
    configuration = ecs.DeploymentConfiguration(
        MinimumHealthyPercent=fixed.MIN_HEALTHY_PERCENT,
        MaximumPercent=fixed.MAX_HEALTHY_PERCENT,
        DeploymentCircuitBreaker=ecs.DeploymentCircuitBreaker(Enable=True, Rollback=True),
    )
    if service.public:
        configuration.Alarms = ecs.DeploymentAlarms(
            AlarmNames=[Ref(logical_ids.server_error_alarm(service))], Enable=True, Rollback=True
        )
    return configuration


def dependencies(
    service: Service,
    environment: Environment,
    callers: Sequence[Service],
    callees: Sequence[Service],
) -> list[str]:
    """Return what must stand before the first task starts and no property refers to."""
    rules = environment.network
    return sorted(
        [
            logical_ids.CLUSTER_CAPACITY,
            *(logical_ids.flow_ingress(caller, service) for caller in callers),
            *(logical_ids.flow_egress(service, callee) for callee in callees),
            *(logical_ids.endpoint_ingress(service, environment) if rules.endpoint_rules else []),
            *(logical_ids.database_ingress(service, environment) if rules.database_rules else []),
            *(
                [logical_ids.load_balancer_egress(service)]
                if rules.load_balancer_rules and service.public
                else []
            ),
            # ECS refuses a target group that no listener forwards to.
            *([logical_ids.listener_rule(service)] if service.public else []),
        ]
    )


def services(
    service: Service,
    environment: Environment,
    callers: Sequence[Service],
    callees: Sequence[Service],
) -> list[AWSObject]:
    """Return the ECS service, with ``callers`` that may reach it and ``callees`` that it calls.

    A desired count of 0 leaves the running count alone, so that an update never scales in what
    Application Auto Scaling scaled out.
    """
    resource = ecs.Service(
        logical_ids.ecs_service(service),
        DependsOn=dependencies(service, environment, callers, callees),
        Cluster=Ref(logical_ids.CLUSTER),
        TaskDefinition=Ref(logical_ids.task_definition(service)),
        DesiredCount=If(
            logical_ids.desired_count_given(service),
            Ref(logical_ids.desired_count(service)),
            NoValue,
        ),
        CapacityProviderStrategy=strategy(environment.capacity),
        DeploymentConfiguration=deployment(service),
        AvailabilityZoneRebalancing="ENABLED",
        NetworkConfiguration=ecs.NetworkConfiguration(
            AwsvpcConfiguration=ecs.AwsvpcConfiguration(
                AssignPublicIp="DISABLED",
                SecurityGroups=[GetAtt(logical_ids.security_group(service), "GroupId")],
                Subnets=imported_pair(environment, service.subnets.value),
            )
        ),
        EnableECSManagedTags=True,
        EnableExecuteCommand=environment.security.exec_log_group is not None,
        PropagateTags="SERVICE",
    )
    if environment.scaling.high_resolution_metrics:
        resource.Monitoring = ecs.MonitoringConfiguration(
            MetricConfigurations=[
                ecs.MetricConfiguration(
                    MetricNames=["CPUUtilization", "MemoryUtilization"],
                    ResolutionSeconds=fixed.HIGH_RESOLUTION_SECONDS,
                )
            ]
        )
    if service.public:
        # ECS long refused a grace period without a load balancer; there the container's own check
        # has a start period instead (``task_definitions``).
        resource.HealthCheckGracePeriodSeconds = environment.services[
            service.name
        ].health_grace_seconds
        resource.LoadBalancers = [
            ecs.LoadBalancer(
                ContainerName=service.name,
                ContainerPort=service.port,
                TargetGroupArn=Ref(logical_ids.target_group(service)),
            )
        ]
    if service.callers:
        # An A record takes no container port beside it.
        resource.ServiceRegistries = [
            ecs.ServiceRegistry(RegistryArn=GetAtt(logical_ids.discovery_service(service), "Arn"))
        ]
    return [resource]


def _tracking_policy(
    service: Service, noun: str, metric: str, target: int
) -> autoscaling.ScalingPolicy:
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
                ScaleInCooldown=fixed.SCALING_COOLDOWN_SECONDS,
                ScaleOutCooldown=fixed.SCALING_COOLDOWN_SECONDS,
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
            MinCapacity=fixed.MIN_TASKS,
            MaxCapacity=fixed.MAX_TASKS,
        ),
        _tracking_policy(service, "Cpu", metric.format("AverageCPU"), fixed.CPU_TARGET_PERCENT),
        _tracking_policy(
            service, "Memory", metric.format("AverageMemory"), fixed.MEMORY_TARGET_PERCENT
        ),
    ]
