"""E9008: what may change without a review."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import descend, mapping
from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, mismatches
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.settings.services import MAX_TASKS, MIN_TASKS, SERVICES, Service
from bidops_cfn.spec.parts import Part

# A tag other than latest, a digest, or both, as they follow the repository's URI.
IMAGE_PATTERN = (
    r"^(:(?!latest$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$"
)
IMAGE = {
    "Type": "String",
    "AllowedPattern": IMAGE_PATTERN,
    "Description": Maybe(SOME_TEXT),
    "ConstraintDescription": Maybe(SOME_TEXT),
}
DESIRED_COUNT = {
    "Type": "Number",
    "Default": MIN_TASKS,
    "MinValue": 0,
    "MaxValue": MAX_TASKS,
    "Description": Maybe(SOME_TEXT),
    "ConstraintDescription": Maybe(SOME_TEXT),
}


class Parameters(HouseRule):
    """A parameter is a hole in the review: there is one for each image and each count.

    Parameters are chosen when a stack is deployed, without a review. An image has no default and no
    latest, since an unchanged reference rolls nothing out (SC-001); a desired count is 2 by default
    and at most 10. They are chosen by name: one that begins with a service's name belongs to that
    service.
    """

    id = "E9008"
    shortdesc = "Parameters are the image and the desired count of each service, and no other"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "parameters-section-structure.html"
    )
    requirements = ("FR-011", "FR-019", "FR-020", "FR-037", "SC-001")
    fix = (
        "In bidops_cfn/compute/parameters.py, bake the value into the template, or give the "
        "parameter its reviewed form"
    )

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        """Compare each parameter with the form of what it is used for."""
        used = list(_used(judged))
        expected = {name: form for _, name, form in used}
        declared = mapping(judged.template.get("Parameters"))
        for name, parameter in declared.items():
            path = ("Parameters", str(name))
            if name in expected:
                yield from mismatches(symbols.canonical(parameter), expected[name], path)
            else:
                yield Mismatch(path, "is neither a service's image nor its desired count")
        for name in expected.keys() - declared.keys():
            known = mapping(judged.template.get("Resources"))
            if name not in known and not name.startswith("AWS::"):
                yield Mismatch(("Parameters", name), "is used and not declared")
        for service, name, _ in used:
            other = _named_after(name)
            if other and other != service:
                text = f"decides about {service.name} and is named after {other.name}"
                yield Mismatch(("Parameters", name), text)


def _named_after(name: str) -> Service | None:
    """Return the service that a parameter's name begins with; None for a name of another kind."""
    titles = sorted(SERVICES, key=lambda service: -len(service.title))
    return next((service for service in titles if name.startswith(service.title)), None)


def _used(judged: TemplateUnderReview) -> Iterator[tuple[Service, str, Mapping[str, object]]]:
    """Yield the parameters that images and counts are made of, with service and form."""
    for case in judged.readings:
        for service in case.services:
            task = case.one(service, Part.TASK_DEFINITION)
            image = task.get("ContainerDefinitions", 0, "Image") if task else None
            for part in symbols.parts_of(image):
                name = descend(part, symbols.REF)
                if isinstance(name, str):
                    yield service, name, IMAGE
            resource = case.one(service, Part.SERVICE)
            count = descend(resource.get("DesiredCount") if resource else None, symbols.REF)
            if isinstance(count, str):
                yield service, count, DESIRED_COUNT
