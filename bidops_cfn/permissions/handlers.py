"""What CloudFormation calls for a resource type, from the type's own schema.

AWS publishes with each type the permissions of its handlers; cfn-lint carries these schemas, at the
version of the lock. The ``list`` handler is left out: it serves Cloud Control and the template
generator, and no operation of a stack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cfnlint.schema import ResourceNotFoundError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from bidops_cfn.errors import UsageError

HANDLERS = ("create", "read", "update", "delete")

CLOUD_MAP = (
    "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonECS_FullAccess.html"
)
SCALING = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/auto-scaling-IAM.html"
BEYOND: dict[str, tuple[tuple[str, ...], str]] = {
    "AWS::ServiceDiscovery::PrivateDnsNamespace": (
        ("route53:AssociateVPCWithHostedZone", "route53:DeleteHostedZone"),
        CLOUD_MAP,
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": (
        (
            "cloudwatch:DeleteAlarms",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:PutMetricAlarm",
            "ecs:DescribeServices",
            "ecs:UpdateService",
        ),
        SCALING,
    ),
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        ("ecs:DescribeServices", "ecs:UpdateService"),
        SCALING,
    ),
}
"""What AWS's pages ask for and a schema does not list, by type, with the page."""


def list_actions(type_: str, region: str) -> frozenset[str]:
    """Return every action that managing a resource of ``type_`` takes, tags included.

    Raises ``UsageError`` for a type that has no schema, or one that does not say.
    """
    schema = read_schema(type_, region)
    found = {one for name in HANDLERS for one in list_permissions(schema, name)}
    found.update(schema.get("tagging", {}).get("permissions", ()))
    return frozenset(found.union(BEYOND.get(type_, ((), ""))[0]))


def list_reading(type_: str, region: str) -> frozenset[str]:
    """Return what detecting drift of a resource of ``type_`` takes: CloudFormation reads it."""
    return frozenset(list_permissions(read_schema(type_, region), "read"))


def read_schema(type_: str, region: str) -> Mapping[str, Any]:
    """Return the schema of a type that names permissions; raises ``UsageError``."""
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_).schema
    except ResourceNotFoundError as error:
        raise make_unknown_error(type_, f"CloudFormation has no such type in {region}") from error
    if not schema.get("handlers"):
        raise make_unknown_error(type_, "its schema names no permission")
    found: Mapping[str, Any] = schema
    return found


def list_permissions(schema: Mapping[str, Any], handler: str) -> Sequence[str]:
    """Return the permissions of one handler of a schema."""
    return tuple(schema["handlers"].get(handler, {}).get("permissions", ()))


def carries_stack_tags(type_: str, region: str) -> bool:
    """Tell whether CloudFormation tags a resource of ``type_`` with its stack's name."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_).schema
    return bool(schema.get("tagging", {}).get("cloudFormationSystemTags"))


def make_unknown_error(type_: str, why: str) -> UsageError:
    """Return the error of a type whose permissions are not known."""
    return UsageError(
        f"cannot tell what {type_} needs",
        why,
        hint="Write its permissions by hand, from the AWS documentation of the type.",
    )
