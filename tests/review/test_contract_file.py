from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.review.committed import UNKNOWN_CLAIM, contract_json
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from tests.review.risks import properties


@pytest.mark.requirement("FR-047")
def test_an_import_names_producer_kind_claim_exports_and_users(subjects: list[Subject]) -> None:
    found = json.loads(contract_json(subjects))["imports"]["network.PrivateAgentSubnetIds"]
    assert found["producer"] == "NetworkStack"
    assert found["kind"] == "pair of ids"
    assert "no default route to the internet" in found["claim"]
    assert found["exports"]["dev"] == ["bidopsai-dev-network-PrivateAgentSubnetIds"]
    assert found["used_by"] == ["AgentCoreService"]


def test_what_the_contract_does_not_have_is_said_to_be_unknown(
    template: dict[str, Any], prod: Environment
) -> None:
    properties(template, "Cluster")["ClusterName"] = {"Fn::ImportValue": "of-another-team"}
    found = json.loads(contract_json([Subject(prod, json.dumps(template))]))["imports"]
    assert found["of-another-team"]["claim"] == UNKNOWN_CLAIM
    assert found["of-another-team"]["producer"] is None


def test_parameters_that_differ_are_shown_per_environment(
    subjects: list[Subject], template: dict[str, Any], prod: Environment
) -> None:
    template["Parameters"]["BffImage"]["AllowedPattern"] = ".*"
    changed = Subject(prod, json.dumps(template))
    others = [one for one in subjects if one.name != "prod"]
    found = json.loads(contract_json([*others, changed]))["parameters"]["BffImage"]
    assert found["environments"]["prod"]["AllowedPattern"] == ".*"
