"""Service-linked roles under the names that AWS gives them; moto's differ in ``ECS``."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse

from bidops_cfn_sandbox.place import Place

# The service that may assume the role -> the role, of those that the compute stack needs.
NAMES = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "ecs.application-autoscaling.amazonaws.com": (
        "AWSServiceRoleForApplicationAutoScaling_ECSService"
    ),
}


class Iam(IamResponse):
    """moto's IAM with one action corrected; moto finds an action by the name of its method."""

    def create_service_linked_role(self) -> Any:
        """Create a role as its service would; others than ``NAMES`` as moto does."""
        service = self._get_param("AWSServiceName")
        if service not in NAMES:
            return super().create_service_linked_role()
        return ActionResult({"Role": create(self.backend, service)})


def create(backend: Any, service: str) -> Any:
    """Create the service-linked role of ``service`` in moto's backend and return it."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": [service]}, "Action": ["sts:AssumeRole"]}
        ],
    }
    return backend.create_role(
        NAMES[service],
        json.dumps(trust),
        f"/aws-service-role/{service}/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
        linked_service=service,
    )


def create_service_linked_roles(place: Place) -> None:
    """Create the roles of ``NAMES`` where the account does not have them yet."""
    backend = iam_backends[place.account_id][place.partition]
    known = {role.name for role in backend.roles.values()}
    for service, name in NAMES.items():
        if name not in known:
            create(backend, service)
