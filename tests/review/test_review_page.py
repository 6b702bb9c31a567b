from __future__ import annotations

import json
from typing import Any

from bidops_cfn.review.review_page import review_page
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from tests.review.risks import properties


def section(page: str, title: str) -> str:
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_nothing_bold_says_that_all_is_proved_beside_an_alarming_exposure(
    template: dict[str, Any], prod: Environment
) -> None:
    properties(template, "BffTaskRole")["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/X"]
    page = review_page(Subject(prod, json.dumps(template)))
    box = page.partition("> [!CAUTION]\n")[2].partition("\n\n")[0]
    assert "claims proved" in box
    bold = [line for line in box.splitlines() if line.startswith("> **")]
    assert [line for line in bold if "proved" in line] == []
    assert "alarming exposures" in bold[0]


def test_an_unasked_flow_is_a_thick_arrow_and_listed(
    template: dict[str, Any], prod: Environment
) -> None:
    properties(template, "AgentCoreSecurityGroup")["SecurityGroupEgress"].append(
        {"IpProtocol": "tcp", "FromPort": 25, "ToPort": 25, "CidrIp": "0.0.0.0/0"}
    )
    page = review_page(Subject(prod, json.dumps(template)))
    assert '  agentcore ==>|"25"| internet\n' in page
    assert "❌ agentcore: `egress 25 0.0.0.0/0`" in section(page, "What no requirement asks for")
    assert "❌ REFUTED" in page.replace("&nbsp;", " ")


def test_a_suppression_is_listed_with_its_place(
    template: dict[str, Any], prod: Environment
) -> None:
    template["Resources"]["Cluster"]["Metadata"] = {"cfn-lint": {"config": {}}}
    page = review_page(Subject(prod, json.dumps(template)))
    assert "❌ `cfn-lint` at `/Resources/Cluster/Metadata/cfn-lint`" in page
    assert "1 suppressions" in page
