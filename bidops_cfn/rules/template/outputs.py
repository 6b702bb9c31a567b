"""E9010: what other stacks and people may rely on."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import descend, mapping
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.logical_ids import export_name
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, mismatches
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules._values import attribute, own
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.outputs import OF_SERVICE, OF_STACK, Reference, Value


class ExportedValues(HouseRule):
    """Exports are the contract with the stacks that come after this one.

    An export is locked while a stack imports it, and its value is trusted by name: an export of
    one service under the name of another sends traffic to the wrong place.
    """

    id = "E9010"
    shortdesc = "Outputs export the cluster, services, task definitions and namespace, each once"
    source_url = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html"
    requirements = ("FR-050",)
    fix = (
        "In bidops_cfn/compute/outputs.py, export exactly what bidops_cfn/spec/outputs.py lists; a "
        "new output stands in both"
    )
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare each output with the value that its export name promises."""
        expected = {
            export_name(case.settings, name): value for name, value in _expected(case).items()
        }
        seen: set[str] = set()
        for name, output in case.reading.document.section("Outputs").items():
            path = ("Outputs", name)
            written = descend(output, "Export", "Name")
            exported = symbols.show(written) if written is not None else "nothing"
            if exported not in expected:
                yield Mismatch(path, f"exports {exported}, which is not in the contract")
                continue
            if exported in seen:
                yield Mismatch(path, f"exports {exported} a second time")
            seen.add(exported)
            form = {
                "Description": Maybe(SOME_TEXT),
                "Export": {"Name": exported},
                "Value": expected[exported],
            }
            yield from mismatches(mapping(output), form, path)
        for missing in sorted(expected.keys() - seen):
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
    if not isinstance(value, Reference):
        return value(case.settings, service)
    given = attribute(value.part, value.attribute) if value.attribute else own(value.part)
    return given.find(case, service)
