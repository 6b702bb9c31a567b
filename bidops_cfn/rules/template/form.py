"""E9001: the template as a file."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.rules._case import Case
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, mismatches
from bidops_cfn.rules._house_rule import HouseRule

MOST_BYTES = 51_200  # of a template that is sent without S3
SECTIONS = ("Metadata", "Parameters", "Conditions", "Resources", "Outputs")


class Form(HouseRule):
    """The template has the sections that it needs, and any tool can send it."""

    id = "E9001"
    shortdesc = "Template has only reviewed sections and fits in a request"
    description = (
        "A template above 51,200 bytes needs S3 to be deployed. Transform, Mappings, Rules and "
        "Hooks change what a template means without a reviewer seeing it in the resources."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
    )
    requirements = ("template",)
    fix = "Bake what the section holds into the resources; what is too large needs two stacks"

    def judge_case(self, judged: Case) -> Iterator[Mismatch]:
        """Compare the sections, and the size of the file where there is one."""
        for name in judged.template:
            if name not in (*SECTIONS, "AWSTemplateFormatVersion", "Description"):
                yield Mismatch((str(name),), "is a section that nobody asked for")
        yield from mismatches(
            {
                k: v
                for k, v in judged.template.items()
                if k in ("AWSTemplateFormatVersion", "Description")
            },
            {"AWSTemplateFormatVersion": "2010-09-09", "Description": Maybe(SOME_TEXT)},
            (),
        )
        if judged.file is not None and judged.file.is_file():
            size = judged.file.stat().st_size
            if size > MOST_BYTES:
                yield Mismatch((), f"has {size:,} bytes, may have {MOST_BYTES:,}")
