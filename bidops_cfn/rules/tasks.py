"""What kind of task runs, of which size, from which image, and what no task must have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, Path, Resource, descend, items, mapping, places
from bidops_cfn.facts.services import Container
from bidops_cfn.facts.template_under_review import ReadingUnderReview, TemplateUnderReview
from bidops_cfn.rules._expect import Mismatch, Where, used_once
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules._values import (
    CONTAINER,
    Given,
    Rows,
    Values,
    container_properties,
    containers,
    of_settings,
    subjects,
)
from bidops_cfn.settings.aws import ARCHITECTURES
from bidops_cfn.settings.services import Service
from bidops_cfn.spec import floors
from bidops_cfn.spec.health_commands import voided
from bidops_cfn.spec.parts import Part
from bidops_cfn.spec.secret_texts import named_like_a_secret, random_in, secret_in

PROCESSOR = Where(" or ".join(ARCHITECTURES), lambda value: value in ARCHITECTURES)


class TaskForm(Values):
    """Tasks are Fargate tasks on Linux, with one container and a network interface.

    Without a launch type cfn-lint's Fargate rules stay silent: this one does not. awsvpc gives each
    task an interface that security groups apply to. A second container would share the task's role
    and network. The family is a name that others import.
    """

    id = "E9201"
    source = "ecs/fargate-tasks-services"
    requirements = ("FR-001", "FR-006", "FR-007", "FR-008", "US2-1")
    rows: ClassVar[Rows] = {
        Part.TASK_DEFINITION: {
            "Family": Given(lambda case, service: f"bidopsai-{case.environment}-{service.name}"),
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
            "RuntimePlatform": {"CpuArchitecture": PROCESSOR, "OperatingSystemFamily": "LINUX"},
        }
    }

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        yield from super().judge(case)
        for _, task in subjects(case, Part.TASK_DEFINITION):
            found = len(items(task.get("ContainerDefinitions")))
            if found != 1:
                path = task.at("ContainerDefinitions")
                yield Mismatch(path, f"has {found} containers, must have one")


def _size(case: ReadingUnderReview, service: Service) -> tuple[int, int]:
    own = case.settings.services[service.name].size
    return floors.PRESCRIBED.get(case.environment, ((own.cpu, own.memory), ""))[0]


MEMORY = Given(lambda case, service: _size(case, service)[1], ("services.<service>.memory",))


class Size(Values):
    """Tasks have the size that their environment prescribes.

    The size of a task is its price and its limit. FR-041 to FR-043 prescribe CPU units and MiB by
    environment; in other environments their settings do. Literals, since cfn-lint checks only
    those. The container has a limit of its own, which is all of the task's memory.
    """

    id = "E9202"
    source = "ecs/fargate-tasks-services"
    requirements = ("FR-041", "FR-042", "FR-043", "US2-3")
    fix = (
        "Set cpu and memory of [services.<service>] in params/<environment>.toml to what FR-041 "
        "(dev), FR-042 (test) or FR-043 (prod) prescribes and render again"
    )
    rows: ClassVar[Rows] = {
        Part.TASK_DEFINITION: {
            "Cpu": Given(
                lambda case, service: _size(case, service)[0], ("services.<service>.cpu",)
            ),
            "Memory": MEMORY,
        },
        CONTAINER: {"Memory": MEMORY},
    }


class Architecture(Values):
    """Tasks run on the processor that settings say the image is built for.

    An image that is built for another processor ends with "exec format error". X86_64 unless
    settings say ARM64. Nothing in the template knows the image: a wrong one starts, fails and is
    rolled back.
    """

    id = "E9219"
    source = "ecs/ecs-arm64"
    rows: ClassVar[Rows] = {
        Part.TASK_DEFINITION: {"RuntimePlatform.CpuArchitecture": of_settings("architecture")}
    }


class Floors(HouseRule):
    """No health check, period, threshold or path in memory voids a requirement.

    Settings decide these values, but not that a requirement no longer holds. A health check can
    fail and asks the service itself. The grace period, the time to stop and the server errors that
    go unnoticed have bounds. A file system in memory covers a scratch folder, never the
    application, the system or credentials.
    """

    id = "E9218"
    source = "ecs-api/API_HealthCheck"
    requirements = ("FR-035", "SC-002", "SC-003", "US3-4")
    fix = "Change the value in params/<environment>.toml and render again"

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        for service, container in containers(case):
            yield from _container(service, container)
        for _, one in subjects(case, Part.SERVICE):
            yield from _at_most(one, "HealthCheckGracePeriodSeconds", floors.LONGEST_GRACE)
        for _, alarm in subjects(case, Part.ERROR_ALARM):
            yield from _at_most(alarm, "Threshold", floors.MOST_SERVER_ERRORS)


def _container(service: Service, container: Container) -> Iterator[Mismatch]:
    own, path = container.definition, container.path
    command = [symbols.show(one) for one in items(descend(own, "HealthCheck", "Command"))]
    void = voided(command, service.port, service.health_path) if command else ""
    if void:
        yield Mismatch((*path, "HealthCheck", "Command"), f"is {void}")
    stop = symbols.text(own.get("StopTimeout"))
    if stop is not None and symbols.is_number(stop) and int(stop) < floors.SHORTEST_STOP:
        yield _beyond((*path, "StopTimeout"), stop, f"at least {floors.SHORTEST_STOP}")
    for mount, here in container.each("LinuxParameters", "Tmpfs"):
        place = symbols.show(mapping(mount).get("ContainerPath"))
        if not floors.is_scratch(place):
            yield _beyond((*here, "ContainerPath"), place, floors.SCRATCH)


def _at_most(resource: Resource, name: str, most: int) -> Iterator[Mismatch]:
    written = symbols.text(resource.get(name))
    if written is not None and symbols.is_number(written) and int(written) > most:
        yield _beyond(resource.at(name), written, f"at most {most}")


def _beyond(path: Path, found: str, wanted: str) -> Mismatch:
    return Mismatch(path, f"is {found}, must be {wanted}")


class Image(HouseRule):
    """Each image comes from the service's repository, with a reference of its own.

    An image from elsewhere is code that was not reviewed, and latest never rolls out. The image is
    the repository's imported URI followed by a parameter of the service: a tag, a digest, or both.
    A literal tag would have to be rendered for every release; an unchanged reference means that
    nothing is deployed (SC-001).
    """

    id = "E9205"
    source = "ecr/ECR_on_ECS"
    requirements = ("FR-011", "FR-048", "SC-001")
    fix = (
        "In bidops_cfn/compute/task_definitions.py, join the imported repository URI and the "
        "service's image parameter"
    )
    judges = container_properties("Image")

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        users: dict[Path, str] = {}
        for service, container in containers(case):
            path = (*container.path, "Image")
            image = container.definition.get("Image")
            parts = symbols.parts_of(image)
            repository = case.contract.one(service.repository.value)
            reference = symbols.text(descend(parts, 1, symbols.REF))
            declared = case.reading.document.section("Parameters")
            if len(parts) != 2 or parts[0] != repository or reference not in declared:
                shown = symbols.show(image)
                wanted = symbols.show(repository)
                text = f"is {shown}, must be {wanted} followed by the image parameter"
                yield Mismatch(path, text)
            else:
                users[path] = str(reference)
        yield from used_once(users)


DYNAMIC = re.compile(r"\{\{\s*resolve", re.IGNORECASE)


class PlainSecrets(HouseRule):
    """No variable and no value is a secret in plain text.

    A template is committed, printed and sent around: nothing in it is secret. A variable whose name
    says secret, password, token or key belongs in Secrets. Keys, tokens, webhooks and passwords in
    URLs are found by their format wherever they stand: in variables, tags, commands and
    descriptions, also joined from pieces. A value or a tag as random as a key is found without one.
    A dynamic reference ({{resolve:...}}) is found as well: in a name or a description it writes the
    secret where every reader of the template has it.
    """

    id = "E9208"
    source = "ecs/security-secrets-management"
    requirements = ("FR-014", "SC-006", "US5-1")
    fix = (
        "Keep the value in SecurityStack and mount it by [services.<service>.secrets] of "
        "params/<environment>.toml"
    )

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        yield from _exposed(case.reading.document)
        for task in case.reading.task_definitions.values():
            for container in task.containers:
                for raw, path in container.each("Environment"):
                    name = symbols.show(mapping(raw).get("Name"))
                    if named_like_a_secret(name):
                        yield Mismatch(path, f"has {name}, which looks like a secret")
                    yield from _random(raw, path)
        for resource in case.reading.document.resources.values():
            for tag, path in resource.each("Tags"):
                yield from _random(tag, path)

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        if judged.facts.readings:
            yield from _exposed(Document(judged.template))


def _exposed(document: Document) -> Iterator[Mismatch]:
    for here, part in document.parts():
        for path, text in document.once(_exposed_in, part):
            yield Mismatch((*here, *path), text)


def _exposed_in(part: object) -> list[tuple[Path, str]]:
    return [(path, text) for path, node in places(part, _told) for text in _told(node)]


def _told(node: object) -> list[str]:
    """Return what a text holds that must not be there; nothing of all else."""
    if not isinstance(node, str):
        return []
    found = [f"holds {what}"] if (what := secret_in(node)) else []
    if DYNAMIC.search(node):
        found.append("holds a reference that is read when it is deployed")
    return found


def _random(named: object, path: Path) -> Iterator[Mismatch]:
    random = random_in(symbols.show_texts(mapping(named).get("Value")))
    if random:
        yield Mismatch((*path, "Value"), f"holds {random}")
