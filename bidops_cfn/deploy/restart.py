"""``restart``: new tasks with the same task definitions, followed until they run, or do not.

A secret is read when a task starts, so a rotated one takes new tasks. The stack stays as it is.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.ecs_services import (
    EcsDeployment,
    EcsService,
    describe_services,
    parse_service,
)
from bidops_cfn.deploy.evidence import Evidence, ServiceEvidence, describe_evidence
from bidops_cfn.deploy.faults import Fault, Unavailable
from bidops_cfn.deploy.guards import require_action, require_answer
from bidops_cfn.deploy.records import Notice, Result
from bidops_cfn.deploy.running_images import describe_running_digests, read_running_digests
from bidops_cfn.deploy.runtime import OutputClosed, Runtime, Trouble
from bidops_cfn.deploy.stack import Stack, StackAction, list_service_arns, require_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.verdict import choose_restoring_step
from bidops_cfn.errors import CannotTell, CheckFailed, GuardRefused, StackBusy, StillRunning

POLL_SECONDS = 5.0


@dataclass(slots=True)
class Restart:
    """The services that are restarted, and the deployments that have begun to do it, by ARN."""

    target: Target
    stack: Stack
    names: Mapping[str, str]
    evidence: Evidence
    begun: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @property
    def whose(self) -> str:
        """The services by name, as they are told."""
        return ", ".join(sorted(self.names.values()))

    @property
    def details(self) -> list[str]:
        """What was seen, and what was not restarted."""
        return [*describe_evidence(self.evidence), *self.refused]


def restart(runtime: Runtime, target: Target, wanted: str, minutes: float, *, yes: bool) -> Result:
    """Restart the service ``wanted``, or all of them where it is empty; return when they run."""
    otherwise = "nothing was restarted"
    agree = require_answer(runtime, target.environment, yes=yes, otherwise=otherwise)
    stack = require_stack(runtime, target)
    require_action(target, stack, StackAction.UPDATE, "cannot be restarted")
    logical = _find_services(runtime, target, stack, wanted)
    services = list(describe_services(runtime.client, logical))
    names = {arn: name for arn, (_, name) in logical.items()}
    require_steady(target, names, services)
    evidence = Evidence(baseline={one.id for each in services for one in each.deployments})
    running = Restart(target, stack, names, evidence)
    agree(f"Restart {running.whose} of {stack.name}: new tasks with the same task definitions")
    for service in services:
        evidence.services[service.arn] = ServiceEvidence(logical[service.arn][0], last=service)
    before = read_running_digests(runtime.client, evidence)
    try:
        _begin(runtime, running, services)
        _follow(runtime, running, minutes)
        return _conclude(runtime, running, before)
    except (KeyboardInterrupt, OutputClosed) as end:
        if running.begun and all(_judge(running, arn) for arn in running.begun):
            what, why = f"cannot tell how the restart of {running.whose} ended", str(end)
            why = f"{why or 'interrupted'}; no service is being restarted any more"
            raise CannotTell(what, why, details=running.details, hint=target.look) from None
        raise _make_left_error(running, str(end) or "interrupted while it goes on") from None


def _find_services(
    runtime: Runtime, target: Target, stack: Stack, wanted: str
) -> dict[str, tuple[str, str]]:
    names = {logical_ids.ecs_service(one): one.name for one in target.services}
    found = {
        arn: (logical_id, name)
        for arn, logical_id in list_service_arns(runtime.client, stack.id).items()
        if wanted in ("", name := names.get(logical_id, logical_id))
    }
    if not found:
        why = f"{stack.name} has no service" + (f" {wanted}" if wanted else "")
        step = f"See what stands there: {target.command('status')}"
        raise GuardRefused("there is nothing to restart", why, hint=step)
    return found


def require_steady(target: Target, names: Mapping[str, str], services: list[EcsService]) -> None:
    """Raise where a service is gone, or has a rollout in progress."""
    there = {one.arn for one in services if one.status == "ACTIVE"}
    gone = sorted(name for arn, name in names.items() if arn not in there)
    if gone:
        why = "ECS has no such active service; nothing was restarted"
        step = choose_restoring_step(target)
        raise CheckFailed(f"{', '.join(gone)} cannot be restarted", why, hint=step)
    busy = sorted(
        names[one.arn]
        for one in services
        if one.primary is not None and one.primary.rollout == "IN_PROGRESS"
    )
    if busy:
        why = "a rollout is in progress; nothing was restarted"
        step = f"See how far it is: {target.command('status', '--watch')}"
        raise StackBusy(f"{', '.join(busy)} cannot be restarted", why, hint=step)


def _begin(runtime: Runtime, running: Restart, services: list[EcsService]) -> None:
    for service in services:
        try:
            deployment = _force_deployment(runtime, running, service)
        except KeyboardInterrupt:
            raise _make_unknown_error(running, service, "interrupted") from None
        except Fault as fault:
            name = running.names[service.arn]
            if not running.begun:
                what, why = f"{name} cannot be restarted", f"{fault}; nothing was restarted"
                step = fault.before(f"Run it again: {running.target.command('restart')}")
                raise GuardRefused(what, why, hint=step) from fault
            running.refused.append(f"{name} was not restarted: {fault}")
            return
        running.begun[service.arn] = deployment.id
        running.evidence.active.add(service.arn)
        since, created = running.evidence.since, deployment.created
        if created is not None and (since is None or created < since):
            running.evidence.since = created


def _force_deployment(runtime: Runtime, running: Restart, service: EcsService) -> EcsDeployment:
    """Return the service's new deployment."""
    about = {"cluster": service.cluster, "service": service.name}
    lost: Unavailable | None = None
    found: EcsService | None
    try:
        answer = runtime.client(Call.UPDATE_SERVICE, **about, forceNewDeployment=True)
        found = parse_service(answer["service"], service.cluster)
    except Unavailable as fault:
        lost = fault
        try:
            found = next(describe_services(runtime.client, [service.arn]), None)
        except Fault as unknown:
            raise _make_unknown_error(running, service, str(lost)) from unknown
    new = found.primary if found else None
    if new is not None and new.id not in {one.id for one in service.deployments}:
        return new
    if lost is not None:
        raise lost
    raise _make_unknown_error(running, service, "ECS names no new deployment")


def _make_unknown_error(running: Restart, service: EcsService, why: str) -> CannotTell:
    what = f"cannot tell whether {running.names[service.arn]} is being restarted"
    begun = [f"{running.names[arn]} is being restarted" for arn in running.begun]
    return CannotTell(what, why, details=begun, hint=running.target.look)


def _follow(runtime: Runtime, running: Restart, minutes: float) -> None:
    deadline = runtime.clock.monotonic() + minutes * 60
    trouble = Trouble(runtime.output, "the services cannot be read now")
    while True:
        try:
            with trouble.told_once():
                for progress in running.evidence.read_progress(runtime.client):
                    runtime.output.emit(progress)
        except Fault as fault:
            what, step = "cannot tell how the restart goes on", fault.before(running.target.look)
            raise CannotTell(what, str(fault), details=running.refused, hint=step) from fault
        if trouble.fault is None and all(_judge(running, arn) for arn in running.begun):
            return
        if runtime.clock.monotonic() >= deadline:
            raise _make_left_error(running, f"it took longer than {minutes:g} minutes")
        runtime.output.status("Waiting for ECS to start the new tasks ...")
        runtime.clock.sleep(POLL_SECONDS)


def _judge(running: Restart, arn: str) -> str:
    """Return how the restart of a service ended: done, failed, overtaken; empty before its end."""
    known = running.evidence.services[arn]
    service, ours = known.last, running.begun[arn]
    if service is None:
        return ""
    own = next((one for one in service.deployments if one.id == ours), None)
    rolled_back = known.deployment is not None and known.deployment.status.startswith("ROLLBACK")
    if rolled_back or (own is not None and own.rollout == "FAILED"):
        return "failed"
    if own is None or own.status != "PRIMARY":
        return "overtaken"
    done = own.rollout == "COMPLETED" and service.running >= service.desired
    return "done" if done else ""


def _make_left_error(running: Restart, why: str) -> StillRunning:
    step = f"See how far it is: {running.target.command('status', '--watch')}"
    what = f"the restart of {running.whose} goes on"
    return StillRunning(what, why, details=running.details, hint=step)


def _conclude(
    runtime: Runtime, running: Restart, before: Mapping[str, Mapping[str, str]]
) -> Result:
    target, ends = running.target, {arn: _judge(running, arn) for arn in running.begun}
    failed, overtaken = (
        ", ".join(sorted(running.names[arn] for arn, end in ends.items() if end == wanted))
        for wanted in ("failed", "overtaken")
    )
    details = running.details
    if failed:
        what, why = f"the restart of {failed} failed", "ECS went back to the tasks before"
        step = f"See what its tasks wrote: {target.command('logs')}"
        raise CheckFailed(what, why, details=details, hint=step)
    if overtaken:
        what = f"cannot tell how the restart of {overtaken} ended"
        why = "another deployment of it has begun since"
        raise CannotTell(what, why, details=details, hint=target.look)
    if running.refused:
        why, *others = running.refused
        step = f"Run it again for the rest: {target.command('restart')}"
        raise CheckFailed("not every service was restarted", why, details=others, hint=step)
    now = read_running_digests(runtime.client, running.evidence)
    moved = sorted(
        f"{service}: {container} is {digest}"
        for service, digests in now.items()
        for container, digest in digests.items()
        if before.get(service, {}).get(container, digest) != digest
    )
    if moved:
        message = "the tag of an image has moved: another image runs"
        runtime.output.emit(Notice(message, tuple(moved)))
    summary, told = f"{running.whose} of {running.stack.name}", describe_running_digests(now)
    return target.succeed("restarted", summary, running.stack.id, details=tuple(told))
