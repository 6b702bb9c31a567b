"""What ECS answers about the tasks, deployments and revisions of services on the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bidops_cfn_sandbox.engine.answers import AwsError
from bidops_cfn_sandbox.engine.service import EcsService, Json

PAGE = 100
DESCRIBED = ("serviceDeploymentArn", "serviceArn", "clusterArn", "startedAt", "createdAt", "status")
STOPPABLE = ("PENDING", "IN_PROGRESS")


class EcsCalls:
    """The calls by their names in Python's form, with AWS's parameters.

    Who inherits them says which services there are, and what images a task definition has.
    """

    def list_running(self, cluster: str) -> Iterable[EcsService]:
        """Return the services of a cluster, by its name or ARN; of all where it is empty."""
        raise NotImplementedError

    def describe_images(self, service: EcsService, rollout: Json) -> list[Json]:
        """Return the ``containerImages`` of the revision that a service deployment brings."""
        raise NotImplementedError

    def list_tasks(
        self,
        cluster: str = "",
        serviceName: str = "",
        desiredStatus: str = "RUNNING",
        nextToken: str = "0",
        maxResults: int = PAGE,
    ) -> Json:
        """List the tasks of services, of one or of all, by desired status."""
        found = [
            task["taskArn"]
            for one in self.list_running(cluster)
            if serviceName in ("", one.name, one.arn)
            for task in one.tasks
            if task["desiredStatus"] == desiredStatus
        ]
        return page_of(found, "taskArns", nextToken, maxResults)

    def describe_tasks(self, tasks: Sequence[str], cluster: str = "", **_: Any) -> Json:
        """Describe tasks by their ARNs."""
        running = self.list_running(cluster)
        known = {task["taskArn"]: dict(task) for one in running for task in one.tasks}
        return described("tasks", tasks, known.get)

    def list_service_deployments(
        self,
        service: str,
        cluster: str = "",
        status: Sequence[str] = (),
        nextToken: str = "0",
        maxResults: int = PAGE,
        **_: Any,
    ) -> Json:
        """List the deployments of a service, the newest first."""
        running = self.list_running(cluster)
        found = next((one for one in running if service in (one.name, one.arn)), None)
        if found is None:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        known = [_brief(one) for one in found.rollouts if not status or one["status"] in status]
        return page_of(known, "serviceDeployments", nextToken, maxResults)

    def describe_service_deployments(self, serviceDeploymentArns: Sequence[str]) -> Json:
        """Describe deployments of services by their ARNs."""
        known = {one["serviceDeploymentArn"]: one for _, one in self._rollouts()}
        shown = {arn: {k: v for k, v in one.items() if k[0] != "_"} for arn, one in known.items()}
        return described("serviceDeployments", serviceDeploymentArns, shown.get)

    def describe_service_revisions(self, serviceRevisionArns: Sequence[str]) -> Json:
        """Describe what deployments of services run, with the digests of the images."""
        known = {one["targetServiceRevision"]["arn"]: (of, one) for of, one in self._rollouts()}

        def describe(arn: str) -> Json | None:
            if arn not in known:
                return None
            service, rollout = known[arn]
            return {
                "serviceRevisionArn": arn,
                "serviceArn": service.arn,
                "clusterArn": service.cluster_arn,
                "taskDefinition": rollout["_taskDefinition"],
                "createdAt": rollout["createdAt"],
                "containerImages": self.describe_images(service, rollout),
            }

        return described("serviceRevisions", serviceRevisionArns, describe)

    def stop_service_deployment(
        self,
        serviceDeploymentArn: str,
        stopType: str = "ROLLBACK",
    ) -> Json:
        """Take a rollout back to the revision before; raise AwsError where there is none to."""
        if stopType != "ROLLBACK":
            raise AwsError("InvalidParameterException", "stopType must be ROLLBACK")
        for service, rollout in self._rollouts():
            if rollout["serviceDeploymentArn"] == serviceDeploymentArn:
                if rollout is not service.rollouts[0]:  # another one has taken its place
                    rollout["status"] = "STOPPED"
                if rollout["status"] not in STOPPABLE or len(service.deployments) < 2:
                    why = "The service deployment is not in a state that can be stopped."
                    raise AwsError("ConflictException", why)
                service.take_back()
                return {"serviceDeploymentArn": serviceDeploymentArn}
        raise AwsError("ServiceDeploymentNotFoundException", "Service deployment not found.")

    def _rollouts(self) -> list[tuple[EcsService, Json]]:
        return [(one, rollout) for one in self.list_running("") for rollout in one.rollouts]


def _brief(deployment: Json) -> Json:
    """Return a service deployment as it stands in the list."""
    kept = (*DESCRIBED, "finishedAt", "statusReason")
    return {
        **{key: deployment[key] for key in kept if key in deployment},
        "targetServiceRevisionArn": deployment["targetServiceRevision"]["arn"],
    }


def described(name: str, arns: Sequence[str], describe: Callable[[str], Json | None]) -> Json:
    """Return what is known of ``arns`` under ``name``, and a failure for each of the others."""
    found = {arn: describe(arn) for arn in arns}
    return {
        name: [one for one in found.values() if one is not None],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in found if found[arn] is None],
    }


def page_of(items: Sequence[Any], name: str, token: str, size: int) -> Json:
    """Return a page of an answer: the items under ``name``, and where the next begins."""
    start = int(token)
    more = {"nextToken": str(start + size)} if start + size < len(items) else {}
    return {name: list(items[start : start + size]), **more}
