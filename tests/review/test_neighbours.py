"""Values from wherever settings say: what proofs assume, what the review and a difference show."""

from __future__ import annotations

import json

import pytest

from bidops_cfn.compute import template as templates
from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.review.committed import contract_json, environment_files
from bidops_cfn.review.difference.compared import Difference, Version, compare
from bidops_cfn.review.difference.text import text
from bidops_cfn.review.exposures import exposure_list
from bidops_cfn.review.flows import flow_facts, flow_graph, lines
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Export, StackOutput
from bidops_cfn.settings.services import SERVICES
from tests.neighbours import BALANCER, ENDPOINTS, GROUPS, STORED, beside


def subject(environment: Environment) -> Subject:
    return Subject(environment, templates.render(environment))


@pytest.fixture(scope="module")
def mapped(dev: Environment) -> Subject:
    return subject(beside(dev))


def test_every_claim_is_proved_beside_stacks_as_they_are(mapped: Subject) -> None:
    assert {one.outcome for one in mapped.verdicts} == {Outcome.PROVED}


def test_a_claim_assumes_something_of_each_group_and_that_it_stays(mapped: Subject) -> None:
    claims = {(one.claim.name, one.claim.subject): one.claim for one in mapped.verdicts}
    assumptions = claims["no-internet", "agentcore"].assumptions
    (endpoints,) = (one for one in assumptions if "`VpcEndpointSecurityGroupId`" in one)
    for name in ENDPOINTS:
        assert f"`output {name}EndpointSecurityGroupId of NetworkStack`" in endpoints
    assert "not locked: its owner may change it" in endpoints
    assert any("`output VpcId of NetworkStack` answers DNS" in one for one in assumptions)


@pytest.mark.parametrize("lost", range(len(ENDPOINTS)))
def test_a_group_that_settings_do_not_name_is_promised_by_no_one(
    dev: Environment, lost: int
) -> None:
    text = templates.render(beside(dev))
    known = tuple(one for index, one in enumerate(GROUPS) if index != lost)
    fewer = Subject(beside(dev, VpcEndpointSecurityGroupId=known), text)
    outcome = {(one.claim.name, one.claim.subject): one.outcome for one in fewer.verdicts}
    assert outcome["no-internet", "agentcore"] is Outcome.UNKNOWN


def test_each_group_has_its_flows_with_their_requirement(mapped: Subject) -> None:
    facts = flow_facts(mapped)
    for name in ENDPOINTS:
        source = f"output {name}EndpointSecurityGroupId of NetworkStack"
        group = f"network.VpcEndpointSecurityGroupId ({source})"
        found = [one for one in facts if group in (one.service, one.peer)]
        assert [one.direction for one in found].count("egress") == len(SERVICES)
        assert [one.direction for one in found].count("ingress") == len(SERVICES)
        assert {one.requirement for one in found} == {"FR-028"}


def test_each_group_is_drawn(mapped: Subject) -> None:
    graph = flow_graph(mapped)
    nodes = [one for one in graph.nodes if one.title == "VPC endpoints"]
    assert len({one.id for one in nodes}) == len(ENDPOINTS)
    assert {one.detail for one in nodes} == {one.source for one in GROUPS}
    reached = {one.target for one in graph.edges if one.source == "agentcore"}
    assert {one.id for one in nodes} <= reached
    assert any("constant sg-0a1b2c3d" in line for line in lines(graph))


def test_the_contract_says_how_each_value_comes_and_what_is_not_locked(mapped: Subject) -> None:
    found = json.loads(contract_json([mapped]))["imports"]
    output = {"output": "VpcId", "stack": "NetworkStack"}
    assert found["network.VpcId"]["outputs"] == {"dev": [output]}
    assert "exports" not in found["network.VpcId"]
    assert found["network.PublicAlbArn"]["constants"] == {"dev": [BALANCER]}
    assert found["network.PublicAlbArn"]["used_by"]
    assert found["storage.AppEcrRepositoryUri"]["exports"] == {"dev": ["AppEcrRepositoryUri"]}
    assert {key for key, one in found.items() if "unlocked" not in one} == {
        f"storage.{output}" for output in STORED
    }
    assert len(found["network.VpcEndpointSecurityGroupId"]["outputs"]["dev"]) == len(ENDPOINTS)


def test_what_the_contract_does_not_have_is_said_of_outputs_too(dev: Environment) -> None:
    template = json.loads(templates.render(dev))
    stranger = StackOutput("SomeStack", "SomeOutput")
    template["Resources"]["Cluster"]["Properties"]["ClusterName"] = stranger.expression
    found = json.loads(contract_json([Subject(dev, json.dumps(template))]))["imports"]
    assert found["output SomeOutput of SomeStack"]["producer"] is None


def test_the_page_says_where_each_value_comes_from_and_what_may_change(mapped: Subject) -> None:
    page = dict(environment_files(mapped))["dev/REVIEW.md"]
    for said in (
        "network.VpcId is taken from output VpcId of NetworkStack (not locked",
        "network.AlbSecurityGroupId is taken from constant sg-0a1b2c3d",
        "storage.AppEcrRepositoryUri is taken from AppEcrRepositoryUri",
    ):
        assert said in page
    assert not [one for one in exposure_list(mapped) if one.alarming and "taken" in one.shown]


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (StackOutput("NetworkStack", "PrivateAppSubnetIds"), "NetworkStack's PrivateAppSubnetIds"),
        (StackOutput("NetworkStack", "PublicSubnetIds"), "open"),
        (StackOutput("bidopsai-prod-network", "PrivateAgentSubnetIds"), "an export of prod"),
    ],
)
def test_an_output_that_by_its_name_is_something_else_is_doubted(
    dev: Environment, reference: StackOutput, reason: str
) -> None:
    doubted = subject(beside(dev, PrivateAgentSubnetIds=(reference,)))
    outcome = {(one.claim.name, one.claim.subject): one.outcome for one in doubted.verdicts}
    assert outcome["no-internet", "agentcore"] is Outcome.UNKNOWN
    shown = [one.shown for one in exposure_list(doubted) if one.alarming]
    assert any(f"by its name is {reason}" in one for one in shown)


def difference(before: Subject, after: Subject) -> Difference:
    one, other = (
        Version(each.name, each.text, each.template, each.names.shown) for each in (before, after)
    )
    return compare(one, other)


def test_a_change_of_source_is_shown(dev_subject: Subject, mapped: Subject) -> None:
    shown = text(difference(dev_subject, mapped), full=True, width=1000)
    assert "${import bidopsai-dev-network-VpcId} -> ${output VpcId of NetworkStack}" in shown
    assert "from ${network.AlbSecurityGroupId (constant sg-0a1b2c3d)}" in shown


def test_the_same_value_from_elsewhere_is_a_change_of_its_own(dev: Environment) -> None:
    elsewhere = (
        subject(beside(dev, VpcId=(reference,)))
        for reference in (Export("shared-vpc"), Constant("vpc-0a1b2c3d"))
    )
    assert not difference(*elsewhere).same
