"""Which environment a template claims to be, what it imports, and what it exports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, descend, items, mapping
from bidops_cfn.facts.imports import ImportUse, import_uses
from bidops_cfn.facts.template_under_review import ReadingUnderReview, TemplateUnderReview
from bidops_cfn.logical_ids import export_name
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, mismatches
from bidops_cfn.rules._house_rule import HouseRule, set_options
from bidops_cfn.rules._values import own
from bidops_cfn.settings.contract import CONTRACT_VERSION
from bidops_cfn.settings.references import Constant, Reference
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.doubts import taken
from bidops_cfn.spec.parts import OF_SERVICE, OF_STACK, Value
from bidops_cfn.spec.parts import Reference as PartReference

CLAIM = ("Metadata", "BidopsCfn", "Environment")


class EnvironmentClaim(HouseRule):
    """Metadata names the environment that the template is for.

    Every other rule judges the template as what its metadata claims: that must be true. Sizes,
    names and capacity depend on the environment. The claim must agree with the environment that is
    asked for, with templates/<environment>/ and with the containers, and there must be settings
    that the template can be judged by.
    """

    id = "E9002"
    source = "cfn/metadata-section-structure"
    requirements = ("template", "FR-013", "FR-041", "FR-042", "FR-043")
    fix = "Render the template from params/<environment>.toml; do not edit its metadata"

    def __init__(self) -> None:
        super().__init__()
        self.config_definition = {
            "environment": {"default": "", "type": "string"},
            "project": {"default": "", "type": "string"},
        }

    def initialize(self, cfn: Any) -> None:
        """Tell all rules which environment is asked for, and in which project."""
        set_options(cfn, self.config.get("project", ""), self.config.get("environment", ""))

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        yield from mismatches(
            mapping(judged.template.get("Metadata")),
            {"BidopsCfn": {"ContractVersion": CONTRACT_VERSION, "Environment": SOME_TEXT}},
            ("Metadata",),
        )
        claimed = judged.environment
        if judged.asked and judged.asked != claimed:
            yield Mismatch(CLAIM, f'is "{claimed}", but it is checked as "{judged.asked}"')
        folder = _folder(judged)
        if folder and folder != claimed:
            yield Mismatch(CLAIM, f'is "{claimed}", but the file lies in templates/{folder}/')
        if judged.settings is None:
            yield Mismatch(CLAIM, f"has no settings to be judged by: {judged.problem}")
        meant = _meant(judged)
        if meant and claimed not in meant:
            yield Mismatch(CLAIM, f'is "{claimed}", but containers run as {", ".join(meant)}')


def _folder(judged: TemplateUnderReview) -> str:
    file = judged.file.resolve() if judged.file else None
    if file and file.name == "compute.json" and file.parent.parent.name == "templates":
        return file.parent.name
    return ""


def _meant(judged: TemplateUnderReview) -> list[str]:
    """Return what the containers are told that their environment is."""
    found = {
        symbols.show(mapping(variable).get("Value"))
        for case in judged.readings
        for task in case.reading.task_definitions.values()
        for container in task.containers
        for variable in items(container.definition.get("Environment"))
        if mapping(variable).get("Name") == "ENVIRONMENT"
    }
    return sorted(found)


class ImportedValues(HouseRule):
    """Imports are exactly those of the contract.

    NetworkStack, StorageStack and SecurityStack have values under names that the contract and the
    environment's settings give: exports, and outputs of stacks. Another name is another
    environment, or a value that was not reviewed; names have to be literal.
    """

    id = "E9009"
    source = "cfn/intrinsic-function-reference-importvalue"
    requirements = ("FR-002", "FR-047", "FR-048", "FR-049")
    fix = (
        "Refer to the values of bidops_cfn/settings/contract.py; say where they come from in "
        "[imports] of params/<environment>.toml"
    )
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        expected = set(contract_references(case))
        used = case.reading.import_uses
        for use in used:
            if use.reference is None:
                yield Mismatch(use.path, "imports a name that is not literal")
        yield from _beside(used, expected)
        for missing in sorted(map(taken, expected - {use.reference for use in used})):
            yield Mismatch(("Resources",), f"does not import {missing}")

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        if judged.readings:
            out = {use.reference for case in judged.readings for use in case.reading.import_uses}
            known = {*contract_references(judged.readings[0]), *out}
            yield from _beside(import_uses(Document(judged.template)), known)


def _beside(uses: Iterable[ImportUse], known: Collection[Reference | None]) -> Iterator[Mismatch]:
    for use in uses:
        if use.reference and use.reference not in known:
            text = f"imports {taken(use.reference)}, which is not in the contract"
            yield Mismatch(use.path, text)


def contract_references(case: ReadingUnderReview) -> Iterator[Reference]:
    """Yield how the environment imports every value; a constant is none that a template imports."""
    for value in case.settings.contract_values:
        for reference in case.settings.references(value):
            if not isinstance(reference, Constant):
                yield reference


class ExportedValues(HouseRule):
    """Outputs export the cluster, services, task definitions and namespace, each once.

    Exports are the contract with the stacks that come after this one. An export is locked while a
    stack imports it, and its value is trusted by name: an export of one service under the name of
    another sends traffic to the wrong place.
    """

    id = "E9010"
    source = "cfn/using-cfn-stack-exports"
    requirements = ("FR-050",)
    fix = (
        "In bidops_cfn/compute/template.py, export exactly what bidops_cfn/spec/parts.py lists; a "
        "new output stands in both"
    )
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        expected = {
            export_name(case.settings, name): value for name, value in _expected(case).items()
        }
        outputs = case.reading.document.section("Outputs")
        exports = {name: descend(one, "Export", "Name") for name, one in outputs.items()}
        shown = {n: "nothing" if one is None else symbols.show(one) for n, one in exports.items()}
        count = Counter(shown.values())
        for name, output in outputs.items():
            path, exported = ("Outputs", name), shown[name]
            if exported not in expected:
                yield Mismatch(path, f"exports {exported}, which is not in the contract")
                continue
            if count[exported] > 1:
                yield Mismatch(path, f"exports {exported} a second time")
            form = {
                "Description": Maybe(SOME_TEXT),
                "Export": {"Name": exported},
                "Value": expected[exported],
            }
            yield from mismatches(mapping(output), form, path)
        for missing in sorted(expected.keys() - count.keys()):
            name = missing.removeprefix(export_name(case.settings, ""))
            yield Mismatch(("Outputs",), f"does not export {missing}", about=name)


def _expected(case: ReadingUnderReview) -> dict[str, object]:
    first = case.services[0]  # nothing of the stack's own depends on a service
    values = {name: _written(case, first, value) for name, value in OF_STACK.items()}
    for service in case.services:
        for name, value in OF_SERVICE.items():
            values[service.title + name] = _written(case, service, value)
    return values


def _written(case: ReadingUnderReview, service: Service, value: Value) -> object:
    if not isinstance(value, PartReference):
        return value(case.settings, service)
    return own(value.part, value.attribute).find(case, service)
