"""What each service may send and receive, as facts and as a graph."""

from __future__ import annotations

import pytest

from bidops_cfn.compute.template import render
from bidops_cfn.review.flows import Edge, flow_graph, network_tsv
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from tests.settings_files import with_table


def test_the_load_balancers_egress_is_a_line_where_its_owner_asks_for_it(
    subject: Subject, prod: Environment
) -> None:
    line = "network.AlbSecurityGroupId\tegress\ttcp\t3000\tbff\tLoadBalancerToBffEgress\tFR-021"
    asked = with_table(prod, "network", load_balancer_rules=True)
    assert line in network_tsv(Subject(asked, render(asked))).splitlines()
    assert "LoadBalancerToBffEgress" not in network_tsv(subject)


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
