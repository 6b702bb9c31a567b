"""The cluster, its services, task definitions and log groups: all have names of the stack."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.scopes.scope import (
    CAPACITY,
    CLUSTER,
    LOG_GROUP,
    SCALING,
    SERVICE,
    TARGET,
    TASK_DEFINITION,
    Scope,
    name_actions,
)


def scope_containers(place: Place) -> Iterator[Scope]:
    """Yield what is granted on the cluster, its services, task definitions and log groups."""
    tags = "ListTagsForResource TagResource UntagResource"
    named = f"{place.stack}-*"
    yield Scope(
        "Cluster",
        (CLUSTER, CAPACITY),
        name_actions(
            "ecs",
            "CreateCluster DeleteCluster DescribeClusters PutClusterCapacityProviders "
            f"UpdateCluster UpdateClusterSettings {tags}",
        ),
        (place.arn("ecs", f"cluster/{named}"),),
    )
    yield Scope(
        "Capacity",
        (CAPACITY,),
        name_actions("ecs", "DescribeCapacityProviders"),
        tuple(place.arn("ecs", f"capacity-provider/{one}") for one in ("FARGATE", "FARGATE_SPOT")),
    )
    yield Scope(
        "Services",
        (SERVICE, TARGET, SCALING),
        name_actions(
            "ecs",
            "CreateService DeleteService DescribeServiceDeployments DescribeServices "
            f"ListServiceDeployments StopServiceDeployment UpdateService {tags}",
        ),
        (
            place.arn("ecs", f"service/{named}/{named}"),
            place.arn("ecs", f"service-deployment/{named}/{named}/*"),
        ),
    )
    yield Scope(
        "TaskDefinitions",
        (TASK_DEFINITION,),
        name_actions("ecs", f"RegisterTaskDefinition {tags}"),
        tuple(place.arn("ecs", f"task-definition/{one}:*") for one in place.families),
    )
    yield Scope(
        "LogGroups",
        (LOG_GROUP,),
        name_actions(
            "logs",
            "AssociateKmsKey CreateLogGroup DeleteDataProtectionPolicy DeleteLogGroup "
            "DeleteRetentionPolicy DisassociateKmsKey GetDataProtectionPolicy "
            "ListTagsForResource PutBearerTokenAuthentication PutDataProtectionPolicy "
            "PutLogGroupDeletionProtection PutRetentionPolicy TagResource UntagResource",
        ),
        (place.arn("logs", f"log-group:{named}"),),
    )
    key = place.environment.security.storage_key_arn
    if key:
        yield Scope("KeyOfTheCluster", (CLUSTER,), name_actions("kms", "DescribeKey"), (key,))
