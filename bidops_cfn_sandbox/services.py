"""What moto leaves out of services or answers otherwise, service by service.

Each class is moto's with actions more; moto finds an action by the name of its method.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from moto.bedrock.responses import BedrockResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.ecr.responses import ECRResponse
from moto.ecs.models import ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elb.urls import api_version_elb_backend
from moto.elbv2.responses import ELBV2Response
from moto.iam.responses import IamResponse
from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.responses import ServiceQuotasResponse
from moto.sns.responses import SNSResponse

from bidops_cfn_sandbox.engine.answers import AwsError
from bidops_cfn_sandbox.engine.clock import Process
from bidops_cfn_sandbox.engine.ecs_calls import EcsCalls
from bidops_cfn_sandbox.engine.rollout import replace
from bidops_cfn_sandbox.engine.service import EcsService, Json, make_address
from bidops_cfn_sandbox.models.ecs_service import RunningService
from bidops_cfn_sandbox.models.table import backend_of
from bidops_cfn_sandbox.resource_type import Place, ResourceFailed


class Ecr(ECRResponse):
    """moto's ECR, whose registry signs nothing that is pushed."""

    def get_signing_configuration(self) -> str:
        """Say that signing is not set up."""
        raise JsonRESTError(
            "SigningConfigurationNotFoundException",
            f"The signing configuration of registry '{self.current_account}' does not exist",
        )


# Of Elastic Load Balancing, whose versions share one address.
VERSION = "2015-12-01"
HEALTH = {
    "HEALTHY": {"State": "healthy"},
    "UNHEALTHY": {
        "State": "unhealthy",
        "Reason": "Target.ResponseCodeMismatch",
        "Description": "Health checks failed with these codes: [502]",
    },
    "UNKNOWN": {"State": "initial", "Reason": "Elb.InitialHealthChecking"},
}


class Elbv2(ELBV2Response):
    """moto's load balancing, where targets are tasks."""

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


def dispatch_load_balancing(request: Any, *more: Any) -> Any:
    """Answer a request: of this version of the service, or of the one before it, as moto does."""
    ours = request.values.get("Version") == VERSION
    return (Elbv2.dispatch if ours else api_version_elb_backend)(request, *more)


# The service that may assume the role -> the role as AWS names it, of those that the stack needs.
NAMES = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "ecs.application-autoscaling.amazonaws.com": (
        "AWSServiceRoleForApplicationAutoScaling_ECSService"
    ),
}


class Iam(IamResponse):
    """moto's IAM with one action corrected."""

    def create_service_linked_role(self) -> Any:
        """Create a role as its service would; others than ``NAMES`` as moto does."""
        service = self._get_param("AWSServiceName")
        if service not in NAMES:
            return super().create_service_linked_role()
        return ActionResult({"Role": create(self.backend, service)})


def create(backend: Any, service: str) -> Any:
    """Create the service-linked role of ``service`` in moto's backend and return it."""
    allowed = {"Effect": "Allow", "Principal": {"Service": [service]}, "Action": ["sts:AssumeRole"]}
    trust = {"Version": "2012-10-17", "Statement": [allowed]}
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
    backend = backend_of(place, "iam")
    known = {role.name for role in backend.roles.values()}
    for service, name in NAMES.items():
        if name not in known:
            create(backend, service)


FARGATE = "fargate"
# Code -> name, and the class of AWS/Usage that tells its use.
QUOTAS = {
    "L-3032A538": ("Fargate On-Demand vCPU resource count", "Standard/OnDemand"),
    "L-36FBB829": ("Fargate Spot vCPU resource count", "Standard/Spot"),
}
GRANTED = 4000.0  # vCPU


class ServiceQuotas(ServiceQuotasResponse):
    """moto's Service Quotas with those of Fargate."""

    def get_service_quota(self) -> str:
        """Return a quota's value."""
        asked = json.loads(self.body)
        if asked.get("ServiceCode") != FARGATE:
            return str(super().get_service_quota())
        return json.dumps({"Quota": self._describe(asked.get("QuotaCode", ""))})

    def request_service_quota_increase(self) -> str:
        """Set a quota to the value that is asked for, and call the request approved."""
        asked = json.loads(self.body)
        if asked.get("ServiceCode") != FARGATE:
            raise NotImplementedError
        quota = self._describe(asked["QuotaCode"])
        self._values[quota["QuotaCode"]] = float(asked["DesiredValue"])
        answer = {**quota, "DesiredValue": float(asked["DesiredValue"]), "Status": "APPROVED"}
        kept = ("ServiceCode", "ServiceName", "QuotaCode", "QuotaName", "DesiredValue", "Status")
        return json.dumps({"RequestedQuota": {key: answer[key] for key in kept}})

    @property
    def _values(self) -> dict[str, float]:
        """The values of this account and region; moto forgets them when it is reset."""
        kept: dict[str, float] = self.backend.__dict__.setdefault("fargate_quotas", {})
        return kept

    def _describe(self, code: str) -> dict[str, Any]:
        if code not in QUOTAS:
            raise NoSuchResource
        name, kind = QUOTAS[code]
        return {
            "ServiceCode": FARGATE,
            "ServiceName": "AWS Fargate",
            "QuotaCode": code,
            "QuotaName": name,
            "Value": self._values.get(code, GRANTED),
            "Adjustable": True,
            "GlobalQuota": False,
            "UsageMetric": {
                "MetricNamespace": "AWS/Usage",
                "MetricName": "ResourceCount",
                "MetricDimensions": {
                    "Class": kind,
                    "Resource": "vCPU",
                    "Service": "Fargate",
                    "Type": "Resource",
                },
                "MetricStatisticRecommendation": "Maximum",
            },
        }


class Bedrock(BedrockResponse):
    """moto's Bedrock with access to models: all is granted until it is taken away."""

    def get_foundation_model_availability(self) -> str:
        """Return what the account may do with a model; every model is one of Bedrock's."""
        model = unquote(self.path.rpartition("/")[2])
        agreed = "NOT_AVAILABLE" if model in self._left else "AVAILABLE"
        return json.dumps(
            {
                "modelId": model,
                "agreementAvailability": {"status": agreed},
                "authorizationStatus": "AUTHORIZED",
                "entitlementAvailability": agreed,
                "regionAvailability": "AVAILABLE",
            }
        )

    def delete_foundation_model_agreement(self) -> str:
        """Take the account's agreement for a model away."""
        self._left.add(json.loads(self.body)["modelId"])
        return "{}"

    def create_foundation_model_agreement(self) -> str:
        """Give the account's agreement for a model."""
        model = json.loads(self.body)["modelId"]
        self._left.discard(model)
        return json.dumps({"modelId": model})

    @property
    def _left(self) -> set[str]:
        """The models without agreement; moto forgets them when it is reset."""
        kept: set[str] = self.bedrock_backend.__dict__.setdefault("without_agreement", set())
        return kept


class Sns(SNSResponse):
    """moto's SNS, counting subscriptions."""

    def get_topic_attributes(self) -> Any:
        """Return a topic's attributes; every subscription of moto's is a confirmed one."""
        answer = super().get_topic_attributes()
        arn = self._get_param("TopicArn")
        heard = [one for one in self.backend.subscriptions.values() if one.topic.arn == arn]
        attributes = {**answer.result["Attributes"], "SubscriptionsConfirmed": len(heard)}
        return ActionResult({"Attributes": attributes})


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
