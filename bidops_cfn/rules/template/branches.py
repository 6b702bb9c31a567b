"""E9007: a template says one thing, but for the desired counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import descend, mapping
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule


class Branches(HouseRule):
    """A branch hides from a reader what will be deployed.

    The values of an environment are baked into its template, so that the reviewer sees what is
    deployed. The only condition is whether a service's desired count is given: Fn::Not of
    Fn::Equals of the parameter and 0.
    """

    id = "E9007"
    shortdesc = "Only desired counts depend on a condition"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "intrinsic-function-reference-conditions.html"
    )
    requirements = ("template", "FR-019", "FR-020")
    fix = (
        "In bidops_cfn/compute/, write the value; what differs by environment is a setting in "
        "params/<environment>.toml"
    )

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        """Find every branch and condition, in any section."""
        if judged.facts.incomplete:
            yield Mismatch((), f"cannot be judged: {judged.facts.incomplete}")
        if judged.facts.readings:
            wanted = dict(_desired_counts(judged.template))
            yield from _unwanted_branches(judged.template, wanted)
            yield from _unwanted_conditions(judged.template, wanted)


Wanted = Mapping[Path, object]


def _unwanted_branches(template: Mapping[str, object], wanted: Wanted) -> Iterator[Mismatch]:
    for section in template:
        if section not in ("Metadata", "Conditions"):
            for path in _branches(template[section], (str(section),)):
                if path not in wanted:
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
        nothing = {symbols.REF: symbols.NO_VALUE}
        if mapping(raw).get("Type") == SERVICE and descend(count, 2) == nothing and given:
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


def _branches(node: object, path: Path) -> Iterator[Path]:
    if isinstance(node, dict):
        if symbols.IF in node:
            yield path
        for name, value in node.items():
            yield from _branches(value, (*path, str(name)))
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from _branches(value, (*path, index))
