from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from bidops_cfn.compute.template import render
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
    assert ", 1 alarming exposure," in bold[0]


def test_the_setting_comes_before_what_it_brings(dev: Environment) -> None:
    security = replace(dev.security, exec_log_group="/audit/ecs-exec")
    environment = replace(dev, security=security)
    page = review_page(Subject(environment, render(environment)))
    first = next(line for line in page.splitlines() if line.startswith("> ❌"))
    assert "security.exec_log_group = /audit/ecs-exec" in first


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
    assert "1 suppression**" in page
