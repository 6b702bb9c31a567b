"""What moto's ECS leaves out: tasks of services, service deployments, and service revisions."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.models import ecr_backends
from moto.ecs.exceptions import InvalidParameterException, ServiceNotFoundException
from moto.ecs.responses import EC2ContainerServiceResponse

from bidops_cfn_sandbox.engine.rollout import replace
from bidops_cfn_sandbox.engine.service import Json, brief, described, page_of

PAGE = 100


class Ecs(EC2ContainerServiceResponse):
    """moto's ECS with more actions; moto finds an action by the name of its method."""

    def list_tasks(self) -> Any:
        """List the tasks of the cluster's services, by service and desired status."""
        status = self._get_param("desiredStatus") or "RUNNING"
        name = self._get_param("serviceName")
        wanted = [one for one in self._runs() if name in (None, one.name, one.arn)]
        arns = [t["taskArn"] for one in wanted for t in one.tasks if t["desiredStatus"] == status]
        return self._page(arns, "taskArns")

    def describe_tasks(self) -> Any:
        """Describe tasks by their ARNs."""
        wanted = self._get_param("tasks", [])
        found = [task for one in self._runs() for task in one.tasks if task["taskArn"] in wanted]
        missing = [*{*wanted} - {task["taskArn"] for task in found}]
        failures = [{"arn": arn, "reason": "MISSING"} for arn in sorted(missing)]
        return ActionResult({"tasks": found, "failures": failures})

    def stop_task(self) -> Any:
        """Stop a task of a service, which starts another one in its place."""
        wanted, reason = self._get_param("task"), self._get_param("reason") or ""
        for service in self._services():
            for task in service.run.tasks:
                arn = task["taskArn"]
                if wanted in (arn, arn.rpartition("/")[2]) and task["lastStatus"] == "RUNNING":
                    service.run.stop([task], "UserInitiated", reason)
                    pace = service.engine.pace
                    service.engine.clock.run(replace(service.run, pace, service.container))
                    return ActionResult({"task": task})
        raise InvalidParameterException("The referenced task was not found.")

    def update_service(self) -> Any:
        """Update a service; a forced deployment rolls out as any other."""
        answer = super().update_service()
        if self._get_param("forceNewDeployment"):
            service = answer.result["service"]
            service.run.deploy(service.run.task_definition)
            service.engine.clock.run(service.roll_out())
        return answer

    def list_service_deployments(self) -> Any:
        """List the deployments of a service, the newest first."""
        name, status = self._get_param("service"), self._get_param("status")
        found = next((one for one in self._runs() if name in (one.name, one.arn)), None)
        if found is None:
            raise ServiceNotFoundException
        known = [brief(one) for one in found.rollouts if not status or one["status"] in status]
        return self._page(known, "serviceDeployments")

    def describe_service_deployments(self) -> Any:
        """Describe deployments of services by their ARNs."""
        wanted = self._get_param("serviceDeploymentArns", [])
        known = {one["serviceDeploymentArn"]: one for run in self._runs() for one in run.rollouts}
        found = [described(known[one]) for one in wanted if one in known]
        failures = [{"arn": one, "reason": "MISSING"} for one in wanted if one not in known]
        return ActionResult({"serviceDeployments": found, "failures": failures})

    def describe_service_revisions(self) -> Any:
        """Describe what deployments of services run, with the digests of the images."""
        wanted = self._get_param("serviceRevisionArns", [])
        known = {
            one["targetServiceRevision"]["arn"]: (service, one)
            for service in self._services()
            for one in service.run.rollouts
        }
        found = [self._describe(*known[one]) for one in wanted if one in known]
        failures = [{"arn": one, "reason": "MISSING"} for one in wanted if one not in known]
        return ActionResult({"serviceRevisions": found, "failures": failures})

    def _services(self) -> list[Any]:
        """All services: what a deleted one did is remembered for a while."""
        return [one for one in self.ecs_backend.services.values() if hasattr(one, "run")]

    def _runs(self) -> list[Any]:
        cluster = self._get_param("cluster", "").rpartition("/")[2]
        services = self._services()
        return [one.run for one in services if cluster in ("", one.cluster_name)]

    def _page(self, items: list[Any], name: str) -> Any:
        size = self._get_int_param("maxResults", PAGE)
        return ActionResult(page_of(items, name, self._get_param("nextToken"), size))

    def _describe(self, service: Any, rollout: Json) -> Json:
        definition = self.ecs_backend.describe_task_definition(rollout["_taskDefinition"])
        return {
            "serviceRevisionArn": rollout["targetServiceRevision"]["arn"],
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "taskDefinition": rollout["_taskDefinition"],
            "monitoring": service.monitoring,
            "createdAt": rollout["createdAt"],
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
