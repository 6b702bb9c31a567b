"""ECS's service deployments and revisions, as they follow from what happens to a service."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Rejected
from bidops_cfn_sandbox.engine.service import brief, described, page_of

if TYPE_CHECKING:
    from tests.deploy.scripted.ecs import ScriptedService

Json = dict[str, Any]
PAGE = 100


def digest(task_definition: str) -> str:
    """The digest to which ECS resolved the image of a task definition."""
    return f"sha256:{hashlib.sha256(task_definition.encode()).hexdigest()}"


class ScriptedRollouts:
    """The three calls, over the services that exist."""

    services: dict[str, ScriptedService]
    resolved: dict[str, str]  # digests of revisions that are not those of their task definitions
    containers: dict[str, str]  # names of services' containers that are not bff

    def list_service_deployments(
        self,
        service: str,
        cluster: str = "",
        status: list[str] | None = None,
        nextToken: str = "0",  # noqa: N803 - AWS's name
        maxResults: int = PAGE,  # noqa: N803
        **_: Any,
    ) -> Json:
        found = self.services.get(service) or next(
            (one for one in self.services.values() if one.name == service), None
        )
        if found is None:
            raise Rejected(Call.DESCRIBE_SERVICES, "Service not found.", "ServiceNotFoundException")
        assert cluster in ("", "compute", found.cluster_arn)
        known = [one for one in found.rollouts if not status or one["status"] in status]
        return page_of([brief(one) for one in known], "serviceDeployments", nextToken, maxResults)

    def describe_service_deployments(
        self,
        serviceDeploymentArns: list[str],  # noqa: N803
    ) -> Json:
        assert len(serviceDeploymentArns) <= 20
        return {
            "serviceDeployments": [
                described(one)
                for service in self.services.values()
                for one in service.rollouts
                if one["serviceDeploymentArn"] in serviceDeploymentArns
            ],
            "failures": [],
        }

    def describe_service_revisions(self, serviceRevisionArns: list[str]) -> Json:  # noqa: N803
        assert len(serviceRevisionArns) <= 20
        return {
            "serviceRevisions": [
                {
                    "serviceRevisionArn": one["targetServiceRevision"]["arn"],
                    "serviceArn": service.arn,
                    "clusterArn": service.cluster_arn,
                    "taskDefinition": one["_taskDefinition"],
                    "containerImages": [
                        {
                            "containerName": self.containers.get(service.name, "bff"),
                            "image": "registry/app:1.4.2",
                            "imageDigest": self.resolved.get(
                                one["targetServiceRevision"]["arn"],
                                digest(one["_taskDefinition"]),
                            ),
                        }
                    ],
                }
                for service in self.services.values()
                for one in service.rollouts
                if one["targetServiceRevision"]["arn"] in serviceRevisionArns
            ],
            "failures": [],
        }
