from __future__ import annotations

import json
from pathlib import Path

import pytest

from bidops_cfn.rules._under_review import under_review
from bidops_cfn.rules.template.environment import EnvironmentClaim
from tests.mutants.corpus import REPOSITORY, committed
from tests.mutants.mutant import drop, put
from tests.rules.table import table_tests

pytestmark = [pytest.mark.requirement("FR-013")]

CLAIM = "/Metadata/BidopsCfn/Environment"

test_good, test_bad = table_tests(
    EnvironmentClaim,
    "",
    good={},
    bad={
        "another one": (put(CLAIM, "prod"), 'is "prod", but containers run as dev'),
        "none": (drop(CLAIM), "is missing"),
        "unknown": (put(CLAIM, "nowhere"), "has no settings"),
        "no text": (put(CLAIM, ["dev"]), "must be a text"),
        "no claim": (drop("/Metadata"), "is missing"),
        "another contract": (put("/Metadata/BidopsCfn/ContractVersion", "0"), "must be 1"),
        "a word more": (put("/Metadata/Note", "x"), "must not be there"),
    },
)


def test_the_environment_that_is_asked_for_must_be_the_claimed_one() -> None:
    judged = under_review(committed("dev"), None, REPOSITORY, "prod")
    (finding,) = EnvironmentClaim().findings(judged)
    assert finding.text.endswith('is "dev", but it is checked as "prod"')


def test_the_folder_of_a_committed_template_must_be_the_claimed_environment(tmp_path: Path) -> None:
    file = tmp_path / "templates" / "test" / "compute.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(committed("dev")))
    (finding,) = EnvironmentClaim().findings(under_review(committed("dev"), file, REPOSITORY))
    assert "the file lies in templates/test/" in finding.text


def test_without_settings_nothing_passes(tmp_path: Path) -> None:
    (finding,) = EnvironmentClaim().findings(under_review(committed("dev"), None, tmp_path))
    assert "has no settings to be judged by" in finding.text


def test_settings_that_cannot_be_read_are_a_finding(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "dev.toml").write_text("region = 1")
    (finding,) = EnvironmentClaim().findings(under_review(committed("dev"), None, tmp_path))
    assert "the settings are wrong" in finding.text
