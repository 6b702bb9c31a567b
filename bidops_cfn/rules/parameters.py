"""What may change without a review: parameters, and the conditions that they decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path, descend, mapping, walk
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, mismatches, used_once
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules._values import subjects
from bidops_cfn.settings.services import MAX_TASKS, MIN_TASKS, SERVICES, Service
from bidops_cfn.spec.parts import Part

# A tag other than latest, a digest, or both, as they follow the repository's URI.
IMAGE_PATTERN = (
    r"^(:(?!latest$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$"
)
TEXTS = dict.fromkeys(("Description", "ConstraintDescription"), Maybe(SOME_TEXT))
IMAGE = {"Type": "String", "AllowedPattern": IMAGE_PATTERN, **TEXTS}
DESIRED_COUNT = {
    "Type": "Number", "Default": MIN_TASKS, "MinValue": 0, "MaxValue": MAX_TASKS, **TEXTS
}  # fmt: skip


class Parameters(HouseRule):
    """Parameters are the image and the desired count of each service, and no other.

    A parameter is a hole in the review: there is one for each image and each count. Parameters are
    chosen when a stack is deployed, without a review. An image has no default and no latest, since
    an unchanged reference rolls nothing out (SC-001); a desired count is 2 by default and at most
    10. They are chosen by name: one that begins with a service's name belongs to that service.
    """

    id = "E9008"
    source = "cfn/parameters-section-structure"
    requirements = ("FR-011", "FR-019", "FR-020", "FR-037", "SC-001")
    fix = (
        "In bidops_cfn/compute/template.py, bake the value into the template, or give the "
        "parameter its reviewed form"
    )

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
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


class Branches(HouseRule):
    """Only desired counts depend on a condition.

    A branch hides from a reader what will be deployed. The values of an environment are baked into
    its template, so that the reviewer sees what is deployed. The only condition is whether a
    service's desired count is given: Fn::Not of Fn::Equals of the parameter and 0.
    """

    id = "E9007"
    source = "cfn/intrinsic-function-reference-conditions"
    requirements = ("template", "FR-019", "FR-020")
    fix = (
        "In bidops_cfn/compute/, write the value; what differs by environment is a setting in "
        "params/<environment>.toml"
    )

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        if judged.facts.incomplete:
            yield Mismatch((), f"cannot be judged: {judged.facts.incomplete}")
        if judged.facts.readings:
            wanted = dict(_desired_counts(judged.template))
            yield from _unwanted_branches(judged.template, wanted)
            yield from _unwanted_conditions(judged.template, wanted)


NOTHING = {symbols.REF: symbols.NO_VALUE}
Wanted = Mapping[Path, object]


def _unwanted_branches(template: Mapping[str, object], wanted: Wanted) -> Iterator[Mismatch]:
    for section in template:
        if section not in ("Metadata", "Conditions"):
            for path, node in walk(template[section], (str(section),)):
                if isinstance(node, dict) and symbols.IF in node and path not in wanted:
                    yield Mismatch(path, "depends on a condition")
    for section in ("Resources", "Outputs"):
        for name, declared in mapping(template.get(section)).items():
            if "Condition" in mapping(declared):
                yield Mismatch((section, str(name), "Condition"), "depends on a condition")


def _unwanted_conditions(template: Mapping[str, object], wanted: Wanted) -> Iterator[Mismatch]:
    for path in wanted:
        name = symbols.text(descend(template, *path, symbols.IF, 0))
        if name not in mapping(template.get("Conditions")):
            yield Mismatch(path, "depends on a condition that is not defined")
    for name, definition in mapping(template.get("Conditions")).items():
        used = [path for path in wanted if descend(template, *path, symbols.IF, 0) == name]
        for path in used:
            if not _is_given(definition, wanted[path]):
                text = "decides something else than whether the desired count is given"
                yield Mismatch(("Conditions", str(name)), text)
                yield Mismatch(path, f"depends on {name}, which decides something else")
        if not used:
            yield Mismatch(("Conditions", str(name)), "is a condition that no requirement asks for")


def _desired_counts(template: Mapping[str, object]) -> Iterator[tuple[Path, object]]:
    """Yield where a service's desired count may branch, and what it is when it is given."""
    for logical_id, raw in mapping(template.get("Resources")).items():
        count = symbols.canonical(descend(raw, "Properties", "DesiredCount", symbols.IF))
        given = descend(count, 1)
        if mapping(raw).get("Type") == SERVICE and descend(count, 2) == NOTHING and given:
            yield ("Resources", str(logical_id), "Properties", "DesiredCount"), given


def _is_given(definition: object, count: object) -> bool:
    """Tell whether a condition is that ``count`` is not 0; sides of a comparison have no order."""
    sides = descend(definition, "Fn::Not", 0, "Fn::Equals")
    wanted = {symbols.key(symbols.canonical(count)), symbols.key("0")}
    return (
        isinstance(sides, (list, tuple))
        and len(sides) == 2
        and not any(isinstance(side, float) for side in sides)  # as texts, 0.0 is not 0
        and {symbols.key(symbols.canonical(side)) for side in sides} == wanted
        and symbols.same(definition, {"Fn::Not": [{"Fn::Equals": sides}]})
    )


class DesiredCount(HouseRule):
    """Desired counts are parameters, and 0 leaves the running count alone.

    A literal 2 scales a busy service in at every update. Fn::If of the count's condition, the
    count's parameter, and AWS::NoValue. Without the property a new service has one task; with a
    literal every update resets what scaling did. A service's parameter is its own.
    """

    id = "E9603"
    source = "ecs/service-auto-scaling"
    requirements = ("FR-019", "FR-020", "FR-037", "US3-3")
    fix = (
        "In bidops_cfn/compute/services.py, use Fn::If with the desired count's condition and "
        "parameter, else AWS::NoValue"
    )
    judges = properties(SERVICE, "DesiredCount")

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        users: dict[Path, str] = {}
        found = [one for case in judged.readings for _, one in subjects(case, Part.SERVICE)]
        for path in dict.fromkeys(one.at("DesiredCount") for one in found):
            written = symbols.canonical(descend(judged.template, *path))
            count = descend(written, symbols.IF, 1)
            name = descend(count, symbols.REF)
            form = {symbols.IF: [descend(written, symbols.IF, 0), count, NOTHING]}
            declared = mapping(judged.template.get("Parameters"))
            if isinstance(name, str) and name in declared and symbols.same(written, form):
                users[path] = name
            else:
                shown = "missing" if written is None else symbols.show(written)
                text = f"is {shown}, must be the count's parameter where it is given"
                yield Mismatch(path, text)
        yield from used_once(users)
