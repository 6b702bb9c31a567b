"""Against a real account, when asked for: ``pytest -m aws`` with credentials that may read.

Nothing is created: CloudFormation reads the committed templates, and says what they need.
"""

from __future__ import annotations

import boto3
import pytest

from tests.conftest import NAMES, REPOSITORY

pytestmark = pytest.mark.aws


@pytest.mark.parametrize("name", NAMES)
def test_cloudformation_accepts_the_committed_template(name: str) -> None:
    text = (REPOSITORY / "templates" / name / "compute.json").read_text(encoding="utf-8")
    found = boto3.client("cloudformation").validate_template(TemplateBody=text)
    assert found["Capabilities"] == ["CAPABILITY_IAM"]
    assert {one["ParameterKey"] for one in found["Parameters"]} == {
        "AgentCoreDesiredCount",
        "AgentCoreImage",
        "BffDesiredCount",
        "BffImage",
    }
