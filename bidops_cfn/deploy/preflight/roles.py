"""The service-linked roles: without them the first deployment of an account fails once.

https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/818
"""

from __future__ import annotations

from functools import partial

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.together import ask_each
from bidops_cfn.deploy.records import Preflight, Verdict

# https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
ECS, SCALING = "AWSServiceRoleForECS", "AWSServiceRoleForApplicationAutoScaling_ECSService"
ROLES = {ECS: "ecs.amazonaws.com", SCALING: "ecs.application-autoscaling.amazonaws.com"}


def roles(context: DeploymentContext) -> Preflight:
    """Ask IAM for the service-linked roles of ECS and of Application Auto Scaling for ECS."""
    there = ask_each(partial(has_role, context.client), ROLES)
    missing = [name for name, found in zip(ROLES, there, strict=True) if not found]
    if not missing:
        return Preflight(
            "roles", Verdict.OK, "the service-linked roles of ECS and its scaling exist"
        )
    return Preflight(
        "roles",
        Verdict.WARNING,
        f"no {' and no '.join(missing)}: the first deployment of an account may fail",
        hint="Create them once: "
        + "\n".join(
            f"aws iam create-service-linked-role --aws-service-name {ROLES[name]}"
            for name in missing
        ),
    )


def has_role(client: Client, name: str) -> bool:
    """Tell whether a role exists."""
    try:
        client(Call.GET_ROLE, RoleName=name)
    except NotFound:
        return False
    return True
