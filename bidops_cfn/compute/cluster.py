"""The cluster and the capacity that it runs on (FR-001 to FR-005)."""

from __future__ import annotations

from troposphere import AWSObject, Ref, ecs

from bidops_cfn import logical_ids
from bidops_cfn.settings.environment import Environment


def cluster(environment: Environment) -> list[AWSObject]:
    """Return the cluster with Container Insights, and its capacity providers 70 / 30.

    The default strategy has no base: it serves tasks that are started by hand. Services carry
    a strategy of their own (``services``).
    """
    capacity = environment.capacity
    resource = ecs.Cluster(
        logical_ids.CLUSTER,
        ClusterSettings=[
            ecs.ClusterSetting(Name="containerInsights", Value=environment.container_insights)
        ],
    )
    if environment.security.storage_key_arn:
        resource.Configuration = ecs.ClusterConfiguration(
            ManagedStorageConfiguration=ecs.ManagedStorageConfiguration(
                FargateEphemeralStorageKmsKeyId=environment.security.storage_key_arn
            )
        )
    return [
        resource,
        ecs.ClusterCapacityProviderAssociations(
            logical_ids.CLUSTER_CAPACITY,
            Cluster=Ref(logical_ids.CLUSTER),
            CapacityProviders=["FARGATE", "FARGATE_SPOT"],
            DefaultCapacityProviderStrategy=[
                ecs.CapacityProviderStrategy(
                    CapacityProvider="FARGATE", Weight=capacity.on_demand_weight
                ),
                ecs.CapacityProviderStrategy(
                    CapacityProvider="FARGATE_SPOT", Weight=capacity.spot_weight
                ),
            ],
        ),
    ]
