"""Roles: those of the stack, bounded where the settings say so, and those of AWS services."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.scopes.scope import (
    CLUSTER,
    ROLE,
    SERVICE,
    TARGET,
    TASK_DEFINITION,
    Scope,
    name_actions,
)


def scope_roles(place: Place) -> Iterator[Scope]:
    """Yield what is granted on the stack's own roles, and on those that AWS services keep."""
    ours = (place.global_arn("iam", f"role/{place.role_prefix}*"),)
    boundary = place.environment.security.permissions_boundary_arn
    grants = "CreateRole PutRolePolicy" + (" PutRolePermissionsBoundary" if boundary else "")
    yield Scope(
        "GrantToOurRoles",
        (ROLE,),
        name_actions("iam", grants),
        ours,
        {"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else {},
    )
    yield Scope(
        "ManageOurRoles",
        (ROLE, TASK_DEFINITION),
        name_actions(
            "iam",
            "DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy "
            "ListAttachedRolePolicies ListRolePolicies ListRoleTags TagRole UntagRole "
            "UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
        ),
        ours,
    )
    yield Scope(
        "PassOurRolesToTasks",
        (TASK_DEFINITION, SERVICE),
        name_actions("iam", "PassRole"),
        ours,
        {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    )
    linked = {
        "ecs.amazonaws.com": "AWSServiceRoleForECS",
        "ecs.application-autoscaling.amazonaws.com": (
            "AWSServiceRoleForApplicationAutoScaling_ECSService"
        ),
    }
    yield Scope(
        "LetServicesKeepTheirRoles",
        (CLUSTER, TARGET),
        name_actions("iam", "CreateServiceLinkedRole"),
        tuple(
            place.global_arn("iam", f"role/aws-service-role/{service}/{name}")
            for service, name in linked.items()
        ),
        {"StringEquals": {"iam:AWSServiceName": sorted(linked)}},
    )
