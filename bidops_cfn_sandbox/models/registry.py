"""Every resource type that the sandbox represents. What is not here fails a change set."""

from __future__ import annotations

from bidops_cfn_sandbox.models.account import ACCOUNT_MODELS
from bidops_cfn_sandbox.models.cloud_map import CLOUD_MAP_MODELS
from bidops_cfn_sandbox.models.ec2_network import NETWORK_MODELS
from bidops_cfn_sandbox.models.ecs_cluster import CLUSTER_MODELS, TASK_DEFINITION
from bidops_cfn_sandbox.models.ecs_service import SERVICE
from bidops_cfn_sandbox.models.load_balancing import LOAD_BALANCING_MODELS
from bidops_cfn_sandbox.models.metrics import ALARM, SCALABLE_TARGET, SCALING_POLICY
from bidops_cfn_sandbox.models.security_groups import SECURITY_GROUP_MODELS
from bidops_cfn_sandbox.resource_type import ResourceType

MODELS = (
    *ACCOUNT_MODELS,
    *CLOUD_MAP_MODELS,
    *CLUSTER_MODELS,
    *LOAD_BALANCING_MODELS,
    *NETWORK_MODELS,
    *SECURITY_GROUP_MODELS,
    ALARM,
    SCALABLE_TARGET,
    SCALING_POLICY,
    SERVICE,
    TASK_DEFINITION,
)
TYPES: dict[str, ResourceType] = {one.name: one.resource_type() for one in MODELS}
