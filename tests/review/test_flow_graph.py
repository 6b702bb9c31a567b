from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.review.flows import Edge, flow_graph, lines
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from bidops_cfn.spec.flows import Zone
from tests.review.risks import delete_all_egress_of_the_agent, open_bff_to_the_world, properties


def edge(subject: Subject, source: str, target: str) -> Edge:
    (found,) = [e for e in flow_graph(subject).edges if (e.source, e.target) == (source, target)]
    return found


@pytest.mark.requirement("FR-027")
def test_both_sides_of_a_flow_are_one_edge_with_both_rules(subject: Subject) -> None:
    found = edge(subject, "bff", "agentcore")
    assert found.label == "8080"
    assert found.rules == ("AgentCoreFromBffIngress", "BffToAgentCoreEgress")
    assert found.requirements == ("FR-026", "FR-027")
    assert found.asked
    assert not found.promised


def test_an_open_group_is_an_unasked_edge_from_the_internet(
    template: dict[str, Any], prod: Environment
) -> None:
    open_bff_to_the_world(template)
    assert not edge(Subject(prod, json.dumps(template)), "internet", "bff").asked


def test_missing_egress_rules_are_an_edge_to_the_internet(
    template: dict[str, Any], prod: Environment
) -> None:
    delete_all_egress_of_the_agent(template)
    found = edge(Subject(prod, json.dumps(template)), "agentcore", "internet")
    assert (found.label, found.asked) == ("everything", False)


def test_a_stranger_stands_elsewhere_and_cannot_break_the_chart(
    template: dict[str, Any], prod: Environment
) -> None:
    evil = 'x"]; click bff "https://example.com'
    properties(template, "BffSecurityGroup")["SecurityGroupIngress"].append(
        {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIp": evil}
    )
    graph = flow_graph(Subject(prod, json.dumps(template)))
    (node,) = [one for one in graph.nodes if one.zone is Zone.OTHER]
    assert node.id.isidentifier()
    (line,) = [one for one in lines(graph) if one.strip().startswith(f"{node.id}[")]
    assert line.count('"') == 2
