"""ECS clusters and the capacity providers associated with them."""

from __future__ import annotations

from typing import Any

from moto.ecs.models import Cluster, ecs_backends

from bidops_cfn_sandbox.place import Place
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree, described
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceFailed, ResourceType, completed

STRATEGY: Tree = [{"Base": Leaf.INTEGER, "CapacityProvider": Leaf.STRING, "Weight": Leaf.INTEGER}]
CLUSTER_PROPERTIES: dict[str, Tree] = {
    "ClusterName": Leaf.STRING,
    "ClusterSettings": [{"Name": Leaf.STRING, "Value": Leaf.STRING}],
    "Configuration": {
        "ExecuteCommandConfiguration": {
            "KmsKeyId": Leaf.STRING,
            "LogConfiguration": {
                "CloudWatchEncryptionEnabled": Leaf.BOOLEAN,
                "CloudWatchLogGroupName": Leaf.STRING,
            },
            "Logging": Leaf.STRING,
        },
        "ManagedStorageConfiguration": {"FargateEphemeralStorageKmsKeyId": Leaf.STRING},
    },
    "Tags": TAGS,
}
ASSOCIATION_PROPERTIES: dict[str, Tree] = {
    "CapacityProviders": STRINGS,
    "Cluster": Leaf.STRING,
    "DefaultCapacityProviderStrategy": STRATEGY,
}
DEFAULT_SETTINGS = [{"name": "containerInsights", "value": "disabled"}]


class CountingCluster(Cluster):
    """A cluster of moto's that counts the services and tasks in it when it is asked."""

    @property
    def active_services_count(self) -> int:
        """The services that are not deleted."""
        return len(self._services())

    @active_services_count.setter
    def active_services_count(self, count: int) -> None:
        """Ignore what moto counts."""

    @property
    def running_tasks_count(self) -> int:
        """The tasks of those services, which all run."""
        return sum(service.running_count for service in self._services())

    @running_tasks_count.setter
    def running_tasks_count(self, count: int) -> None:
        """Ignore what moto counts."""

    def _services(self) -> list[Any]:
        place = Place(self.arn.split(":")[4], self.region_name)
        services = backend(place).services.values()
        return [s for s in services if s.cluster_arn == self.arn and s.status == "ACTIVE"]


def backend(place: Place) -> Any:
    """Return moto's ECS of ``place``."""
    return ecs_backends[place.account_id][place.region]


def ecs_tags(request: Request) -> list[dict[str, str]]:
    """Return the request's tags as ECS spells them."""
    return [{"key": key, "value": value} for key, value in request.tags.items()]


def camel_strategy(strategy: Any) -> list[dict[str, Any]]:
    """Return a capacity provider strategy as ECS describes it, with the base it defaults to."""
    return [{"base": 0, "weight": 0, **item} for item in described(strategy, STRATEGY)]


def _create_cluster(request: Request) -> Made:
    name = request.properties.get("ClusterName") or request.name()
    place, clusters = request.place, backend(request.place).clusters
    if name in clusters and clusters[name].status == "ACTIVE":
        raise ResourceFailed(f"The specified cluster is already in use: {name}")
    clusters[name] = CountingCluster(name, place.account_id, place.region)
    return completed(request, name, _update_cluster, _delete_cluster)


def _update_cluster(request: Request, physical_id: str) -> Made:
    cluster = backend(request.place).clusters[physical_id]
    settings = described(
        request.properties.get("ClusterSettings", []), CLUSTER_PROPERTIES["ClusterSettings"]
    )
    cluster.settings = settings or DEFAULT_SETTINGS
    cluster.configuration = described(
        request.properties.get("Configuration", {}), CLUSTER_PROPERTIES["Configuration"]
    )
    cluster.tags = ecs_tags(request)
    return Made(physical_id, {"Arn": cluster.arn})


def _delete_cluster(request: Request, physical_id: str) -> None:
    if backend(request.place).clusters[physical_id].active_services_count:
        raise ResourceFailed("The Cluster cannot be deleted while Services are active.")
    backend(request.place).delete_cluster(physical_id)


def _associate(request: Request) -> Made:
    return _update_association(request, request.properties["Cluster"])


def _update_association(request: Request, physical_id: str) -> Made:
    providers = request.properties.get("CapacityProviders", [])
    strategy = camel_strategy(request.properties["DefaultCapacityProviderStrategy"])
    unknown = sorted({item["capacityProvider"] for item in strategy} - set(providers))
    if unknown:
        raise ResourceFailed(
            "The specified default capacity provider strategy cannot contain a capacity provider"
            f" that is not associated with the cluster: {', '.join(unknown)}"
        )
    backend(request.place).put_cluster_capacity_providers(physical_id, providers, strategy)
    return Made(physical_id)


def _dissociate(request: Request, physical_id: str) -> None:
    cluster = backend(request.place).clusters.get(physical_id)
    if cluster is not None:
        cluster.capacity_providers, cluster.default_capacity_provider_strategy = [], []


CLUSTER = ResourceType(
    "AWS::ECS::Cluster",
    CLUSTER_PROPERTIES,
    _create_cluster,
    _delete_cluster,
    _update_cluster,
    create_only=frozenset({"ClusterName"}),
    attributes=frozenset({"Arn"}),
    named="ClusterName",
)

CAPACITY_PROVIDERS = ResourceType(
    "AWS::ECS::ClusterCapacityProviderAssociations",
    ASSOCIATION_PROPERTIES,
    _associate,
    _dissociate,
    _update_association,
    required=frozenset({"CapacityProviders", "Cluster", "DefaultCapacityProviderStrategy"}),
    create_only=frozenset({"Cluster"}),
)
