"""What the load balancer sends where, and how it tells that a task is well."""

from __future__ import annotations

from typing import ClassVar

from bidops_cfn.rules._expect import Keyed, Maybe, Unordered
from bidops_cfn.rules._values import OnlyFor, Rows, Values, imported, of_model, of_settings, own
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Listener
from bidops_cfn.settings.services import HEALTH_INTERVAL_SECONDS, HEALTHY_COUNT, UNHEALTHY_COUNT
from bidops_cfn.spec.parts import Part

DEREGISTRATION_DELAY_SECONDS = 60
TIMEOUT_SECONDS = 5  # three intervals and one timeout: 95 seconds at most (SC-005)


class TargetGroup(Values):
    """Target group takes task addresses on the service's port, by HTTP.

    Fargate tasks register by address, not as instances. A deregistered target finishes its requests
    within a minute, which is within the container's stop timeout.
    """

    id = "E9501"
    source = "ecs/alb"
    requirements = ("FR-021", "FR-035", "FR-047", "US3-1")
    rows: ClassVar[Rows] = {
        Part.TARGET_GROUP: {
            "TargetType": "ip",
            "Protocol": "HTTP",
            "ProtocolVersion": Maybe("HTTP1"),
            "Port": of_model("port"),
            "VpcId": imported(Imports.VPC_ID.value),
            "TargetGroupAttributes": Keyed(
                "Key",
                {"deregistration_delay.timeout_seconds": {"Value": DEREGISTRATION_DELAY_SECONDS}},
            ),
        }
    }


class TargetHealthCheck(Values):
    """Target health is checked on the service's path, as often as specified.

    A dead task gets requests until its health check says so. Healthy after a few answers of 200 in
    a row, unhealthy after a few others, so that a dead task is out after three intervals and one
    timeout (SC-005).
    """

    id = "E9502"
    source = "elb/target-group-health-checks"
    requirements = ("FR-033", "FR-034", "FR-035", "SC-005", "US3-4")
    rows: ClassVar[Rows] = {
        Part.TARGET_GROUP: {
            "HealthCheckEnabled": Maybe(True),
            "HealthCheckProtocol": Maybe("HTTP"),
            "HealthCheckPort": Maybe("traffic-port"),
            "HealthCheckPath": of_model("health_path"),
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
    """Listener rule sends exactly the service's requests to its target group.

    A rule without its conditions takes every request of the load balancer. On the imported HTTPS
    listener, with the priority, hosts and paths of the settings, and one action that forwards. A
    listener of our own would collide with NetworkStack's.
    """

    id = "E9503"
    source = "elb/listener-rules"
    requirements = ("FR-021", "FR-033", "FR-047", "US3-1")
    rows: ClassVar[Rows] = {
        Part.LISTENER_RULE: {
            "ListenerArn": imported(Imports.HTTPS_LISTENER_ARN.value),
            "Priority": of_settings(
                "listener", find=lambda one, _: one.listener.priority if one.listener else ""
            ),
            "Conditions": of_settings("listener", find=lambda one, _: _conditions(one.listener)),
            "Actions": [
                {"Type": "forward", "TargetGroupArn": own(Part.TARGET_GROUP), "Order": Maybe(1)}
            ],
        }
    }


class Registration(Values):
    """Public services register their container with their target group, and no other does.

    Container name and port must match the task definition; nothing checks it before a launch. A
    private service behind the public load balancer would be public.
    """

    id = "E9504"
    source = "ecs/service-load-balancing"
    requirements = ("FR-021", "FR-035", "US3-1")
    rows: ClassVar[Rows] = {
        Part.SERVICE: {
            "LoadBalancers": OnlyFor(
                lambda service: service.public,
                [
                    {
                        "ContainerName": of_model("name"),
                        "ContainerPort": of_model("port"),
                        "TargetGroupArn": own(Part.TARGET_GROUP),
                    }
                ],
            )
        }
    }
