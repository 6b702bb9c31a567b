"""The parameters of a change set: the image and the desired count of each service.

A deployment never scales a busy service in (``docs/adr`` has the reasons). A creation passes the
settings' count; an update passes 0, which leaves the running count alone. Passing 0 after a
creation with 2 is itself a change to CloudFormation. So when nothing else changes (same template,
same images, same tags), the previous counts are kept, and CloudFormation says "no changes" itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bidops_cfn import logical_ids
from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.ecs_services import describe_services
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import ChangeRow, Notice
from bidops_cfn.deploy.resource_change import COUNT
from bidops_cfn.deploy.stack import Stack, list_service_arns
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import SERVICE, find_scaled_services, is_same_template

LEAVE_ALONE = "0"


def build_parameters(
    target: Target,
    stack: Stack | None,
    deployed: str | None,
    live: Mapping[str, int] | None = None,
) -> list[Json]:
    """Return the parameters for a change set; ``stack`` is None at creation.

    ``deployed`` is the stack's template, ``live`` the running count of each service that the change
    set replaces, by service name. Every image is known by now: preflight saw to it.
    """
    declared = target.template.get("Parameters", {})
    previous = stack.parameters if stack else {}
    keep = stack is not None and not live and _is_unchanged(target, stack, deployed)
    values: dict[str, str | None] = {}  # None keeps the previous one
    for service in target.services:
        image, count = logical_ids.image(service), logical_ids.desired_count(service)
        if service.name in target.images:
            values[image] = target.images[service.name]
        elif image in previous:
            values[image] = None
        if live and service.name in live:
            values[count] = str(live[service.name])
        elif count not in previous:
            values[count] = str(target.environment.services[service.name].desired_count)
        else:
            values[count] = None if keep else LEAVE_ALONE
    return [
        {"ParameterKey": name}
        | ({"UsePreviousValue": True} if value is None else {"ParameterValue": value})
        for name, value in values.items()
        if name in declared
    ]


def _is_unchanged(target: Target, stack: Stack, deployed: str | None) -> bool:
    given = {
        logical_ids.image(one): target.images[one.name]
        for one in target.services
        if one.name in target.images
    }
    return (
        deployed is not None
        and is_same_template(target.rendered, deployed)
        and dict(target.environment.tags) == dict(stack.tags)
        and given.items() <= stack.parameters.items()
    )


def read_live_counts(context: DeploymentContext, rows: Sequence[ChangeRow]) -> Mapping[str, int]:
    """Return how many tasks each service that is replaced should have now, by service name.

    One that is created again has the settings' count; 0 leaves one alone whose count would be reset
    to what was deployed.
    """
    replaced = {
        row.physical_id: row.logical_id
        for row in rows
        if row.resource_type == SERVICE
        and row.replacement in ("True", "Conditional")
        and row.physical_id
    }
    desired = {
        replaced[service.arn]: service.desired
        for service in describe_services(context.client, replaced)
    }
    scaled = find_scaled_services(context.target.template)
    reset = {
        row.logical_id
        for row in rows
        if row.logical_id in scaled
        and row.drift
        and any(one.path == COUNT and one.after is not None for one in row.properties)
    }
    gone = {row.logical_id for row in rows if row.drift == "DELETED"}
    settings = context.target.environment.services
    found: dict[str, int] = {}
    for service in context.target.services:
        name = logical_ids.ecs_service(service)
        if name in desired:
            found[service.name] = desired[name]
        elif name in gone:
            found[service.name] = settings[service.name].desired_count
        elif name in reset:
            found[service.name] = int(LEAVE_ALONE)
    return found


def warn_of_scaling_in(context: DeploymentContext) -> Iterator[Notice]:
    """Yield a warning for each service that a rollback of this update would scale in."""
    stack = context.stack
    if stack is None or context.deployed is None:
        return
    held = {
        logical_ids.ecs_service(service): stack.parameters.get(logical_ids.desired_count(service))
        for service in context.target.services
    }
    risky = {
        name: int(count)
        for name, count in held.items()
        if count and count.isdecimal() and count != LEAVE_ALONE  # **** where a template hides it
    }
    if not risky:
        return
    listed = list_service_arns(context.client, stack.id)
    arns = {arn: name for arn, name in listed.items() if name in risky}
    for service in describe_services(context.client, arns):
        name = arns[service.arn]
        if service.desired > risky[name]:
            what = f"CloudFormation sets {name} from {service.desired} to {risky[name]} tasks"
            why = "The stack holds the count of its creation until this update is over."
            yield Notice(f"if this update is rolled back, {what}", (why,))
