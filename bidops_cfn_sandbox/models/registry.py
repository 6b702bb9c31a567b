"""Every resource type that the sandbox represents. What is not here fails a change set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import ParamSpec, TypeVar

from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from bidops_cfn_sandbox.models.account import ACCOUNT_MODELS
from bidops_cfn_sandbox.models.application_scaling import SCALABLE_TARGET, SCALING_POLICY
from bidops_cfn_sandbox.models.cloud_map import CLOUD_MAP_MODELS
from bidops_cfn_sandbox.models.cloudwatch_alarm import ALARM
from bidops_cfn_sandbox.models.ec2_network import NETWORK_MODELS
from bidops_cfn_sandbox.models.ecs_cluster import CLUSTER_MODELS, TASK_DEFINITION
from bidops_cfn_sandbox.models.ecs_service import SERVICE
from bidops_cfn_sandbox.models.load_balancing import LOAD_BALANCING_MODELS
from bidops_cfn_sandbox.models.security_groups import EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP
from bidops_cfn_sandbox.resource_type import ResourceFailed, ResourceType

MODELS = (
    *ACCOUNT_MODELS,
    *CLOUD_MAP_MODELS,
    *CLUSTER_MODELS,
    *LOAD_BALANCING_MODELS,
    *NETWORK_MODELS,
    ALARM,
    SCALABLE_TARGET,
    TASK_DEFINITION,
)
P = ParamSpec("P")
T = TypeVar("T")


def _guarded(function: Callable[P, T]) -> Callable[P, T]:
    """Turn every refusal of a backend into ResourceFailed, as a resource handler does."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except ResourceFailed:
            raise
        except (ServiceException, HTTPException) as refusal:
            message = getattr(refusal, "message", None) or refusal.description
            raise ResourceFailed(str(message)) from refusal
        except Exception as error:
            # A handler that breaks fails its resource; the stack still rolls back.
            raise ResourceFailed(f"InternalFailure: {type(error).__name__}: {error}") from error

    return guarded


def _guard(kind: ResourceType) -> ResourceType:
    return replace(
        kind,
        create=_guarded(kind.create),
        update=None if kind.update is None else _guarded(kind.update),
        delete=_guarded(kind.delete),
    )


TYPES: dict[str, ResourceType] = {
    kind.name: _guard(kind)
    for kind in (
        EGRESS_RULE,
        INGRESS_RULE,
        SCALING_POLICY,
        SECURITY_GROUP,
        SERVICE,
        *(one.resource_type() for one in MODELS),
    )
}
