"""Addresses in the AWS console, from what CloudFormation says of a stack and its resources."""

from __future__ import annotations

from urllib.parse import quote

from bidops_cfn.deploy.ecs_services import get_cluster

DOMAINS = {"aws-cn": "amazonaws.cn", "aws-us-gov": "amazonaws-us-gov.com"}


def make_url(arn: str, path: str) -> str:
    """Return the address of ``path`` in the console of the partition and region of ``arn``."""
    _, partition, _, region, *_ = arn.split(":")
    domain = DOMAINS.get(partition, "aws.amazon.com")
    return f"https://{region}.console.{domain}/{path.format(region=region)}"


def make_stack_url(stack_id: str) -> str:
    """Return the address of the stack's events."""
    path = "cloudformation/home?region={region}#/stacks/events?stackId="
    return make_url(stack_id, path) + quote(stack_id, safe="")


def make_service_url(service: str) -> str:
    """Return the address of an ECS service, given its ARN."""
    cluster = quote(get_cluster(service), safe="")
    name = quote(service.rpartition("/")[2], safe="")
    return make_url(service, f"ecs/v2/clusters/{cluster}/services/{name}/health?region={{region}}")


def make_log_group_url(stack_id: str, name: str) -> str:
    """Return the address of a log group in the stack's region.

    The console takes a name that is quoted twice, with ``$`` for the sign of it.
    """
    twice = quote(quote(name, safe=""), safe="").replace("%", "$")
    path = "cloudwatch/home?region={region}#logsV2:log-groups/log-group/"
    return make_url(stack_id, path) + twice


def make_alarm_url(stack_id: str, name: str) -> str:
    """Return the address of an alarm in the stack's region."""
    path = "cloudwatch/home?region={region}#alarmsV2:alarm/"
    return make_url(stack_id, path) + quote(name, safe="")
