"""What the cluster is, and how tasks split over on-demand and Spot."""

from __future__ import annotations

from typing import ClassVar

from bidops_cfn.facts.services import SERVICE
from bidops_cfn.rules._expect import ANY, Forbidden, Keyed, Maybe, Unordered
from bidops_cfn.rules._values import Rows, Values, of_stack, own
from bidops_cfn.settings.environment import Environment
from bidops_cfn.spec.parts import Part

ON_DEMAND_WEIGHT = 70  # FR-004
SPOT_WEIGHT = 30  # FR-005
ECS = "https://docs.aws.amazon.com/AmazonECS/latest"


def _weights(**more: object) -> Keyed:
    weights = {"FARGATE": ON_DEMAND_WEIGHT, "FARGATE_SPOT": SPOT_WEIGHT}
    return Keyed("CapacityProvider", {k: {"Weight": v, **more} for k, v in weights.items()})


class ContainerInsights(Values):
    """Container Insights gives the metrics of services and tasks.

    Among them are the running and desired counts that FR-045 watches. Settings choose enabled or
    enhanced.
    """

    id = "E9101"
    shortdesc = "Cluster has Container Insights"
    source_url = f"{ECS}/developerguide/cloudwatch-container-insights.html"
    requirements = ("FR-003", "US1-3")
    fix = "Set container_insights in params/<environment>.toml and render again"
    rows: ClassVar[Rows] = {
        Part.CLUSTER: {
            "ClusterSettings": Keyed(
                "Name",
                {"containerInsights": {"Value": of_stack(lambda one: one.container_insights)}},
            )
        }
    }


class CapacityProviders(Values):
    """The cluster's own strategy serves tasks that are started by hand.

    Both providers are associated with the cluster, and its default strategy gives them the weights
    of FR-004 and FR-005, without a base.
    """

    id = "E9102"
    shortdesc = (
        f"Cluster has FARGATE and FARGATE_SPOT, {ON_DEMAND_WEIGHT} to {SPOT_WEIGHT} by default"
    )
    source_url = f"{ECS}/developerguide/fargate-capacity-providers.html"
    requirements = ("FR-001", "FR-004", "FR-005", "US1-1", "US1-4")
    fix = (
        f"In bidops_cfn/compute/cluster.py, associate FARGATE and FARGATE_SPOT with the cluster, "
        f"with weights {ON_DEMAND_WEIGHT} and {SPOT_WEIGHT}"
    )
    rows: ClassVar[Rows] = {
        Part.CAPACITY: {
            "CapacityProviders": Unordered(["FARGATE", "FARGATE_SPOT"]),
            "Cluster": own(Part.CLUSTER),
            "DefaultCapacityProviderStrategy": _weights(),
        }
    }


class Strategy(Values):
    """A service without a strategy of its own follows every change of the cluster's.

    Each service carries its strategy, with the weights of FR-004 and FR-005. A weight of 0 takes a
    provider out of use; bases are judged by E9104.
    """

    id = "E9103"
    shortdesc = (
        f"Each service splits its tasks {ON_DEMAND_WEIGHT} to {SPOT_WEIGHT} "
        "over FARGATE and FARGATE_SPOT"
    )
    source_url = f"{ECS}/APIReference/API_CapacityProviderStrategyItem.html"
    requirements = ("FR-004", "FR-005")
    fix = (
        f"In bidops_cfn/compute/services.py, give the service FARGATE with weight "
        f"{ON_DEMAND_WEIGHT} and FARGATE_SPOT with weight {SPOT_WEIGHT}"
    )
    rows: ClassVar[Rows] = {Part.SERVICE: {"CapacityProviderStrategy": _weights(Base=Maybe(ANY))}}


class LaunchType(Values):
    """A launch type beside a strategy wins, and lints clean.

    LaunchType: FARGATE runs every task on-demand whatever the strategy says. An external or
    CODE_DEPLOY controller disables the circuit breaker and the rolling update.
    """

    id = "E9105"
    shortdesc = "Services have no launch type, controller or placement of their own"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-ecs-service.html"
    )
    requirements = ("FR-001", "FR-004", "FR-005", "FR-024")
    fix = (
        "Remove the property in bidops_cfn/compute/services.py; "
        "the capacity provider strategy decides"
    )
    rows: ClassVar[Rows] = {
        SERVICE: {
            "LaunchType": Forbidden("overrides the capacity provider strategy"),
            "DeploymentController": Forbidden("takes the deployment away from ECS"),
            "SchedulingStrategy": Forbidden("may only be REPLICA, which is what it is anyway"),
            "PlatformVersion": Forbidden(
                "pins the platform, so that it no longer gets security fixes"
            ),
            "PlacementConstraints": Forbidden("means nothing on Fargate"),
            "PlacementStrategies": Forbidden("means nothing on Fargate"),
        }
    }


def _configuration(settings: Environment) -> object:
    key, group = settings.security.storage_key_arn, settings.security.exec_log_group
    found: dict[str, object] = {}
    if key:
        found["ManagedStorageConfiguration"] = {"FargateEphemeralStorageKmsKeyId": key}
    if group:
        found["ExecuteCommandConfiguration"] = {
            "Logging": "OVERRIDE",
            "LogConfiguration": {
                "CloudWatchLogGroupName": group,
                "CloudWatchEncryptionEnabled": settings.logs.key_arn is not None,
            },
        }
    return found or None


class Storage(Values):
    """Fargate encrypts with a key of its own unless the cluster names another.

    Where settings name a key, Fargate encrypts the ephemeral storage of every task with it, image
    layers included. Where they turn ECS Exec on, every session is recorded in the log group that
    they name. Nothing else is configured.
    """

    id = "E9106"
    shortdesc = "Cluster encrypts storage and records sessions as settings say"
    source_url = f"{ECS}/developerguide/fargate-storage-encryption.html"
    requirements = ("template",)
    fix = (
        "Set security.storage_key_arn or security.exec_log_group in params/<environment>.toml and "
        "render again"
    )
    rows: ClassVar[Rows] = {Part.CLUSTER: {"Configuration": of_stack(_configuration)}}
