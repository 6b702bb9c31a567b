"""The cluster and the capacity that it runs on (FR-001 to FR-005)."""

from __future__ import annotations

from troposphere import AWSObject, Ref, ecs

from bidops_cfn import logical_ids
from bidops_cfn.settings.environment import Environment


def cluster(environment: Environment) -> list[AWSObject]:
    """Return the cluster with Container Insights, and its capacity providers' shares.

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
    configuration = ecs.ClusterConfiguration()
    if environment.security.storage_key_arn:
        configuration.ManagedStorageConfiguration = ecs.ManagedStorageConfiguration(
            FargateEphemeralStorageKmsKeyId=environment.security.storage_key_arn
        )
    if environment.security.exec_log_group:
        configuration.ExecuteCommandConfiguration = ecs.ExecuteCommandConfiguration(
            Logging="OVERRIDE",  # every session is recorded, in this group
            LogConfiguration=ecs.ExecuteCommandLogConfiguration(
                CloudWatchLogGroupName=environment.security.exec_log_group,
                CloudWatchEncryptionEnabled=environment.logs.key_arn is not None,
            ),
        )
    if configuration.properties:
        resource.Configuration = configuration
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
