"""E9218: no value voids a requirement that the rest of the template meets."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Resource, descend, items, mapping
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.task_definitions import Container
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._containers import containers
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.settings.services import Service
from bidops_cfn.spec import floors
from bidops_cfn.spec.health_commands import voided
from bidops_cfn.spec.parts import Part


class Floors(HouseRule):
    """Settings decide these values, but not that a requirement no longer holds.

    A health check can fail and asks the service itself. The grace period, the time to stop and the
    server errors that go unnoticed have bounds. A file system in memory covers a scratch folder,
    never the application, the system or credentials.
    """

    id = "E9218"
    shortdesc = "No health check, period, threshold or path in memory voids a requirement"
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html"
    requirements = ("FR-035", "SC-002", "SC-003", "US3-4")
    fix = "Change the value in params/<environment>.toml and render again"

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Look at the values of each service, whatever settings say."""
        for service, container in containers(case):
            yield from _container(service, container)
        for service in case.services:
            for one in case.parts.all(service.name, Part.SERVICE):
                yield from _at_most(one, "HealthCheckGracePeriodSeconds", floors.LONGEST_GRACE)
            for alarm in case.parts.all(service.name, Part.ERROR_ALARM):
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
    for index, mount in enumerate(items(descend(own, "LinuxParameters", "Tmpfs"))):
        place = symbols.show(mapping(mount).get("ContainerPath"))
        if not floors.is_scratch(place):
            where = (*path, "LinuxParameters", "Tmpfs", index, "ContainerPath")
            yield _beyond(where, place, floors.SCRATCH)


def _at_most(resource: Resource, name: str, most: int) -> Iterator[Mismatch]:
    written = symbols.text(resource.get(name))
    if written is not None and symbols.is_number(written) and int(written) > most:
        yield _beyond(resource.at(name), written, f"at most {most}")


def _beyond(path: Path, found: str, wanted: str) -> Mismatch:
    return Mismatch(path, f"is {found}, must be {wanted}")
