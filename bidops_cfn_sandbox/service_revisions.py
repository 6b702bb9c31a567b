"""ECS's service revisions, which moto leaves out: what each service runs, as it was resolved."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.models import ecr_backends
from moto.ecs.responses import EC2ContainerServiceResponse


class Ecs(EC2ContainerServiceResponse):
    """moto's ECS with one action more; moto finds an action by the name of its method."""

    def describe_service_revisions(self) -> Any:
        """Return the revisions that ``currentServiceRevisions`` of a service names."""
        found, missing = [], []
        for arn in self._get_param("serviceRevisionArns", []):
            service = self._find_service(arn)
            if service is None:
                missing.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(self._describe(arn, service))
        return ActionResult({"serviceRevisions": found, "failures": missing})

    def _find_service(self, arn: str) -> Any:
        services = self.ecs_backend.services.values()
        named = (one for one in services if one.status == "ACTIVE")
        return next((one for one in named if revision_arn(one) == arn), None)

    def _describe(self, arn: str, service: Any) -> dict[str, Any]:
        definition = self.ecs_backend.describe_task_definition(service.task_definition)
        return {
            "serviceRevisionArn": arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "taskDefinition": service.task_definition,
            "monitoring": service.monitoring,
            "createdAt": service.created_at,
            "containerImages": [
                {
                    "containerName": one["name"],
                    "image": one["image"],
                    **self._resolve(one["image"]),
                }
                for one in definition.container_definitions
            ],
        }

    def _resolve(self, image: str) -> dict[str, str]:
        """Return the digest of an image that ECR has; nothing for one of another registry."""
        repositories = ecr_backends[self.current_account][self.region].repositories
        name, at, digest = image.rpartition("/")[2].partition("@")
        path, _, tag = image.partition("/")[2].partition("@")[0].partition(":")
        known = repositories.get(path)
        if known is None or not name:
            return {}
        if at:
            return {"imageDigest": digest}
        digests = (one.get_image_digest() for one in known.images if tag in one.image_tags)
        return {"imageDigest": found} if (found := next(digests, None)) else {}


def revision_arn(service: Any) -> str:
    """Return the ARN of the revision that a service runs now."""
    arn: str = service.arn
    deployment: str = service.deployments[0]["id"].rpartition("/")[2]
    return f"{arn.replace(':service/', ':service-revision/')}/{deployment}"
