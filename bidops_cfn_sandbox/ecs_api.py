"""What moto's ECS leaves out: tasks of services, service deployments, and service revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse

from bidops_cfn_sandbox.engine.answers import AwsError
from bidops_cfn_sandbox.engine.clock import Process
from bidops_cfn_sandbox.engine.ecs_calls import EcsCalls
from bidops_cfn_sandbox.engine.rollout import replace
from bidops_cfn_sandbox.engine.service import EcsService, Json
from bidops_cfn_sandbox.models.ecs_service import RunningService
from bidops_cfn_sandbox.models.table import backend_of
from bidops_cfn_sandbox.resource_type import Place, ResourceFailed


class Calls(EcsCalls):
    """The engine's calls on the services of moto's backend, deleted ones included."""

    def __init__(self, ecs: Any) -> None:
        self.ecs = ecs
        self.services = {
            one.arn: one for one in ecs.services.values() if isinstance(one, RunningService)
        }

    def list_running(self, cluster: str) -> Iterable[EcsService]:
        """Return the services of a cluster; what a deleted one did is remembered for a while."""
        name = cluster.rpartition("/")[2]
        return [one.run for one in self.services.values() if name in ("", one.cluster_name)]

    def describe_images(self, service: EcsService, rollout: Json) -> list[Json]:
        """Return the images of a task definition, with the digests of those that ECR has."""
        definition = self.ecs.describe_task_definition(rollout["_taskDefinition"])
        return [
            {"containerName": one["name"], "image": one["image"], **self._resolve(one["image"])}
            for one in definition.container_definitions
        ]

    def _resolve(self, image: str) -> dict[str, str]:
        place = Place(self.ecs.account_id, self.ecs.region_name)
        name, at, digest = image.rpartition("/")[2].partition("@")
        path, _, tag = image.partition("/")[2].partition("@")[0].partition(":")
        known = backend_of(place, "ecr").repositories.get(path)
        if known is None or not name:
            return {}
        if at:
            return {"imageDigest": digest}
        digests = (one.get_image_digest() for one in known.images if tag in one.image_tags)
        return {"imageDigest": found} if (found := next(digests, None)) else {}


def forwarded(name: str) -> Callable[[Ecs], Any]:
    """Return the action that the engine answers by the call of that name."""
    return lambda ecs: ActionResult(getattr(ecs.calls, name)(**ecs.params))


class Ecs(EC2ContainerServiceResponse):
    """moto's ECS with the engine's calls; moto finds an action by the name of its method."""

    @property
    def calls(self) -> Calls:
        """The engine's calls, on this account and region."""
        return Calls(self.ecs_backend)

    list_tasks = forwarded("list_tasks")
    describe_tasks = forwarded("describe_tasks")
    list_service_deployments = forwarded("list_service_deployments")
    describe_service_deployments = forwarded("describe_service_deployments")
    stop_service_deployment = forwarded("stop_service_deployment")

    def describe_service_revisions(self) -> Any:
        """Describe what deployments of services run, and how closely they are watched."""
        answer = self.calls.describe_service_revisions(**self.params)
        for one in answer["serviceRevisions"]:
            one["monitoring"] = self.calls.services[one["serviceArn"]].monitoring
        return ActionResult(answer)

    def stop_task(self) -> Any:
        """Stop a task of a service, which starts another one in its place."""
        wanted, reason = self._get_param("task"), self._get_param("reason") or ""
        for service in self.calls.services.values():
            for task in service.run.tasks:
                arn = task["taskArn"]
                if wanted in (arn, arn.rpartition("/")[2]) and task["lastStatus"] == "RUNNING":
                    service.run.stop([task], reason, "UserInitiated")
                    pace = service.engine.pace
                    service.engine.clock.run(replace(service.run, pace, service.container))
                    return ActionResult({"task": task})
        raise AwsError("InvalidParameterException", "The referenced task was not found.")

    def update_service(self) -> Any:
        """Update a service; a forced deployment rolls out as any other."""
        answer = super().update_service()
        if self._get_param("forceNewDeployment"):
            service = answer.result["service"]
            service.run.deploy(service.run.task_definition)
            service.engine.clock.run(_roll_out_alone(service))
        return answer

    def delete_service(self) -> Any:
        """Delete a service, whose tasks stop with it."""
        answer = super().delete_service()
        answer.result["service"].end()
        return answer


def _roll_out_alone(service: Any) -> Process[None]:
    """Roll out what no stack's operation waits for: how it ends is for ECS to tell."""
    try:
        yield from service.roll_out()
    except ResourceFailed:
        return
