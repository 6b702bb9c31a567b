"""E9001: the template as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, mismatches
from bidops_cfn.rules._house_rule import HouseRule

MOST_BYTES = 51_200  # of a template that is sent without S3; indentation is not sent (ADR 0011)
SECTIONS = ("Metadata", "Parameters", "Conditions", "Resources", "Outputs")


class Form(HouseRule):
    """The template has the sections that it needs, and any tool can send it.

    A template above 51,200 bytes, indentation not counted, needs S3 to be deployed. Transform,
    Mappings, Rules and Hooks change what a template means without a reviewer seeing it in the
    resources.
    """

    id = "E9001"
    shortdesc = "Template has only reviewed sections and fits in a request"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
    )
    requirements = ("template",)
    fix = (
        "In bidops_cfn/compute/template.py, bake what a section holds into the resources; move "
        "services of a large template to another stack"
    )

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        """Compare the sections, and the size of what is sent."""
        for name in judged.template:
            if name not in (*SECTIONS, "AWSTemplateFormatVersion", "Description"):
                yield Mismatch((str(name),), "is a section that no requirement asks for")
        yield from mismatches(
            {
                k: v
                for k, v in judged.template.items()
                if k in ("AWSTemplateFormatVersion", "Description")
            },
            {"AWSTemplateFormatVersion": "2010-09-09", "Description": Maybe(SOME_TEXT)},
            (),
        )
        size = len(json.dumps(judged.template, separators=(",", ":"), default=str))
        if size > MOST_BYTES:
            yield Mismatch((), f"has {size:,} bytes without indentation, may have {MOST_BYTES:,}")
