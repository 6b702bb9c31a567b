from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.compute.template import render
from bidops_cfn.review.flow_facts import COLUMNS, flow_facts, network_tsv
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from bidops_cfn.spec.reviewed import NONE
from tests.review.risks import properties
from tests.settings_files import with_table


def test_the_table_is_the_same_in_every_environment_but_for_the_host(
    subjects: list[Subject],
) -> None:
    tables = {
        network_tsv(subject).replace(f"{host}.bidopsai.example", "HOST")
        for subject, host in zip(subjects, ("dev", "app", "test"), strict=True)
    }
    assert len(tables) == 1


def test_every_flow_and_place_of_the_committed_templates_was_asked_for(
    subjects: list[Subject],
) -> None:
    for subject in subjects:
        assert NONE not in {fact.requirement for fact in flow_facts(subject)}


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            "agentcore\tingress\ttcp\t8080\tbff\tAgentCoreFromBffIngress\tFR-026",
            marks=pytest.mark.requirement("FR-026"),
        ),
        pytest.param(
            "bff\tegress\ttcp\t8080\tagentcore\tBffToAgentCoreEgress\tFR-027",
            marks=pytest.mark.requirement("FR-027"),
        ),
        pytest.param(
            "bff\tingress\ttcp\t3000\tnetwork.AlbSecurityGroupId\tBffSecurityGroup\tFR-025",
            marks=pytest.mark.requirement("FR-025"),
        ),
        "network.DatabaseSecurityGroupId\tingress\ttcp\t5432\tbff\tDatabaseFromBffIngress\tFR-029",
    ],
)
def test_a_flow_is_one_line_with_rule_and_requirement(subject: Subject, line: str) -> None:
    assert line in network_tsv(subject).splitlines()


def test_the_load_balancers_egress_is_a_line_where_its_owner_asks_for_it(
    subject: Subject, prod: Environment
) -> None:
    line = "network.AlbSecurityGroupId\tegress\ttcp\t3000\tbff\tLoadBalancerToBffEgress\tFR-021"
    asked = with_table(prod, "network", load_balancer_rules=True)
    assert line in network_tsv(Subject(asked, render(asked))).splitlines()
    assert "LoadBalancerToBffEgress" not in network_tsv(subject)


def test_the_table_has_a_header_and_sorted_lines(subject: Subject) -> None:
    header, *rest = network_tsv(subject).splitlines()
    assert header == "\t".join(COLUMNS)
    assert rest == sorted(set(rest))


def test_the_egress_that_ec2_adds_is_written_out(
    template: dict[str, Any], prod: Environment
) -> None:
    properties(template, "AgentCoreSecurityGroup")["SecurityGroupEgress"] = []
    text = network_tsv(Subject(prod, json.dumps(template)))
    for world in ("0.0.0.0/0", "::/0"):
        assert f"agentcore\tegress\tall\tall\t{world} (EC2 adds it: no inline egress)" in text


def test_a_group_that_nobody_wears_stands_for_itself(
    template: dict[str, Any], prod: Environment
) -> None:
    template["Resources"]["Spare"] = {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"SecurityGroupIngress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]},
    }
    facts = flow_facts(Subject(prod, json.dumps(template)))
    (found,) = [one for one in facts if one.rule == "Spare" and one.direction == "ingress"]
    assert (found.service, found.port, found.requirement) == ("Spare.GroupId", "all", NONE)


def test_a_rule_on_another_port_was_asked_for_by_nobody(
    template: dict[str, Any], prod: Environment
) -> None:
    properties(template, "DatabaseFromBffIngress").update(FromPort=22, ToPort=22)
    facts = flow_facts(Subject(prod, json.dumps(template)))
    (found,) = [one for one in facts if one.rule == "DatabaseFromBffIngress"]
    assert (found.port, found.requirement) == ("22", NONE)


@pytest.mark.parametrize("peer", [{"CidrIp": "bff"}, {"SourceSecurityGroupName": "bff"}])
def test_a_peer_that_only_reads_like_a_caller_was_asked_for_by_nobody(
    template: dict[str, Any], prod: Environment, peer: dict[str, str]
) -> None:
    rule = properties(template, "AgentCoreFromBffIngress")
    del rule["SourceSecurityGroupId"]
    rule.update(peer)
    facts = flow_facts(Subject(prod, json.dumps(template)))
    (found,) = [one for one in facts if one.rule == "AgentCoreFromBffIngress"]
    assert (found.peer, found.requirement) == ("bff", NONE)
