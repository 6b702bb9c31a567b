"""What each service may send and receive, as facts and as a graph."""

from __future__ import annotations

import pytest

from bidops_cfn.compute.template import render
from bidops_cfn.review.flows import Edge, flow_facts, flow_graph, lines, network_tsv
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from bidops_cfn.spec.flows import Zone
from bidops_cfn.spec.reviewed import NONE
from tests.review.conftest import Edited
from tests.review.risks import bring, properties
from tests.settings_files import with_table


def test_the_load_balancers_egress_is_a_line_where_its_owner_asks_for_it(
    subject: Subject, prod: Environment
) -> None:
    line = "network.AlbSecurityGroupId\tegress\ttcp\t3000\tbff\tLoadBalancerToBffEgress\tFR-021"
    asked = with_table(prod, "network", load_balancer_rules=True)
    assert line in network_tsv(Subject(asked, render(asked))).splitlines()
    assert "LoadBalancerToBffEgress" not in network_tsv(subject)


def test_the_egress_that_ec2_adds_is_written_out(edited: Edited) -> None:
    properties(edited.template, "AgentCoreSecurityGroup")["SecurityGroupEgress"] = []
    text = network_tsv(edited.subject)
    for world in ("0.0.0.0/0", "::/0"):
        assert f"agentcore\tegress\tall\tall\t{world} (EC2 adds it: no inline egress)" in text


def test_a_group_that_nothing_attaches_stands_for_itself(edited: Edited) -> None:
    edited.template["Resources"]["Spare"] = {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"SecurityGroupIngress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]},
    }
    facts = flow_facts(edited.subject)
    (found,) = [one for one in facts if one.rule == "Spare" and one.direction == "ingress"]
    assert (found.service, found.port, found.requirement) == ("Spare.GroupId", "all", NONE)


def test_a_rule_on_another_port_was_asked_for_by_no_requirement(edited: Edited) -> None:
    properties(edited.template, "DatabaseFromBffIngress").update(FromPort=22, ToPort=22)
    facts = flow_facts(edited.subject)
    (found,) = [one for one in facts if one.rule == "DatabaseFromBffIngress"]
    assert (found.port, found.requirement) == ("22", NONE)


@pytest.mark.parametrize("peer", [{"CidrIp": "bff"}, {"SourceSecurityGroupName": "bff"}])
def test_a_peer_that_only_reads_like_a_caller_was_asked_for_by_no_requirement(
    edited: Edited, peer: dict[str, str]
) -> None:
    rule = properties(edited.template, "AgentCoreFromBffIngress")
    del rule["SourceSecurityGroupId"]
    rule.update(peer)
    facts = flow_facts(edited.subject)
    (found,) = [one for one in facts if one.rule == "AgentCoreFromBffIngress"]
    assert (found.peer, found.requirement) == ("bff", NONE)


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


def test_an_open_group_is_an_unasked_edge_from_the_internet(edited: Edited) -> None:
    bring("open bff to the world", edited.template)
    assert not edge(edited.subject, "internet", "bff").asked


def test_missing_egress_rules_are_an_edge_to_the_internet(edited: Edited) -> None:
    bring("delete all egress of the agent", edited.template)
    found = edge(edited.subject, "agentcore", "internet")
    assert (found.label, found.asked) == ("everything", False)


def test_a_stranger_stands_elsewhere_and_cannot_break_the_chart(edited: Edited) -> None:
    evil = 'x"]; click bff "https://example.com'
    properties(edited.template, "BffSecurityGroup")["SecurityGroupIngress"].append(
        {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIp": evil}
    )
    graph = flow_graph(edited.subject)
    (node,) = [one for one in graph.nodes if one.zone is Zone.OTHER]
    assert node.id.isidentifier()
    (line,) = [one for one in lines(graph) if one.strip().startswith(f"{node.id}[")]
    assert line.count('"') == 2
