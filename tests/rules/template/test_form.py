from __future__ import annotations

import json
from pathlib import Path

from bidops_cfn.rules._case import case
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
        "a transform": (put("/Transform", "AWS::Serverless-2016-10-31"), "nobody asked for"),
        "mappings": (put("/Mappings", {}), "nobody asked for"),
        "no version": (drop("/AWSTemplateFormatVersion"), "is missing"),
        "a description that is none": (put("/Description", {}), "must be a text"),
    },
)


def test_a_file_that_needs_s3_is_too_large(tmp_path: Path) -> None:
    file = tmp_path / "compute.json"
    file.write_text(json.dumps(committed("dev")) + " " * MOST_BYTES)
    (finding,) = Form().findings(case(committed("dev"), file, REPOSITORY))
    assert "may have 51,200" in finding.text
