"""Whether the secrets that a service's tasks have read are still the newest.

A container gets its secrets when its task starts, and no later: what was changed since then is read
by new tasks alone. Values are never asked for, only when they were changed.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, paginate
from bidops_cfn.deploy.ecs_services import EcsService
from bidops_cfn.deploy.faults import STRANGE_ANSWER, UNANSWERED, Fault, describe_strange
from bidops_cfn.deploy.state_records import SecretStatus, ServiceStatus, StatusLine
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.tasks import RunningTask, read_running_tasks

# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
NAMES_PER_CALL = 50
PARTS_OF_SECRET = 7  # of its ARN; a key, a stage and a version may follow
VERSION = 9  # the part that names one


@dataclass(frozen=True, slots=True)
class Change:
    """When a secret was changed; where its ``value`` may be the same, that is not ``sure``."""

    moment: datetime | None
    sure: bool = True
    unknown: str = ""


def read_mounted_secrets(client: Client, service: EcsService) -> Iterator[SecretStatus]:
    """Yield each secret that the service's task definition mounts, in the order of the names.

    Raises what is wrong with the credentials; what else goes wrong leaves verdicts open.
    """
    try:
        yield from list(_compare_secrets(client, service))
    except UNANSWERED as fault:
        yield SecretStatus("the secrets", "cannot tell", problem=str(fault))
    except STRANGE_ANSWER as error:
        yield SecretStatus("the secrets", "cannot tell", problem=describe_strange(error))


def _compare_secrets(client: Client, service: EcsService) -> Iterator[SecretStatus]:
    primary = service.primary
    if primary is None or not primary.task_definition:
        return
    sources = sorted(_list_sources(client, primary.task_definition))
    changes = _read_changes(client, sources)
    tasks: list[RunningTask] | Fault | None = None
    begun = [one.created for one in service.deployments]  # no task is older than its deployment
    for source in sources:
        change = changes[source]
        moment = change.moment
        if moment is None:
            yield SecretStatus(source, "cannot tell", problem=change.unknown)
        elif all(created is not None and moment < created for created in begun):
            yield SecretStatus(source, "read", moment)
        else:
            tasks = _list_tasks(client, service) if tasks is None else tasks
            yield _judge(source, change, tasks)


def _list_tasks(client: Client, service: EcsService) -> list[RunningTask] | Fault:
    try:
        return list(read_running_tasks(client, service))
    except UNANSWERED as fault:
        return fault


def _judge(source: str, change: Change, tasks: list[RunningTask] | Fault) -> SecretStatus:
    moment = change.moment
    if isinstance(tasks, Fault) or moment is None:
        return SecretStatus(source, "cannot tell", moment, problem=str(tasks))
    if any(one.created is None or one.started is None for one in tasks):
        why = "ECS does not say when a task was started"
        return SecretStatus(source, "cannot tell", moment, problem=why)
    before = [one for one in tasks if one.started is not None and one.started < moment]
    near = [one for one in tasks if one.created is not None and one.created < moment]
    if before:
        verdict = "newer" if change.sure else "may be newer"
        return SecretStatus(source, verdict, moment, len(before))
    return SecretStatus(source, "may be newer" if near else "read", moment, len(near))


def _list_sources(client: Client, task_definition: str) -> set[str]:
    answer = client(Call.DESCRIBE_TASK_DEFINITION, taskDefinition=task_definition)
    found = set()
    for container in answer["taskDefinition"].get("containerDefinitions", ()):
        logging = container.get("logConfiguration", {}).get("secretOptions", ())
        for one in (*container.get("secrets", ()), *logging):
            parts = str(one["valueFrom"]).split(":")
            if ":secretsmanager:" not in one["valueFrom"]:
                found.add(str(one["valueFrom"]))
            elif not any(parts[VERSION:]):
                found.add(":".join(parts[:PARTS_OF_SECRET]))
    return found


def _read_changes(client: Client, sources: list[str]) -> Mapping[str, Change]:
    managed = {one for one in sources if ":secretsmanager:" in one}
    names = {one: _get_name(one) for one in sources if one not in managed}
    found = describe_parameters(client, sorted(set(names.values())))
    dates = {name: one.get("LastModifiedDate") for name, one in found.items()}
    missing = Change(None, unknown="Systems Manager has no such parameter in this account")
    return {
        **{one: _read_secret_change(client, one) for one in managed},
        **{one: Change(dates[name]) if dates.get(name) else missing for one, name in names.items()},
    }


def _get_name(source: str) -> str:
    return source.partition(":parameter/")[2].lstrip("/") or source.removeprefix("/")


def describe_parameters(client: Client, paths: Sequence[str]) -> dict[str, Json]:
    """Return Systems Manager's parameters by what follows ``parameter/`` in their ARNs."""
    # A name without any slash has the same ARN as with one in front.
    forms = [f"/{path}" for path in paths] + [path for path in paths if "/" not in path]
    found: dict[str, Json] = {}
    for start in range(0, len(forms), NAMES_PER_CALL):
        names = forms[start : start + NAMES_PER_CALL]
        filters = [{"Key": "Name", "Option": "Equals", "Values": names}]
        pages = paginate(client, Call.DESCRIBE_PARAMETERS, "Parameters", ParameterFilters=filters)
        found.update((one["Name"].removeprefix("/"), one) for one in pages)
    return found


def _read_secret_change(client: Client, arn: str) -> Change:
    """Return when a secret was changed: rotated for sure, or in some way, which may be a tag."""
    try:
        described = client(Call.DESCRIBE_SECRET, SecretId=arn)
    except UNANSWERED as fault:
        return Change(None, unknown=str(fault))
    changed, rotated = described.get("LastChangedDate"), described.get("LastRotatedDate")
    if changed is None and rotated is None:
        return Change(None, unknown="Secrets Manager does not say when it was changed")
    sure = rotated is not None and (changed is None or rotated >= changed)
    return Change(rotated if sure else changed, sure)


def describe_secrets(target: Target, service: ServiceStatus) -> Iterator[StatusLine]:
    """Yield the secrets that are newer than tasks which have read them, or may be."""
    step = f"Let new tasks read it: {target.command('restart', '--service', service.service)}"
    for one in service.secrets:
        what = f"{one.source} of {service.service}"
        if one.verdict == "cannot tell":
            why = f"cannot tell whether its tasks have the newest: {one.problem}"
            yield StatusLine(f"{what}: {why}")
        elif one.verdict != "read" and one.changed:
            moment = one.changed.astimezone(UTC)
            after = f"{moment:%Y-%m-%d %H:%M:%S} UTC, after {one.tasks} of its tasks had begun"
            sure = one.verdict == "newer"
            how = "was changed" if sure else "may have another value: it was changed"
            yield StatusLine(f"{what} {how} {after}", sure, step)
