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
PATHS = {
    "stack": "cloudformation/home?region={region}#/stacks/events?stackId={name}",
    "service": "ecs/v2/clusters/{cluster}/services/{name}/health?region={region}",
    "logs": "cloudwatch/home?region={region}#logsV2:log-groups/log-group/{name}",
    "alarm": "cloudwatch/home?region={region}#alarmsV2:alarm/{name}",
}


def make_url(kind: str, arn: str, name: str = "") -> str:
    """Return the address of a stack or ECS service, or of the log group or alarm ``name``.

    ``arn`` is its own, or that of the stack which has it: partition and region are in it.
    """
    _, partition, _, region, *_ = arn.split(":")
    quoted = quote(name or (arn if kind == "stack" else arn.rpartition("/")[2]), safe="")
    if kind == "logs":  # the console takes a name that is quoted twice, with $ for the sign of it
        quoted = quote(quoted, safe="").replace("%", "$")
    path = PATHS[kind].format(region=region, name=quoted, cluster=quote(get_cluster(arn), safe=""))
    return f"https://{region}.console.{DOMAINS.get(partition, 'aws.amazon.com')}/{path}"


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
        yield Link("stack", stack.name, make_url("stack", stack.id))
        return
    resources = list(list_stack_resources(runtime.client, stack.id))
    there = [one for one in resources if one.physical_id and one.status != "DELETE_COMPLETE"]
    if kind == "service":
        names = {logical_ids.ecs_service(one): one.name for one in target.services}
        for one in there:
            name = names.get(one.logical_id, one.logical_id)
            if one.type == SERVICE and service in ("", name):
                yield Link("service", name, make_url("service", one.physical_id))
    elif kind == "logs":
        for name, group in find_log_groups(target, there, service):
            yield Link("logs", name, make_url("logs", stack.id, group))
    else:
        for one in sorted(there, key=lambda one: one.logical_id):
            if one.type == ALARM:
                url = make_url("alarm", stack.id, one.physical_id)
                yield Link("alarm", one.logical_id, url)
