"""E9009: what the template takes from other stacks."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.document import Document
from bidops_cfn.facts.imports import import_uses
from bidops_cfn.facts.template_under_review import ReadingUnderReview, TemplateUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.settings.references import Constant, Reference
from bidops_cfn.spec.imports import taken


class ImportedValues(HouseRule):
    """Imports are the contract with the other stacks: all of it, and nothing beside it.

    NetworkStack, StorageStack and SecurityStack have values under names that the contract and the
    environment's settings give: exports, and outputs of stacks. Another name is another
    environment, or a value that was not reviewed; names have to be literal.
    """

    id = "E9009"
    shortdesc = "Imports are exactly those of the contract"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "intrinsic-function-reference-importvalue.html"
    )
    requirements = ("FR-002", "FR-047", "FR-048", "FR-049")
    fix = (
        "Refer to the values of bidops_cfn/settings/contract.py; say where they come from in "
        "[imports] of params/<environment>.toml"
    )
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare the set of references."""
        expected = set(contract_references(case))
        used = list(import_uses(case.reading.document))
        for use in used:
            if use.reference is None:
                yield Mismatch(use.path, "imports a name that is not literal")
            elif use.reference not in expected:
                text = f"imports {taken(use.reference)}, which is not in the contract"
                yield Mismatch(use.path, text)
        for missing in sorted(map(taken, expected - {use.reference for use in used})):
            yield Mismatch(("Resources",), f"does not import {missing}")

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        """Find imports that no value comes out of: they bind the stack all the same."""
        if judged.readings:
            written = import_uses(Document(judged.template))
            out = {
                use.reference
                for case in judged.readings
                for use in import_uses(case.reading.document)
            }
            expected = set(contract_references(judged.readings[0]))
            for use in written:
                if use.reference and use.reference not in out | expected:
                    text = f"imports {taken(use.reference)}, which is not in the contract"
                    yield Mismatch(use.path, text)


def contract_references(case: ReadingUnderReview) -> Iterator[Reference]:
    """Yield how the environment imports every value; a constant is none that a template imports."""
    for value in case.settings.contract_values:
        for reference in case.settings.references(value):
            if not isinstance(reference, Constant):
                yield reference
