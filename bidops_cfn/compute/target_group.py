"""How the public load balancer finds a public service (FR-021, FR-033 to FR-035)."""

from __future__ import annotations

from troposphere import AWSObject, Ref
from troposphere import elasticloadbalancingv2 as elbv2

from bidops_cfn import logical_ids
from bidops_cfn.compute.imports import imported
from bidops_cfn.settings import services as fixed
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment, Listener
from bidops_cfn.settings.services import Service


def conditions(listener: Listener) -> list[elbv2.Condition]:
    """Return the conditions of the listener rule: all of them must hold."""
    hosts = elbv2.HostHeaderConfig(Values=list(listener.hosts))
    paths = elbv2.PathPatternConfig(Values=list(listener.paths))
    return [
        *([elbv2.Condition(Field="host-header", HostHeaderConfig=hosts)] * bool(listener.hosts)),
        *([elbv2.Condition(Field="path-pattern", PathPatternConfig=paths)] * bool(listener.paths)),
    ]


def target_group(service: Service, environment: Environment) -> list[AWSObject]:
    """Return the public service's target group and its rule on the imported HTTPS listener.

    Detection takes three intervals and one timeout at most (SC-005).
    """
    listener = environment.services[service.name].listener
    if listener is None:
        return []
    return [
        elbv2.TargetGroup(
            logical_ids.target_group(service),
            VpcId=imported(environment, Imports.VPC_ID.value),
            TargetType="ip",
            Protocol="HTTP",
            ProtocolVersion="HTTP1",
            Port=service.port,
            HealthCheckEnabled=True,
            HealthCheckProtocol="HTTP",
            HealthCheckPort="traffic-port",
            HealthCheckPath=service.health_path,
            HealthCheckIntervalSeconds=fixed.HEALTH_INTERVAL_SECONDS,
            HealthCheckTimeoutSeconds=5,
            HealthyThresholdCount=fixed.HEALTHY_COUNT,
            UnhealthyThresholdCount=fixed.UNHEALTHY_COUNT,
            Matcher=elbv2.Matcher(HttpCode="200"),
            TargetGroupAttributes=[
                elbv2.TargetGroupAttribute(Key="deregistration_delay.timeout_seconds", Value="60")
            ],
        ),
        elbv2.ListenerRule(
            logical_ids.listener_rule(service),
            ListenerArn=imported(environment, Imports.HTTPS_LISTENER_ARN.value),
            Priority=listener.priority,
            Conditions=conditions(listener),
            Actions=[
                elbv2.ListenerRuleAction(
                    Type="forward", TargetGroupArn=Ref(logical_ids.target_group(service))
                )
            ],
        ),
    ]
