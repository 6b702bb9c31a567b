"""The health of targets, which moto does not know of tasks: healthy, or what is rehearsed."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import ecs_backends
from moto.elb.urls import api_version_elb_backend
from moto.elbv2.responses import ELBV2Response

from bidops_cfn_sandbox.engine.service import make_address

VERSION = "2015-12-01"
UNHEALTHY = {
    "State": "unhealthy",
    "Reason": "Target.ResponseCodeMismatch",
    "Description": "Health checks failed with these codes: [502]",
}
HEALTH = {
    "HEALTHY": {"State": "healthy"},
    "UNHEALTHY": UNHEALTHY,
    "UNKNOWN": {"State": "initial", "Reason": "Elb.InitialHealthChecking"},
}


class Elbv2(ELBV2Response):
    """moto's load balancing, where targets are tasks; moto finds an action by its method."""

    def describe_target_health(self) -> Any:
        """Describe the targets of a group: the running tasks of its services."""
        group = self._get_param("TargetGroupArn")
        services = ecs_backends[self.current_account][self.region].services.values()
        found = [
            {
                "Target": {"Id": make_address(number), "Port": service.container.port},
                "TargetHealth": HEALTH[task["healthStatus"]],
            }
            for service in services
            if hasattr(service, "run") and service.run.target_group == group
            for number, task in enumerate(service.run.tasks)
            if task["lastStatus"] == "RUNNING"
        ]
        return ActionResult({"TargetHealthDescriptions": found})


def dispatch(request: Any, *more: Any) -> Any:
    """Answer a request: of this version of the service, or of the one before it, as moto does."""
    ours = request.values.get("Version") == VERSION
    return (Elbv2.dispatch if ours else api_version_elb_backend)(request, *more)
