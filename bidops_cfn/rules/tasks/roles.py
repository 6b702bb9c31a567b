"""E9203: which role does what."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Resource
from bidops_cfn.facts.roles import role_of
from bidops_cfn.facts.task_definitions import TASK_DEFINITION
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules.iam._allow_list import KINDS, distance
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part

PROPERTIES = {Part.EXECUTION_ROLE: "ExecutionRoleArn", Part.TASK_ROLE: "TaskRoleArn"}


class TaskRoles(HouseRule):
    """Swapped roles give the code of a task what only ECS may have, or another service's rights.

    ECS starts tasks with the execution role; the code inside gets the task role. Both are in the
    template, differ, and belong to no other service. A role whose permissions fit another place
    better than the one it is used in was swapped.
    """

    id = "E9203"
    shortdesc = "Each task definition names its own execution role and its own task role"
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html"
    requirements = ("FR-009", "FR-016", "FR-017", "SC-006", "US2-2", "US5-4")
    fix = (
        "In bidops_cfn/compute/task_definitions.py, refer to the ARN of the service's own role "
        "with Fn::GetAtt"
    )
    judges = properties(TASK_DEFINITION, *PROPERTIES.values())
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Look at both references of each task definition."""
        for service in case.services:
            for task in case.parts.all(service.name, Part.TASK_DEFINITION):
                for part, name in PROPERTIES.items():
                    yield from self._reference(case, service, task, part, name)

    def _reference(
        self, case: ReadingUnderReview, service: Service, task: Resource, part: Part, name: str
    ) -> Iterator[Mismatch]:
        value = task.get(name)
        path = task.at(name)
        role = role_of(case.reading.document, value)
        if role is None or not symbols.same(value, {symbols.GETATT: [role, "Arn"]}):
            text = symbols.show(value) if value is not None else "missing"
            yield Mismatch(path, f"is {text}, must be the ARN of the service's {part}")
            return
        others = [slot for slot in case.parts.slots_of(role) if slot != (service.name, part)]
        for other_service, other_part in others:
            yield Mismatch(path, f"names {role}, which is also the {other_part} of {other_service}")
        away = {
            (kind, other.name): distance(case, case.reading.roles[role], other, kind)
            for other in case.services
            for kind in KINDS
        }
        nearest = min(away, key=lambda one: (away[one], one != (part, service.name)))
        if nearest != (part, service.name):
            kind, name = nearest
            those = "those" if away[nearest] == 0 else "nearest to those"
            yield Mismatch(
                path, f"names {role}, whose permissions are {those} of the {kind} of {name}"
            )
