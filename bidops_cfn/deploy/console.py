"""Addresses in the AWS console, and ``open``, which shows those of a stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

from bidops_cfn import logical_ids
from bidops_cfn.deploy.ecs_services import get_cluster
from bidops_cfn.deploy.log_lines import find_log_groups
from bidops_cfn.deploy.records import Link, Notice, Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack, list_stack_resources, require_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import ALARM, SERVICE
from bidops_cfn.errors import GuardRefused

DOMAINS = {"aws-cn": "amazonaws.cn", "aws-us-gov": "amazonaws-us-gov.com"}
KINDS = ("stack", "service", "logs", "alarms")


def _make_url(arn: str, path: str) -> str:
    """Return the address of ``path`` in the console of the partition and region of ``arn``."""
    _, partition, _, region, *_ = arn.split(":")
    domain = DOMAINS.get(partition, "aws.amazon.com")
    return f"https://{region}.console.{domain}/{path.format(region=region)}"


def make_stack_url(stack_id: str) -> str:
    """Return the address of the stack's events."""
    path = "cloudformation/home?region={region}#/stacks/events?stackId="
    return _make_url(stack_id, path) + quote(stack_id, safe="")


def make_service_url(service: str) -> str:
    """Return the address of an ECS service, given its ARN."""
    cluster = quote(get_cluster(service), safe="")
    name = quote(service.rpartition("/")[2], safe="")
    return _make_url(service, f"ecs/v2/clusters/{cluster}/services/{name}/health?region={{region}}")


def make_log_group_url(stack_id: str, name: str) -> str:
    """Return the address of a log group in the stack's region.

    The console takes a name that is quoted twice, with ``$`` for the sign of it.
    """
    twice = quote(quote(name, safe=""), safe="").replace("%", "$")
    path = "cloudwatch/home?region={region}#logsV2:log-groups/log-group/"
    return _make_url(stack_id, path) + twice


def make_alarm_url(stack_id: str, name: str) -> str:
    """Return the address of an alarm in the stack's region."""
    path = "cloudwatch/home?region={region}#alarmsV2:alarm/"
    return _make_url(stack_id, path) + quote(name, safe="")


def show_links(
    runtime: Runtime,
    target: Target,
    kind: str,
    service: str = "",
    visit: Callable[[str], bool] | None = None,
) -> Result:
    """Report the addresses of one of ``KINDS``; ``visit`` opens each and tells whether it could."""
    stack = require_stack(runtime, target)
    links = list(_list_links(runtime, target, stack, kind, service))
    if not links:
        why = f"{stack.name} has no {kind}" + (f" of {service}" if service else "")
        raise GuardRefused("there is nothing to open", why, hint=target.look)
    for link in links:
        runtime.output.emit(link)
    unopened = [link.url for link in links if visit is not None and not visit(link.url)]
    if unopened:
        runtime.output.emit(Notice("no browser could be started", ("open the address yourself",)))
    count = f"{len(links)} address{'es' * (len(links) != 1)}"
    return target.succeed("finished", f"{count} of {stack.name} in the AWS console", stack.id)


def _list_links(
    runtime: Runtime, target: Target, stack: Stack, kind: str, service: str
) -> Iterator[Link]:
    if kind == "stack":
        yield Link("stack", stack.name, make_stack_url(stack.id))
        return
    resources = list(list_stack_resources(runtime.client, stack.id))
    there = [one for one in resources if one.physical_id and one.status != "DELETE_COMPLETE"]
    if kind == "service":
        names = {logical_ids.ecs_service(one): one.name for one in target.services}
        for one in there:
            name = names.get(one.logical_id, one.logical_id)
            if one.type == SERVICE and service in ("", name):
                yield Link("service", name, make_service_url(one.physical_id))
    elif kind == "logs":
        for name, group in find_log_groups(target, there, service):
            yield Link("logs", name, make_log_group_url(stack.id, group))
    else:
        for one in sorted(there, key=lambda one: one.logical_id):
            if one.type == ALARM:
                url = make_alarm_url(stack.id, one.physical_id)
                yield Link("alarm", one.logical_id, url)
