"""Which images run: the digests that ECS resolved, beside what was deployed or is to be.

``--images-from`` takes what runs in another environment, digest for digest, where tasks and service
revision agree and no rollout is in progress.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bidops_cfn import logical_ids
from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.ecs_services import (
    EcsService,
    describe_services,
    find_running_revision,
    read_image_digests,
)
from bidops_cfn.deploy.evidence import Evidence
from bidops_cfn.deploy.faults import (
    STRANGE_ANSWER,
    AccessDenied,
    Fault,
    Unsupported,
    describe_strange,
)
from bidops_cfn.deploy.preflight.basics import account
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import ChangeRow, Notice, Preflight, Verdict
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack, StackAction, choose_action, find_stack, list_service_arns
from bidops_cfn.deploy.target import FULL_IMAGE, Target, format_image, get_digest, get_tag
from bidops_cfn.deploy.tasks import read_running_tasks
from bidops_cfn.errors import GuardRefused
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
    """Return the digests of ``read_service_digests`` by the service's logical id."""
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
        if deployed and digest != deployed and digest not in _list_digests(context, service):
            others.append(f"{service.name} was deployed as {deployed}, and runs {digest}")
    if others:
        message = "ECS names another digest than the one that was deployed"
        runtime.output.emit(Notice(message, tuple(others)))
    return tuple(describe_running_digests(running))


def report_kept_images(runtime: Runtime, context: DeploymentContext, stack: Stack) -> str:
    """Return the images that stay, so that a forgotten ``--image`` is seen."""
    moved = _find_moved_tags(context, stack, context.target.services)
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
    moved = _find_moved_tags(context, context.stack, kept) if context.stack and kept else ()
    if moved:
        yield Notice("a tag was pushed again, and this deployment brings another image", moved)


def _find_moved_tags(
    context: DeploymentContext, stack: Stack, services: Sequence[Service]
) -> tuple[str, ...]:
    """Return each service whose image is a tag alone that stands for another digest than runs."""
    loose = [one for one in services if not get_digest(context.images[one.name] or "")]
    running = _read_stack_digests(context.client, stack) if loose else {}
    moved = []
    for service in loose:
        image, now = context.images[service.name] or "", context.registry.found[service.name]
        runs = running.get(logical_ids.ecs_service(service), {}).get(service.name, "")
        if not runs or not isinstance(now, str) or now in ("", runs):
            continue
        if runs not in _list_digests(context, service):
            moved.append(f"{service.name}: {format_image(image)} is {now} now, and {runs} runs")
    return tuple(moved)


def _read_stack_digests(client: Client, stack: Stack) -> Mapping[str, Mapping[str, str]]:
    try:
        arns = list_service_arns(client, stack.id)
        services = list(describe_services(client, arns))
    except (Fault, *STRANGE_ANSWER):
        return {}
    return {arns[one.arn]: read_service_digests(client, one) for one in services}


def _list_digests(context: DeploymentContext, service: Service) -> tuple[str, ...]:
    return tuple(one.get("digest", "") for one in context.registry.list_indexed(service))


@dataclass(frozen=True, slots=True)
class RunningImage:
    """The image that ``tasks`` tasks run: a parameter's value, its repository's URI if told."""

    value: str
    repository: str
    tasks: int


class Unclear(Exception):
    """Which image a service runs is not clear; the text says why."""


def take_running_images(runtime: Runtime, source: Target, target: Target) -> Target:
    """Return ``target`` with the images that run in ``source``, which ``runtime`` reaches."""
    name = source.environment.name
    runtime.output.status(f"Looking at what runs in {name} ...")
    try:
        stack = _require_source(runtime, source)
        services = _find_services(runtime, source, stack)
        found, unclear = {}, []
        for service in (one for one in target.services if one.name not in target.images):
            try:
                found[service.name] = _read_running_image(runtime, service, stack, services)
            except Unclear as why:
                unclear.append(f"{service.name}: {why}")
    except Fault as fault:
        raise _make_source_error(source, str(fault), hint=fault.hint) from fault
    except STRANGE_ANSWER as error:
        raise _make_source_error(source, describe_strange(error)) from error
    if unclear:
        step = f"See what runs there: {source.command('status')}"
        raise _make_source_error(source, "it is not clear what runs", unclear, step)
    verdict = Verdict.OK if all(one.tasks for one in found.values()) else Verdict.WARNING
    told = tuple(_describe(service, one) for service, one in found.items())
    runtime.output.emit(Preflight("images from", verdict, f"what runs in {name}", told))
    return replace(
        target,
        images={**{service: one.value for service, one in found.items()}, **target.images},
        sources={service: one.repository for service, one in found.items() if one.repository},
    )


def _describe(service: str, running: RunningImage) -> str:
    count = running.tasks
    where = f"run by {count} task{'s' * (count != 1)}" if count else "whose tasks may not be seen"
    tag, digest = get_tag(running.value), get_digest(running.value)
    return f"{service} {tag + ', ' if tag else ''}{where}: {digest}"


def _make_source_error(
    source: Target, why: str, details: Sequence[str] = (), hint: str = ""
) -> GuardRefused:
    what = f"the images of {source.environment.name} cannot be taken"
    return GuardRefused(what, why, details=details, hint=hint)


def _require_source(runtime: Runtime, source: Target) -> Stack:
    finding = account(runtime.client, source.environment)
    if finding.verdict is not Verdict.OK:
        whose = f"Name a profile of {source.environment.account_id} to read it with"
        step = f"{whose}: --images-profile NAME"
        raise _make_source_error(source, finding.message, finding.details, step)
    stack = find_stack(runtime.client, source.environment.stack_name)
    if stack is None:
        raise _make_source_error(source, f"there is no stack {source.environment.stack_name}")
    if choose_action(stack.status) is not StackAction.UPDATE:
        step = f"Wait for its end: {source.command('watch')}"
        raise _make_source_error(source, f"{stack.name} is in {stack.status}", hint=step)
    return stack


def _find_services(runtime: Runtime, source: Target, stack: Stack) -> Mapping[str, EcsService]:
    names = {logical_ids.ecs_service(one): one.name for one in source.services}
    listed = list_service_arns(runtime.client, stack.id).items()
    arns = {arn: names[logical_id] for arn, logical_id in listed if logical_id in names}
    return {arns[one.arn]: one for one in describe_services(runtime.client, arns)}


def _read_running_image(
    runtime: Runtime, service: Service, stack: Stack, services: Mapping[str, EcsService]
) -> RunningImage:
    running = services.get(service.name)
    if running is None or running.status != "ACTIVE":
        raise Unclear("ECS has no such active service")
    primary = running.primary
    if len(running.deployments) != 1 or primary is None or primary.rollout != "COMPLETED":
        raise Unclear("a rollout is in progress")
    try:
        tasks = list(read_running_tasks(runtime.client, running))
    except (AccessDenied, Unsupported):
        tasks = []  # which may not be looked at
    else:
        if not tasks:
            raise Unclear("no task of it runs")
    of_tasks = {task.digests.get(service.name, "") for task in tasks} - {""}
    if len(of_tasks) > 1:
        raise Unclear(f"its tasks run different images: {', '.join(sorted(of_tasks))}")
    resolved = read_service_digests(runtime.client, running).get(service.name, "")
    known = of_tasks | ({resolved} - {""})
    if len(known) > 1:
        (one,) = of_tasks
        raise Unclear(f"its tasks run {one}, and its service revision says {resolved}")
    if not known:
        raise Unclear("cannot tell which digest runs")
    (digest,) = known
    tag = get_tag(stack.parameters.get(logical_ids.image(service), ""))
    named = (FULL_IMAGE.fullmatch(task.images.get(service.name, "")) for task in tasks)
    return RunningImage(
        f":{tag}@{digest}" if tag else f"@{digest}",
        next((match["repository"] for match in named if match), ""),
        len(tasks),
    )
