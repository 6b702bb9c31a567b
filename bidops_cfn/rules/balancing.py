"""What the load balancer sends where, and how it tells that a task is well."""

from __future__ import annotations

from typing import ClassVar

from bidops_cfn.rules._expect import Keyed, Maybe, Unordered
from bidops_cfn.rules._house_rule import ECS_GUIDE, ELB_GUIDE
from bidops_cfn.rules._values import Rows, Values, imported, of_model, of_settings, own, where
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Listener
from bidops_cfn.settings.services import HEALTH_INTERVAL_SECONDS, HEALTHY_COUNT, UNHEALTHY_COUNT
from bidops_cfn.spec.parts import Part

DEREGISTRATION_DELAY_SECONDS = 60
TIMEOUT_SECONDS = 5  # three intervals and one timeout: 95 seconds at most (SC-005)


class TargetGroup(Values):
    """Fargate tasks register by address, not as instances.

    A deregistered target finishes its requests within a minute, which is within the container's
    stop timeout.
    """

    id = "E9501"
    shortdesc = "Target group takes task addresses on the service's port, by HTTP"
    source_url = f"{ECS_GUIDE}/alb.html"
    requirements = ("FR-021", "FR-035", "FR-047", "US3-1")
    fix = (
        "In bidops_cfn/compute/target_group.py, give the target group type, protocol, port, VPC "
        "and delay as the finding says"
    )
    rows: ClassVar[Rows] = {
        Part.TARGET_GROUP: {
            "TargetType": "ip",
            "Protocol": "HTTP",
            "ProtocolVersion": Maybe("HTTP1"),
            "Port": of_model(lambda service: service.port),
            "VpcId": imported(Imports.VPC_ID.value),
            "TargetGroupAttributes": Keyed(
                "Key",
                {"deregistration_delay.timeout_seconds": {"Value": DEREGISTRATION_DELAY_SECONDS}},
            ),
        }
    }


class TargetHealthCheck(Values):
    """A dead task gets requests until its health check says so.

    Healthy after a few answers of 200 in a row, unhealthy after a few others, so that a dead task
    is out after three intervals and one timeout (SC-005).
    """

    id = "E9502"
    shortdesc = (
        f"Target health is checked on the service's path every {HEALTH_INTERVAL_SECONDS} seconds, "
        f"{HEALTHY_COUNT} up and {UNHEALTHY_COUNT} down"
    )
    source_url = f"{ELB_GUIDE}/target-group-health-checks.html"
    requirements = ("FR-033", "FR-034", "FR-035", "SC-005", "US3-4")
    fix = (
        "The path is health_path of the service in bidops_cfn/settings/services.py, the rest "
        "stands in bidops_cfn/compute/target_group.py"
    )
    rows: ClassVar[Rows] = {
        Part.TARGET_GROUP: {
            "HealthCheckEnabled": Maybe(True),
            "HealthCheckProtocol": Maybe("HTTP"),
            "HealthCheckPort": Maybe("traffic-port"),
            "HealthCheckPath": of_model(lambda service: service.health_path),
            "HealthCheckIntervalSeconds": HEALTH_INTERVAL_SECONDS,
            "HealthCheckTimeoutSeconds": TIMEOUT_SECONDS,
            "HealthyThresholdCount": HEALTHY_COUNT,
            "UnhealthyThresholdCount": UNHEALTHY_COUNT,
            "Matcher": {"HttpCode": 200},
        }
    }


def _conditions(listener: Listener | None) -> Unordered:
    conditions: list[object] = []
    if listener and listener.hosts:
        values = {"Values": Unordered(listener.hosts)}
        conditions.append({"Field": "host-header", "HostHeaderConfig": values})
    if listener and listener.paths:
        values = {"Values": Unordered(listener.paths)}
        conditions.append({"Field": "path-pattern", "PathPatternConfig": values})
    return Unordered(conditions)


class ListenerRule(Values):
    """A rule without its conditions takes every request of the load balancer.

    On the imported HTTPS listener, with the priority, hosts and paths of the settings, and one
    action that forwards. A listener of our own would collide with NetworkStack's.
    """

    id = "E9503"
    shortdesc = "Listener rule sends exactly the service's requests to its target group"
    source_url = f"{ELB_GUIDE}/listener-rules.html"
    requirements = ("FR-021", "FR-033", "FR-047", "US3-1")
    fix = "Set [services.<service>.listener] in params/<environment>.toml and render again"
    rows: ClassVar[Rows] = {
        Part.LISTENER_RULE: {
            "ListenerArn": imported(Imports.HTTPS_LISTENER_ARN.value),
            "Priority": of_settings(lambda one, _: one.listener.priority if one.listener else ""),
            "Conditions": of_settings(lambda one, _: _conditions(one.listener)),
            "Actions": [
                {"Type": "forward", "TargetGroupArn": own(Part.TARGET_GROUP), "Order": Maybe(1)}
            ],
        }
    }


class Registration(Values):
    """Container name and port must match the task definition; nothing checks it before a launch.

    One load balancer entry per public service, with the name and port of its container. A private
    service behind the public load balancer would be public.
    """

    id = "E9504"
    shortdesc = (
        "Public services register their container with their target group, and no other does"
    )
    source_url = f"{ECS_GUIDE}/service-load-balancing.html"
    requirements = ("FR-021", "FR-035", "US3-1")
    fix = (
        "In bidops_cfn/compute/services.py, register the service's container and port with its own "
        "target group"
    )
    rows: ClassVar[Rows] = {
        Part.SERVICE: {
            "LoadBalancers": where(
                lambda service: service.public,
                [
                    {
                        "ContainerName": of_model(lambda service: service.name),
                        "ContainerPort": of_model(lambda service: service.port),
                        "TargetGroupArn": own(Part.TARGET_GROUP),
                    }
                ],
            )
        }
    }
