"""ECS clusters and the capacity providers associated with them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from moto.ecs.models import Cluster

from bidops_cfn_sandbox.models.table import Model, Row, backend_of, kept
from bidops_cfn_sandbox.place import Place
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree, described
from bidops_cfn_sandbox.resource_type import Request, ResourceFailed

STRATEGY: Tree = [{"Base": Leaf.INTEGER, "CapacityProvider": Leaf.STRING, "Weight": Leaf.INTEGER}]
SETTINGS: Tree = [{"Name": Leaf.STRING, "Value": Leaf.STRING}]
CONFIGURATION: Tree = {
    "ExecuteCommandConfiguration": {
        "KmsKeyId": Leaf.STRING,
        "LogConfiguration": {
            "CloudWatchEncryptionEnabled": Leaf.BOOLEAN,
            "CloudWatchLogGroupName": Leaf.STRING,
        },
        "Logging": Leaf.STRING,
    },
    "ManagedStorageConfiguration": {"FargateEphemeralStorageKmsKeyId": Leaf.STRING},
}
DEFAULT_SETTINGS = [{"Name": "containerInsights", "Value": "disabled"}]


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
    return backend_of(place, "ecs")


def ecs_tags(request: Request) -> list[dict[str, str]]:
    """Return the request's tags as ECS spells them."""
    return [{"key": key, "value": value} for key, value in request.tags.items()]


def camel_strategy(strategy: Any) -> list[dict[str, Any]]:
    """Return a capacity provider strategy as ECS describes it, with the base it defaults to."""
    return [{"base": 0, "weight": 0, **item} for item in described(strategy, STRATEGY)]


def tag(request: Request, made: Any) -> None:
    """Set the tags of something of ECS."""
    made.tags = ecs_tags(request)


def _create(request: Request) -> Any:
    name = request.properties.get("ClusterName") or request.name()
    place, clusters = request.place, backend(request.place).clusters
    if name in clusters and clusters[name].status == "ACTIVE":
        raise ResourceFailed(f"The specified cluster is already in use: {name}")
    clusters[name] = CountingCluster(name, place.account_id, place.region)
    return clusters[name]


def _delete(request: Request, physical_id: str) -> None:
    if backend(request.place).clusters[physical_id].active_services_count:
        raise ResourceFailed("The Cluster cannot be deleted while Services are active.")
    backend(request.place).delete_cluster(physical_id)


def _associate(request: Request, association: Any) -> None:
    providers = request.properties.get("CapacityProviders", [])
    strategy = camel_strategy(request.properties["DefaultCapacityProviderStrategy"])
    unknown = sorted({item["capacityProvider"] for item in strategy} - set(providers))
    if unknown:
        raise ResourceFailed(
            "The specified default capacity provider strategy cannot contain a capacity provider"
            f" that is not associated with the cluster: {', '.join(unknown)}"
        )
    backend(request.place).put_cluster_capacity_providers(association.id, providers, strategy)


def _dissociate(request: Request, physical_id: str) -> None:
    cluster = backend(request.place).clusters.get(physical_id)
    if cluster is not None:
        cluster.capacity_providers, cluster.default_capacity_provider_strategy = [], []


CLUSTER_MODELS = (
    Model(
        "AWS::ECS::Cluster",
        "ecs",
        {
            "ClusterName": Row(Leaf.STRING, fixed=True),
            "ClusterSettings": kept(
                SETTINGS,
                "settings",
                DEFAULT_SETTINGS,
                form=lambda value: described(value or DEFAULT_SETTINGS, SETTINGS),
            ),
            "Configuration": kept(
                CONFIGURATION,
                "configuration",
                {},
                form=lambda value: described(value, CONFIGURATION),
            ),
            "Tags": Row(TAGS),
        },
        _create,
        _delete,
        lambda ecs, name: ecs.clusters[name],
        attributes={"Arn": "arn"},
        id="name",
        tag=tag,
        named="ClusterName",
    ),
    Model(
        "AWS::ECS::ClusterCapacityProviderAssociations",
        "ecs",
        {
            "CapacityProviders": Row(STRINGS, required=True),
            "Cluster": Row(Leaf.STRING, required=True, fixed=True),
            "DefaultCapacityProviderStrategy": Row(STRATEGY, required=True),
        },
        lambda request: SimpleNamespace(id=request.properties["Cluster"]),
        _dissociate,
        lambda _ecs, cluster: SimpleNamespace(id=cluster),
        write=_associate,
    ),
)
