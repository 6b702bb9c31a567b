"""What CloudFormation calls for a resource type, from the type's own schema.

AWS publishes with each type the permissions of its handlers; cfn-lint carries these schemas, at the
version of the lock. The ``list`` handler is left out: it serves Cloud Control and the template
generator, and no operation of a stack.
"""

from __future__ import annotations

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
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_).schema
    except ResourceNotFoundError as error:
        raise make_unknown_error(type_, f"CloudFormation has no such type in {region}") from error
    handlers = schema.get("handlers", {})
    if not handlers:
        raise make_unknown_error(type_, "its schema names no permission")
    found = {one for name in HANDLERS for one in handlers.get(name, {}).get("permissions", ())}
    found.update(schema.get("tagging", {}).get("permissions", ()))
    return frozenset(found.union(BEYOND.get(type_, ((), ""))[0]))


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
