"""The policy of the role that CloudFormation acts with, for exactly a template's resource types.

AWS publishes with each type the permissions of its handlers; cfn-lint carries these schemas, at the
version of the lock. The ``list`` handler is left out: it serves Cloud Control and the template
generator, and no operation of a stack. What handlers name and the stack does not need is not
granted (``OMISSIONS``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cfnlint.schema import ResourceNotFoundError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from bidops_cfn.errors import UsageError
from bidops_cfn.frozen import frozen
from bidops_cfn.permissions import kinds
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import Scope, Statement, name_actions
from bidops_cfn.permissions.scopes import list_scopes

HANDLERS = ("create", "read", "update", "delete")

CLOUD_MAP = (
    "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonECS_FullAccess.html"
)
AUTO_SCALING = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/auto-scaling-IAM.html"
SERVICES = "ecs DescribeServices UpdateService"
BEYOND: dict[str, tuple[frozenset[str], str]] = {
    kinds.NAMESPACE: (
        name_actions("route53 AssociateVPCWithHostedZone DeleteHostedZone"),
        CLOUD_MAP,
    ),
    kinds.SCALING: (
        name_actions(f"cloudwatch DeleteAlarms DescribeAlarms PutMetricAlarm; {SERVICES}"),
        AUTO_SCALING,
    ),
    kinds.TARGET: (name_actions(SERVICES), AUTO_SCALING),
}
"""What AWS's pages ask for and a schema does not list, by type, with the page."""


@frozen
class Granted:
    """The statements, and ``open``: what a handler may call and no decision covers.

    ``open`` holds lines for a person; an action in it is not granted.
    """

    statements: tuple[Statement, ...]
    open: tuple[str, ...]


def grant(place: Place) -> Granted:
    """Return what CloudFormation needs for the template; raises ``UsageError``."""
    needed = {type_: list_actions(type_, place.environment.region) for type_ in sorted(place.types)}
    found = list(match_scopes(place, needed))
    statements = [
        Statement(scope.sid, actions, scope.resources, scope.condition) for scope, actions in found
    ]
    statements += list_for_references(place)
    decided = {
        (type_, action) for scope, actions in found for type_ in scope.types for action in actions
    }
    return Granted(tuple(statements), tuple(list_undecided(place, needed, decided)))


def match_scopes(
    place: Place, needed: Mapping[str, frozenset[str]]
) -> Iterator[tuple[Scope, frozenset[str]]]:
    """Yield each scope that covers actions ``needed`` by some of its types, with these."""
    for scope in list_scopes(place):
        asked = frozenset().union(*(needed.get(one, frozenset()) for one in scope.types))
        if actions := asked & scope.actions:
            yield scope, actions


def list_for_references(place: Place) -> Iterator[Statement]:
    """Yield what ``Fn::GetStackOutput`` takes: describing the stack, or its role in its stead."""
    roles = {one.role_arn for one in place.stack_outputs if one.role_arn}
    if place.other_stacks:
        actions = frozenset({"cloudformation:DescribeStacks"})
        yield Statement("ReadOutputsOfOtherStacks", actions, place.other_stacks)
    if roles:
        yield Statement(
            "ReadOutputsOfOtherAccounts", frozenset({"sts:AssumeRole"}), tuple(sorted(roles))
        )


def list_undecided(
    place: Place, needed: dict[str, frozenset[str]], decided: set[tuple[str, str]]
) -> Iterator[str]:
    """Yield a line for each action that the template may need and that no decision covers."""
    for type_, found in needed.items():
        rest = {action for action in found if (type_, action) not in decided}
        for one in OMISSIONS:
            if one.type == type_:
                left = sorted(one.actions & rest)
                if left and one.only_for and place.has(type_, one.only_for):
                    yield f"{', '.join(left)}: {type_} has {one.only_for}"
                rest -= one.actions
        for action in sorted(rest):
            yield f"{action}: {type_} may need it, and nothing decides on what it is granted"


def list_actions(type_: str, region: str) -> frozenset[str]:
    """Return every action that managing a resource of ``type_`` takes, tags included.

    Raises ``UsageError`` for a type that has no schema, or one that does not say.
    """
    schema = read_schema(type_, region)
    found = {one for name in HANDLERS for one in _list_permissions(schema, name)}
    found.update(schema.get("tagging", {}).get("permissions", ()))
    return frozenset(found.union(BEYOND.get(type_, ((), ""))[0]))


def list_reading(type_: str, region: str) -> frozenset[str]:
    """Return what detecting drift of a resource of ``type_`` takes: CloudFormation reads it."""
    return frozenset(_list_permissions(read_schema(type_, region), "read"))


def read_schema(type_: str, region: str) -> Mapping[str, Any]:
    """Return the schema of a type that names permissions; raises ``UsageError``."""
    try:
        found: Mapping[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_).schema
        why = "" if found.get("handlers") else "its schema names no permission"
    except ResourceNotFoundError:
        found, why = {}, f"CloudFormation has no such type in {region}"
    if why:
        raise UsageError(
            f"cannot tell what {type_} needs",
            why,
            hint="Write its permissions by hand, from the AWS documentation of the type.",
        )
    return found


def _list_permissions(schema: Mapping[str, Any], handler: str) -> Sequence[str]:
    return tuple(schema["handlers"].get(handler, {}).get("permissions", ()))


@frozen
class Omission:
    """Actions of a type's handlers (``name_actions``) that are not granted, since ``why``.

    ``only_for`` names the property that would need them; a template that has it is told so.
    """

    type: str
    calls: str
    why: str
    only_for: str = ""

    @property
    def actions(self) -> frozenset[str]:
        """The actions."""
        return name_actions(self.calls)


OMISSIONS = (
    Omission(
        kinds.TARGET,
        "application-autoscaling DeleteScheduledAction PutScheduledAction",
        "no scheduled scaling",
        "ScheduledActions",
    ),
    Omission(
        kinds.TARGET,
        "lambda DeleteProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig "
        "PutProvisionedConcurrencyConfig",
        "ECS services are scaled, no functions",
    ),
    Omission(
        kinds.TARGET, "iam PassRole", "the service-linked role scales, no role is passed", "RoleARN"
    ),
    Omission(
        kinds.CLUSTER,
        "ecs PutAccountSetting PutAccountSettingDefault",
        "changes the account for everyone in it, and no property of a cluster",
    ),
    Omission(
        kinds.CLUSTER, "kms DescribeKey", "the cluster has no key of its own", "Configuration"
    ),
    Omission(
        kinds.ROLE,
        "iam AttachRolePolicy",
        "policies are inline; with it a role could be given an administrator's policy",
        "ManagedPolicyArns",
    ),
    Omission(
        kinds.ROLE,
        "iam PutRolePermissionsBoundary",
        "the settings name no boundary",
        "PermissionsBoundary",
    ),
    Omission(
        kinds.ROLE,
        "iam DeleteRolePermissionsBoundary",
        "taking a boundary off a role is the security team's step, by hand",
    ),
    Omission(
        kinds.RULE,
        "cognito-idp DescribeUserPoolClient",
        "rules forward, none signs users in with Cognito",
    ),
    Omission(
        kinds.TARGET_GROUP,
        "elasticloadbalancing DeregisterTargets RegisterTargets",
        "ECS registers the targets with its service-linked role",
        "Targets",
    ),
    Omission(
        kinds.EVENT_RULE,
        "iam PassRole",
        "the topic's policy admits EventBridge, no role is passed",
        "RoleArn",
    ),
    Omission(
        kinds.LOG_GROUP,
        "logs CreateLogDelivery; s3 REST.PUT.OBJECT; firehose TagDeliveryStream",
        "audit findings of a data protection policy are sent nowhere",
        "DataProtectionPolicy",
    ),
    Omission(
        kinds.LOG_GROUP,
        "logs DeleteResourcePolicy PutResourcePolicy",
        "changes policies of all log groups of the account",
        "ResourcePolicyDocument",
    ),
    Omission(
        kinds.LOG_GROUP,
        "logs DeleteIndexPolicy PutIndexPolicy",
        "no field indexes",
        "FieldIndexPolicies",
    ),
    Omission(
        kinds.DISCOVERY,
        "servicediscovery DeleteServiceAttributes UpdateServiceAttributes",
        "no attributes of the service",
        "ServiceAttributes",
    ),
)
