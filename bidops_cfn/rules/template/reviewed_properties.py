"""E9006: every property that stands in the template is judged by some rule."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from bidops_cfn.facts.task_definitions import TASK_DEFINITION
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules import house_rules
from bidops_cfn.rules._containers import IN_CONTAINER
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule


class ReviewedProperties(HouseRule):
    """What no rule judges was not thought of.

    Each rule names the properties whose every value it judges. A property beside them may be
    harmless, but what it does was not reviewed.
    """

    id = "E9006"
    shortdesc = "Every property is one that a rule judges"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "aws-template-resource-type-ref.html"
    )
    requirements = ("template",)
    fix = (
        "Remove the property where bidops_cfn/compute/ writes it, or judge it in bidops_cfn/rules/"
    )

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Look up each property of each resource, and of each container."""
        for resource in case.reading.document.resources.values():
            if resource.type not in judged_properties():
                continue  # a type that no requirement asks for is a finding of E9004
            for name in resource.properties:
                if name not in judged_properties()[resource.type]:
                    yield Mismatch(resource.at(name), "is a property that no rule judges")
        judged = judged_properties()[TASK_DEFINITION]
        for task in case.reading.task_definitions.values():
            for container in task.containers:
                for name in container.definition:
                    if IN_CONTAINER + name not in judged:
                        path = (*container.path, name)
                        yield Mismatch(path, "is a property that no rule judges")


@cache
def judged_properties() -> dict[str, frozenset[str]]:
    """Return, by resource type, the properties that at least one rule judges."""
    judged: dict[str, frozenset[str]] = {}
    for rule in house_rules():
        for kind, name in rule.judges:
            judged[kind] = judged.get(kind, frozenset()) | {name}
    judged[TASK_DEFINITION] = judged[TASK_DEFINITION] | {"ContainerDefinitions"}
    return judged
