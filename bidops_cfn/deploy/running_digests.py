"""Which digests the services run: what ECS resolved, beside what was deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bidops_cfn import logical_ids
from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.ecs_services import EcsService, describe_services
from bidops_cfn.deploy.evidence import Evidence
from bidops_cfn.deploy.faults import STRANGE_ANSWER, Fault
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import ChangeRow, Notice
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.service_deployments import find_running_revision, read_image_digests
from bidops_cfn.deploy.stack import Stack, list_stack_resources
from bidops_cfn.deploy.target import format_image, get_digest
from bidops_cfn.deploy.template import SERVICE
from bidops_cfn.settings.services import Service


def read_service_digests(client: Client, service: EcsService) -> Mapping[str, str]:
    """Return the digest of each container's image that a service runs, by container name.

    Empty in the middle of a deployment, and where AWS does not tell or may not be asked.
    """
    try:
        revision = find_running_revision(client, service)
        return read_image_digests(client, revision) if revision else {}
    except (Fault, *STRANGE_ANSWER):
        return {}


def read_running_digests(client: Client, evidence: Evidence) -> Mapping[str, Mapping[str, str]]:
    """Return the digest of each container's image, by container, of the services worked on.

    By the service's logical id; empty where AWS does not tell, or may not be asked.
    """
    return {
        known.name: read_service_digests(client, known.last) if known.last else {}
        for known in sorted(evidence.services.values(), key=lambda one: one.name)
    }


def describe_running_digests(found: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield ``BffService: bff is sha256:...`` for each container, or that it is not known."""
    for service, digests in found.items():
        if not digests:
            yield f"{service}: cannot tell which digest runs"
        yield from (f"{service}: {container} is {one}" for container, one in digests.items())


def report_running_digests(
    runtime: Runtime, context: DeploymentContext, evidence: Evidence
) -> tuple[str, ...]:
    """Return the digests that run, a line each; warn of one that is not what was deployed.

    ECS may name the manifest of its platform where an index was deployed: that is no other image.
    """
    running = read_running_digests(runtime.client, evidence)
    others = []
    for service in context.target.services:
        deployed = get_digest(context.images[service.name] or "")
        digest = running.get(logical_ids.ecs_service(service), {}).get(service.name, deployed)
        if deployed and digest != deployed and digest not in list_digests(context, service):
            others.append(f"{service.name} was deployed as {deployed}, and runs {digest}")
    if others:
        runtime.output.emit(
            Notice("ECS names another digest than the one that was deployed", tuple(others))
        )
    return tuple(describe_running_digests(running))


def report_kept_images(runtime: Runtime, context: DeploymentContext, stack: Stack) -> str:
    """Return the images that stay, so that a forgotten ``--image`` is seen.

    Warns of a tag that was pushed again: to CloudFormation that is no change.
    """
    moved = find_moved_tags(context, stack, context.target.services)
    if moved:
        step = f"New tasks run it: {context.target.command('restart')}"
        what = "a tag was pushed again, which is no change to CloudFormation"
        runtime.output.emit(Notice(what, (*moved, step)))
    named = [f"{name} {format_image(image)}" for name, image in context.images.items() if image]
    return f"images: {', '.join(named)}"


def warn_of_moved_tags(context: DeploymentContext, rows: Sequence[ChangeRow]) -> Iterator[Notice]:
    """Yield a warning where a new task definition keeps a tag, and brings another image by it."""
    changed = {row.logical_id for row in rows}
    kept = [
        service
        for service in context.target.services
        if logical_ids.task_definition(service) in changed
        and context.images[service.name] == context.previous_images[service.name]
    ]
    moved = find_moved_tags(context, context.stack, kept) if context.stack and kept else ()
    if moved:
        yield Notice("a tag was pushed again, and this deployment brings another image", moved)


def find_moved_tags(
    context: DeploymentContext, stack: Stack, services: Sequence[Service]
) -> tuple[str, ...]:
    """Return each service whose image is a tag alone that stands for another digest than runs.

    Nothing is said of one of which that is not known.
    """
    loose = [one for one in services if not get_digest(context.images[one.name] or "")]
    running = read_stack_digests(context.client, stack) if loose else {}
    moved = []
    for service in loose:
        image, now = context.images[service.name] or "", context.registry.found[service.name]
        runs = running.get(logical_ids.ecs_service(service), {}).get(service.name, "")
        if not runs or not isinstance(now, str) or now in ("", runs):
            continue
        if runs not in list_digests(context, service):
            moved.append(f"{service.name}: {format_image(image)} is {now} now, and {runs} runs")
    return tuple(moved)


def read_stack_digests(client: Client, stack: Stack) -> Mapping[str, Mapping[str, str]]:
    """Return the digests that the stack's services run, as ``read_running_digests`` does."""
    try:
        resources = list_stack_resources(client, stack.id)
        arns = {one.physical_id: one.logical_id for one in resources if one.type == SERVICE}
        services = list(describe_services(client, arns))
    except (Fault, *STRANGE_ANSWER):
        return {}
    found = {arns[one.arn]: read_service_digests(client, one) for one in services}
    return dict(sorted(found.items()))


def list_digests(context: DeploymentContext, service: Service) -> tuple[str, ...]:
    """Return the digests in a service's index; none where it has none, or that is not known."""
    try:
        index = context.registry.manifests[service.name] or {}
    except (Fault, *STRANGE_ANSWER):
        return ()
    return tuple(one.get("digest", "") for one in index.get("manifests", ()))
