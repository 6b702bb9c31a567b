"""E9002: which environment the template says it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items, mapping
from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.rules._expect import SOME_TEXT, Mismatch, mismatches
from bidops_cfn.rules._house_rule import HouseRule, set_options
from bidops_cfn.settings.contract import CONTRACT_VERSION

CLAIM = ("Metadata", "BidopsCfn", "Environment")


class EnvironmentClaim(HouseRule):
    """Every other rule judges the template as what its metadata claims: that must be true.

    Sizes, names and capacity depend on the environment. The claim must agree with the environment
    that is asked for, with templates/<environment>/ and with the containers, and there must be
    settings that the template can be judged by.
    """

    id = "E9002"
    shortdesc = "Metadata names the environment that the template is for"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "metadata-section-structure.html"
    )
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
        """Compare the claim with everything that the template should be."""
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
