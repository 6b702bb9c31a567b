"""Which resources there are, and what each waits for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Resource, items
from bidops_cfn.facts.exposures import EVENT_RULE
from bidops_cfn.facts.flows import GROUP, STANDALONE, group_symbol
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.facts.template_under_review import ReadingUnderReview, Slot
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules._values import subjects
from bidops_cfn.rules.flows import own_group
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import PARTS, STACK, Part, parts_of


class Parts(HouseRule):
    """Every resource is one that the specification asks for, and none is missing.

    Resources are told apart by what they refer to, not by their ids. One that nothing of the stack
    uses, a second one for the same purpose and one in two roles are found; so is one under a
    logical id that begins with another service's name, which would mislead at night.
    """

    id = "E9004"
    source = "cfn/resources-section-structure"
    requirements = (
        "FR-001", "FR-006", "FR-007", "FR-019", "FR-020", "FR-021", "FR-022", "FR-025", "FR-026",
        "FR-037", "FR-044", "FR-045", "FR-046", "US1-1", "US2-1", "US3-1",
    )  # fmt: skip
    fix = (
        "In bidops_cfn/compute/, add what is missing and remove what no requirement asks for, or "
        "have it specified and reviewed"
    )

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        expected = [("", part) for part in STACK]
        for service in case.services:
            expected += [(service.name, part) for part in parts_of(service)]
        for name, part in expected:
            yield from _played_once(case, name, part)
        for logical_id, resource in case.reading.document.resources.items():
            slots = case.parts.slots_of(logical_id)
            if len(slots) > 1:
                shown = " and ".join(sorted(f"{part} of {name}" for name, part in slots))
                yield Mismatch(resource.path, f"is {shown} at once")
            yield from _misnamed(case, resource, slots)
            # What EventBridge tells is judged where settings ask for it (E9806).
            known = case.known_settings
            topic = known.alarms.events_topic_arn if known else None
            told = resource.type == EVENT_RULE and topic is not None
            if not slots and not told and resource.type not in STANDALONE:
                kind = resource.type or "of no type"
                yield Mismatch(resource.path, f"({kind}) has no part in the specified stack")


def _misnamed(
    case: ReadingUnderReview, resource: Resource, slots: Sequence[Slot]
) -> Iterator[Mismatch]:
    """Yield what plays a part of one service under a logical id that begins with another's name.

    Such an id is what people see in events, alarms and the console.
    """
    titles = {service.title: service.name for service in case.services}
    named = max((one for one in titles if resource.logical_id.startswith(one)), key=len, default="")
    for name, part in slots:
        if named and name and titles[named] != name:
            yield Mismatch(resource.path, f"is the {part} of {name}, by its id of {titles[named]}")


def _played_once(case: ReadingUnderReview, name: str, part: Part) -> Iterator[Mismatch]:
    found = case.parts.all(name, part)
    whose = f" of {name}" if name else ""
    if not found:
        home = case.parts.one(name, Part.SERVICE) or case.parts.one(name, Part.TASK_DEFINITION)
        path = home.path if home else ("Resources",)
        titles = {service.name: service.title for service in case.services}
        usual = titles.get(name, "") + PARTS[part].noun  # no part of the verdict
        yield Mismatch(path, f"lacks the {part}{whose}, usually {usual}", about=usual)
    for resource in found if len(found) > 1 else ():
        yield Mismatch(resource.path, f"is one of {len(found)} for the {part}{whose}")


class Dependencies(HouseRule):
    """Services wait for capacity, their listener and network rules, and for no service.

    CloudFormation orders by reference; these have none. Without the association the strategy is
    refused; without the listener rule the target group has no load balancer and the service fails;
    without the rules of its flows the first tasks cannot pull their image and the circuit breaker
    trips. A service that waits for another one cannot start, or be updated, before that one is
    stable.
    """

    id = "E9604"
    source = "cfn/aws-attribute-dependson"
    requirements = ("FR-004", "FR-021", "FR-028")
    fix = (
        "In bidops_cfn/compute/services.py, name what it has to wait for in DependsOn of the "
        "service, and no other service"
    )

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        for service, resource in subjects(case, Part.SERVICE):
            found = [*map(symbols.show, items(resource.attributes.get("DependsOn")))]
            path = (*resource.path, "DependsOn")
            needed = set(_needed(case, service))
            yield from (Mismatch(path, f"lacks {one}") for one in sorted(needed - {*found}))
            for index, one in enumerate(found):
                if case.reading.document.find(one, SERVICE):
                    yield Mismatch((*path, index), f"is {one}, another service")


def _needed(case: ReadingUnderReview, service: Service) -> Iterator[str]:
    before = case.parts.all(service.name, Part.LISTENER_RULE), case.parts.all("", Part.CAPACITY)
    yield from (one.logical_id for resources in before for one in resources)
    document = case.reading.document
    own = own_group(case, service)
    for rule in document.of_type(*STANDALONE):
        group = group_symbol(document, rule.get("GroupId"))
        peers = [
            group_symbol(document, rule.get(name))
            for name in ("SourceSecurityGroupId", "DestinationSecurityGroupId")
        ]
        # Rules between our groups, and the other side of a flow on another stack's group. A rule
        # on the own group for an outside peer is the same inline and standalone.
        ours = [one for one in (group, *peers) if document.find(symbols.referenced(one), GROUP)]
        if (group == own and len(ours) > 1) or (ours == [own] and group != own):
            yield rule.logical_id
