from __future__ import annotations

import json
from typing import Any

from bidops_cfn.review.review_page import review_page
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from tests.review.risks import properties


def section(page: str, title: str) -> str:
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_box_says_what_was_found_in_counts(subject: Subject) -> None:
    page = review_page(subject)
    assert page.startswith("# Review of prod\n\n> [!TIP]\n> **")
    claims = len(subject.verdicts)
    assert f"**{claims} of {claims} claims proved, 0 refuted, 0 unknown**" in page
    assert "0 that no requirement asks for, 0 alarming exposures, 0 suppressions" in page


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


def test_every_claim_names_its_assumptions_and_each_is_listed_once(subject: Subject) -> None:
    proofs = section(review_page(subject), "Proofs")
    for verdict in subject.verdicts:
        assert verdict.claim.statement in proofs
    numbers = [line for line in proofs.splitlines() if line.startswith("- **A")]
    assert len(numbers) == len({a for one in subject.verdicts for a in one.claim.assumptions})
    assert "NetworkStack's `PrivateAgentSubnetIds`, export `bidopsai-prod-network-" in proofs


def test_the_flow_graph_is_mermaid_with_ports(subject: Subject) -> None:
    flows = section(review_page(subject), "Flows")
    assert "```mermaid\nflowchart LR\n" in flows
    assert '  bff -->|"8080"| agentcore\n' in flows
    assert '  internet -.->|"80, 443"| AlbSecurityGroupId\n' in flows


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
