from __future__ import annotations

import json
from typing import Any

from bidops_cfn.rules._under_review import under_review
from bidops_cfn.rules.template.form import MOST_BYTES, Form
from tests.mutants.corpus import REPOSITORY, committed
from tests.mutants.mutant import (
    drop,
    put,
)
from tests.rules.table import table_tests

test_good, test_bad = table_tests(
    Form,
    "",
    good={"no description": drop("/Description")},
    bad={
        "a transform": (put("/Transform", "AWS::Serverless-2016-10-31"), "no requirement asks for"),
        "mappings": (put("/Mappings", {}), "no requirement asks for"),
        "no version": (drop("/AWSTemplateFormatVersion"), "is missing"),
        "a description that is none": (put("/Description", {}), "must be a text"),
    },
)


def padded(size: int) -> dict[str, Any]:
    """A template that has ``size`` bytes without indentation."""
    template = {**committed("dev"), "Metadata": ""}
    missing = size - len(json.dumps(template, separators=(",", ":")))
    return {**template, "Metadata": "x" * missing}


def test_a_template_that_needs_s3_is_too_large() -> None:
    file = REPOSITORY / "templates/dev/compute.json"
    assert not Form().findings(under_review(padded(MOST_BYTES), file, REPOSITORY))
    (finding,) = Form().findings(under_review(padded(MOST_BYTES + 1), file, REPOSITORY))
    assert "has 51,201 bytes without indentation, may have 51,200" in finding.text
