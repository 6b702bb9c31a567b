from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.compute.template import render
from bidops_cfn.review.flows import flow_facts, network_tsv
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from bidops_cfn.spec.reviewed import NONE
from tests.review.risks import properties
from tests.settings_files import with_table


def test_the_load_balancers_egress_is_a_line_where_its_owner_asks_for_it(
    subject: Subject, prod: Environment
) -> None:
    line = "network.AlbSecurityGroupId\tegress\ttcp\t3000\tbff\tLoadBalancerToBffEgress\tFR-021"
    asked = with_table(prod, "network", load_balancer_rules=True)
    assert line in network_tsv(Subject(asked, render(asked))).splitlines()
    assert "LoadBalancerToBffEgress" not in network_tsv(subject)


def test_the_egress_that_ec2_adds_is_written_out(
    template: dict[str, Any], prod: Environment
) -> None:
    properties(template, "AgentCoreSecurityGroup")["SecurityGroupEgress"] = []
    text = network_tsv(Subject(prod, json.dumps(template)))
    for world in ("0.0.0.0/0", "::/0"):
        assert f"agentcore\tegress\tall\tall\t{world} (EC2 adds it: no inline egress)" in text


def test_a_group_that_nothing_attaches_stands_for_itself(
    template: dict[str, Any], prod: Environment
) -> None:
    template["Resources"]["Spare"] = {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"SecurityGroupIngress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]},
    }
    facts = flow_facts(Subject(prod, json.dumps(template)))
    (found,) = [one for one in facts if one.rule == "Spare" and one.direction == "ingress"]
    assert (found.service, found.port, found.requirement) == ("Spare.GroupId", "all", NONE)


def test_a_rule_on_another_port_was_asked_for_by_no_requirement(
    template: dict[str, Any], prod: Environment
) -> None:
    properties(template, "DatabaseFromBffIngress").update(FromPort=22, ToPort=22)
    facts = flow_facts(Subject(prod, json.dumps(template)))
    (found,) = [one for one in facts if one.rule == "DatabaseFromBffIngress"]
    assert (found.port, found.requirement) == ("22", NONE)


@pytest.mark.parametrize("peer", [{"CidrIp": "bff"}, {"SourceSecurityGroupName": "bff"}])
def test_a_peer_that_only_reads_like_a_caller_was_asked_for_by_no_requirement(
    template: dict[str, Any], prod: Environment, peer: dict[str, str]
) -> None:
    rule = properties(template, "AgentCoreFromBffIngress")
    del rule["SourceSecurityGroupId"]
    rule.update(peer)
    facts = flow_facts(Subject(prod, json.dumps(template)))
    (found,) = [one for one in facts if one.rule == "AgentCoreFromBffIngress"]
    assert (found.peer, found.requirement) == ("bff", NONE)
