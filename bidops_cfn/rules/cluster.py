"""The cluster, its capacity, and which provider gets the first tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.proofs.spot import ON_DEMAND, SAVING_PERCENT, SPOT, Share, least_saving
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import ANY, Forbidden, Keyed, Maybe, Mismatch, Unordered
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules._values import Rows, Values, of_stack, own, subjects
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import MAX_TASKS, PRODUCTION
from bidops_cfn.spec.parts import Part

ON_DEMAND_FLOOR = 2  # production's tasks for high availability


class Base(HouseRule):
    """Bases save 30 % outside production and keep production's floor on-demand.

    Seventy to thirty alone saves 21 %; a base on Spot makes it thirty outside production. How ECS
    rounds weights for few tasks is not documented, so that the saving is computed for the worst
    rounding of 2 to 10 tasks, with the Spot discount that settings assume. In production the first
    two tasks of a service stay on-demand. Only one provider has a base.
    """

    id = "E9104"
    source = "ecs/fargate-capacity-providers"
    requirements = ("SC-008", "FR-004", "FR-005")
    fix = "Set the bases in [capacity] of params/<environment>.toml and render again"
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        capacity = case.settings.capacity
        wanted = {ON_DEMAND: capacity.on_demand_base, SPOT: capacity.spot_base}
        for _, resource in subjects(case, Part.SERVICE):
            found: dict[str, int] = {}
            for raw, here in resource.each("CapacityProviderStrategy"):
                provider = symbols.show(mapping(raw).get("CapacityProvider"))
                written = symbols.text(mapping(raw).get("Base", 0)) or ""
                found[provider] = int(written) if symbols.is_number(written) else -1
                if provider in wanted and found[provider] != wanted[provider]:
                    text = f"is {written}, settings say {wanted[provider]}"
                    yield Mismatch((*here, "Base"), text)
            path = resource.at("CapacityProviderStrategy")
            if sum(base != 0 for base in found.values()) > 1:
                yield Mismatch(path, "has a base on more than one provider")
            saving = worst_saving(found.get(SPOT, 0), capacity.spot_discount_percent)
            if case.environment != PRODUCTION and saving < SAVING_PERCENT:
                text = f"saves {saving:.1f} % at worst, must save {SAVING_PERCENT} %"
                yield Mismatch(path, text)
            if case.environment == PRODUCTION and found.get(ON_DEMAND, 0) < ON_DEMAND_FLOOR:
                yield Mismatch(path, f"keeps fewer than {ON_DEMAND_FLOOR} tasks on-demand")


def choose_bases(environment: Environment) -> str:
    """Return the bases with which ``environment`` passes E9104, as settings; empty where none do.

    They are the smallest ones: a base is what a service's first tasks run on.
    """
    if environment.name == PRODUCTION:
        return f"capacity.spot_base = 0 and capacity.on_demand_base = {ON_DEMAND_FLOOR}"
    for base in range(MAX_TASKS + 1):
        if worst_saving(base, environment.capacity.spot_discount_percent) >= SAVING_PERCENT:
            return f"capacity.on_demand_base = 0 and capacity.spot_base = {base}"
    return ""


def worst_saving(spot_base: int, discount_percent: int) -> float:
    """Return the smallest saving in percent with the specified weights and a base on Spot."""
    on_demand = Share(ON_DEMAND, 0, WEIGHTS[ON_DEMAND])
    strategy = (on_demand, Share(SPOT, max(spot_base, 0), WEIGHTS[SPOT]))
    return float(least_saving(strategy, discount_percent)[0])


WEIGHTS = {ON_DEMAND: 70, SPOT: 30}  # FR-004, FR-005


def _weights(**more: object) -> Keyed:
    return Keyed("CapacityProvider", {k: {"Weight": v, **more} for k, v in WEIGHTS.items()})


class ContainerInsights(Values):
    """Cluster has Container Insights.

    It gives the metrics of services and tasks, with the counts that FR-045 watches. Settings choose
    enabled or enhanced.
    """

    id = "E9101"
    source = "ecs/cloudwatch-container-insights"
    requirements = ("FR-003", "US1-3")
    rows: ClassVar[Rows] = {
        Part.CLUSTER: {
            "ClusterSettings": Keyed(
                "Name", {"containerInsights": {"Value": of_stack("container_insights")}}
            )
        }
    }


class CapacityProviders(Values):
    """Cluster has FARGATE and FARGATE_SPOT, by default with the specified weights.

    The cluster's own strategy serves tasks that are started by hand. Both providers are associated
    with the cluster, and its default strategy gives them the weights of FR-004 and FR-005, without
    a base.
    """

    id = "E9102"
    source = "ecs/fargate-capacity-providers"
    requirements = ("FR-001", "FR-004", "FR-005", "US1-1", "US1-4")
    rows: ClassVar[Rows] = {
        Part.CAPACITY: {
            "CapacityProviders": Unordered(["FARGATE", "FARGATE_SPOT"]),
            "Cluster": own(Part.CLUSTER),
            "DefaultCapacityProviderStrategy": _weights(),
        }
    }


class Strategy(Values):
    """Each service splits its tasks over FARGATE and FARGATE_SPOT as specified.

    A service without a strategy of its own follows every change of the cluster's. Each service
    carries its strategy, with the weights of FR-004 and FR-005. A weight of 0 takes a provider out
    of use; bases are judged by E9104.
    """

    id = "E9103"
    source = "ecs-api/API_CapacityProviderStrategyItem"
    requirements = ("FR-004", "FR-005")
    rows: ClassVar[Rows] = {Part.SERVICE: {"CapacityProviderStrategy": _weights(Base=Maybe(ANY))}}


class LaunchType(Values):
    """Services have no launch type, controller or placement of their own.

    A launch type beside a strategy wins, and lints clean. LaunchType: FARGATE runs every task
    on-demand whatever the strategy says. An external or CODE_DEPLOY controller disables the circuit
    breaker and the rolling update.
    """

    id = "E9105"
    source = "cfn-reference/aws-resource-ecs-service"
    requirements = ("FR-001", "FR-004", "FR-005", "FR-024")
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
    """Cluster encrypts storage and records sessions as settings say.

    Fargate encrypts with a key of its own unless the cluster names another. Where settings name a
    key, Fargate encrypts the ephemeral storage of every task with it, image layers included. Where
    they turn ECS Exec on, every session is recorded in the log group that they name. Nothing else
    is configured.
    """

    id = "E9106"
    source = "ecs/fargate-storage-encryption"
    rows: ClassVar[Rows] = {
        Part.CLUSTER: {
            "Configuration": of_stack(
                "security.storage_key_arn", "security.exec_log_group", find=_configuration
            )
        }
    }
