"""Values from wherever settings say: what proofs assume, what review and difference show."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from bidops_cfn.compute import template as templates
from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.review.committed import UNKNOWN_CLAIM, contract_json, environment_files
from bidops_cfn.review.difference.compared import Difference, Version, compare
from bidops_cfn.review.difference.text import text
from bidops_cfn.review.environments import access_differences, environments_page
from bidops_cfn.review.exposures import exposure_list
from bidops_cfn.review.flows import flow_facts, flow_graph, lines, network_tsv
from bidops_cfn.review.permissions import iam_tsv
from bidops_cfn.review.subject import Names, Subject
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Export, StackOutput
from bidops_cfn.settings.services import SERVICES
from tests.neighbours import BALANCER, ENDPOINTS, GROUPS, STORED, beside
from tests.review.conftest import Edited
from tests.review.risks import properties

REPOSITORY = "bidopsai-prod-storage-AppEcrRepositoryUri"


@pytest.mark.parametrize(
    ("shown", "read"),
    [
        ("${import bidopsai-prod-network-VpcId}", "${network.VpcId}"),
        ("${import of-another-team}", "${import of-another-team}"),
        (
            "${item 1 of split , of import bidopsai-prod-network-PrivateAppSubnetIds}",
            "${half 1 of network.PrivateAppSubnetIds}",
        ),
        (
            f"${{item 1 of split .amazonaws.com/ of import {REPOSITORY}}}",
            "${name in storage.AppEcrRepositoryUri}",
        ),
        ("${import bidopsai-dev-network-VpcId}", "${import bidopsai-dev-network-VpcId}"),
        ("no import at all", "no import at all"),
    ],
)
def test_imports_are_shown_by_key_and_strangers_as_they_are(
    prod: Environment, shown: str, read: str
) -> None:
    assert Names.of(prod).shown(shown) == read


def test_names_that_settings_map_are_known(prod: Environment) -> None:
    names = ImportNames(exceptions={"network.VpcId": (Export("shared-vpc"),)})
    changed = Names.of(dataclasses.replace(prod, imports=names))
    assert changed.title(Export("shared-vpc")) == "network.VpcId (export shared-vpc)"
    unknown = "bidopsai-prod-network-VpcId"
    assert changed.title(Export(unknown)) == unknown


@pytest.mark.parametrize(
    ("reference", "shown", "read"),
    [
        (
            StackOutput("NetworkStack", "VpcId"),
            "${output VpcId of NetworkStack}",
            "${network.VpcId (output VpcId of NetworkStack)}",
        ),
        (
            StackOutput("NetworkStack", "VpcId", "eu-west-1", "arn:a"),
            "${output VpcId of NetworkStack in eu-west-1 by arn:a}",
            "${network.VpcId (output VpcId of NetworkStack in eu-west-1 by arn:a)}",
        ),
        (Constant("vpc-0a1b2c3d"), "vpc-0a1b2c3d", "${network.VpcId (constant vpc-0a1b2c3d)}"),
        (Constant("vpc-0a1b2c3d"), "vpc-0a1b2c3d-4", "vpc-0a1b2c3d-4"),
        (
            StackOutput("NetworkStack", "VpcId"),
            "${output VpcId of OtherStack}",
            "${output VpcId of OtherStack}",
        ),
    ],
)
def test_a_value_from_elsewhere_is_shown_with_its_source(
    prod: Environment, reference: StackOutput | Constant, shown: str, read: str
) -> None:
    names = ImportNames(exceptions={"network.VpcId": (reference,)})
    assert Names.of(dataclasses.replace(prod, imports=names)).shown(shown) == read


def test_secrets_and_their_key_are_part_of_the_contract(prod: Environment) -> None:
    keys = {value.key for value in prod.contract_values}
    assert {"security.SecretsKeyArn", "security.BffDatabaseUrlParameterArn"} <= keys
    assert len(keys) == len(prod.contract_values)


def of_settings(environment: Environment) -> Subject:
    return Subject(environment, templates.render(environment))


def mapped(environment: Environment, **names: Any) -> Subject:
    """The subject that is rendered from ``environment`` with other names of its imports."""
    changed = dataclasses.replace(environment, imports=ImportNames(**names))
    return of_settings(changed)


def one(key: str, export: str) -> dict[str, Any]:
    return {"exceptions": {key: (Export(export),)}}


@pytest.mark.parametrize(
    ("key", "export", "file", "line"),
    [
        (
            "network.VpcEndpointSecurityGroupId",
            "other-group",
            "network.tsv",
            "bff\tegress\ttcp\t443\tnetwork.VpcEndpointSecurityGroupId (export other-group)\t",
        ),
        (
            "network.PrivateAgentSubnetIds",
            "bidopsai-dev-network-PublicSubnetIds",
            "network.tsv",
            "(export bidopsai-dev-network-PublicSubnetIds)}\tAgentCoreService\tNONE",
        ),
        (
            "storage.KnowledgeBaseBucketName",
            "other-bucket",
            "iam.tsv",
            "s3:::${storage.KnowledgeBaseBucketName (export other-bucket)}/*",
        ),
        (
            "storage.AppEcrRepositoryUri",
            "other-repository",
            "REVIEW.md",
            "`${storage.AppEcrRepositoryUri (export other-repository)}${BffImage}`",
        ),
        (
            "security.BffDatabaseUrlParameterArn",
            "bidopsai-prod-security-BffDatabaseUrlParameterArn",
            "REVIEW.md",
            "which by its name is an export of prod` | **no requirement**",
        ),
        (
            "network.DatabaseSecurityGroupId",
            "bidopsai-dev-network-VpcEndpointSecurityGroupId",
            "network.tsv",
            "network.VpcEndpointSecurityGroupId and network.DatabaseSecurityGroupId (export ",
        ),
    ],
)
def test_a_mapped_import_shows_in_the_review(
    dev: Environment, key: str, export: str, file: str, line: str
) -> None:
    subject = mapped(dev, **one(key, export))
    files = dict(environment_files(subject))
    assert line in files[f"dev/{file}"]
    assert f"imports.{key}\t" in files["dev/settings.tsv"]
    exports = json.loads(contract_json([subject]))["imports"][key]["exports"]["dev"]
    assert exports == [export]


def test_another_pattern_that_names_all_parts_is_only_another_spelling(dev: Environment) -> None:
    plain = Subject(dev, templates.render(dev))
    other = mapped(dev, pattern="corp:{environment}:{stack}:{output}")
    assert network_tsv(other) == network_tsv(plain)
    assert iam_tsv(other) == iam_tsv(plain)
    assert (
        "`corp:dev:network:PrivateAgentSubnetIds`"
        in dict(environment_files(other))["dev/REVIEW.md"]
    )


def test_the_pattern_of_another_environment_shows_in_every_line(dev: Environment) -> None:
    subject = mapped(dev, pattern="bidopsai-prod-{stack}-{output}")
    facts = flow_facts(subject)
    about = [fact for fact in facts if "network." in fact.peer]
    assert about
    assert all("(export bidopsai-prod-network-" in fact.peer for fact in about)
    assert {fact.requirement for fact in about} == {"NONE"}
    alarming = [one.shown for one in exposure_list(subject) if one.alarming]
    assert any("imports.pattern" in text for text in alarming)
    assert any("by its name is an export of prod" in text for text in alarming)


@pytest.mark.parametrize(
    ("export", "differs"),
    [("shared-agents", False), ("bidopsai-prod-network-PublicSubnetIds", True)],
)
def test_names_of_exports_differ_between_environments_unless_one_is_anothers(
    subjects: list[Subject], prod: Environment, export: str, differs: bool
) -> None:
    other = mapped(prod, **one("network.PrivateAgentSubnetIds", export))
    everywhere = [other if each.name == "prod" else each for each in subjects]
    found = [each for each in access_differences(everywhere) if not each.reason]
    assert bool(found) is differs
    page = environments_page(everywhere)
    (row,) = [line for line in page.splitlines() if "source of network.PrivateAgent" in line]
    assert f"`{export}`" in row
    assert "`bidopsai-dev-network-PrivateAgentSubnetIds`" in row


@pytest.mark.requirement("FR-047")
def test_an_import_names_producer_kind_claim_exports_and_users(subjects: list[Subject]) -> None:
    found = json.loads(contract_json(subjects))["imports"]["network.PrivateAgentSubnetIds"]
    assert found["producer"] == "NetworkStack"
    assert found["kind"] == "pair of ids"
    assert "no default route to the internet" in found["claim"]
    assert found["exports"]["dev"] == ["bidopsai-dev-network-PrivateAgentSubnetIds"]
    assert found["used_by"] == ["AgentCoreService"]


def test_what_the_contract_does_not_have_is_said_to_be_unknown(edited: Edited) -> None:
    properties(edited.template, "Cluster")["ClusterName"] = {"Fn::ImportValue": "of-another-team"}
    found = json.loads(contract_json([edited.subject]))["imports"]
    assert found["of-another-team"]["claim"] == UNKNOWN_CLAIM
    assert found["of-another-team"]["producer"] is None


def test_parameters_that_differ_are_shown_per_environment(
    subjects: list[Subject], edited: Edited
) -> None:
    edited.template["Parameters"]["BffImage"]["AllowedPattern"] = ".*"
    changed = edited.subject
    others = [one for one in subjects if one.name != "prod"]
    found = json.loads(contract_json([*others, changed]))["parameters"]["BffImage"]
    assert found["environments"]["prod"]["AllowedPattern"] == ".*"


@pytest.fixture(scope="module")
def neighbouring(dev: Environment) -> Subject:
    return of_settings(beside(dev))


def test_every_claim_is_proved_beside_stacks_as_they_are(neighbouring: Subject) -> None:
    assert {one.outcome for one in neighbouring.verdicts} == {Outcome.PROVED}


def test_a_claim_assumes_something_of_each_group_and_that_it_stays(neighbouring: Subject) -> None:
    claims = {(one.claim.name, one.claim.subject): one.claim for one in neighbouring.verdicts}
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


def test_each_group_has_its_flows_with_their_requirement(neighbouring: Subject) -> None:
    facts = flow_facts(neighbouring)
    for name in ENDPOINTS:
        source = f"output {name}EndpointSecurityGroupId of NetworkStack"
        group = f"network.VpcEndpointSecurityGroupId ({source})"
        found = [one for one in facts if group in (one.service, one.peer)]
        assert [one.direction for one in found].count("egress") == len(SERVICES)
        assert [one.direction for one in found].count("ingress") == len(SERVICES)
        assert {one.requirement for one in found} == {"FR-028"}


def test_each_group_is_drawn(neighbouring: Subject) -> None:
    graph = flow_graph(neighbouring)
    nodes = [one for one in graph.nodes if one.title == "VPC endpoints"]
    assert len({one.id for one in nodes}) == len(ENDPOINTS)
    assert {one.detail for one in nodes} == {one.source for one in GROUPS}
    reached = {one.target for one in graph.edges if one.source == "agentcore"}
    assert {one.id for one in nodes} <= reached
    assert any("constant sg-0a1b2c3d" in line for line in lines(graph))


def test_the_contract_says_how_each_value_comes_and_what_is_not_locked(
    neighbouring: Subject,
) -> None:
    found = json.loads(contract_json([neighbouring]))["imports"]
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


def test_the_page_says_where_each_value_comes_from_and_what_may_change(
    neighbouring: Subject,
) -> None:
    page = dict(environment_files(neighbouring))["dev/REVIEW.md"]
    for said in (
        "network.VpcId is taken from output VpcId of NetworkStack (not locked",
        "network.AlbSecurityGroupId is taken from constant sg-0a1b2c3d",
        "storage.AppEcrRepositoryUri is taken from AppEcrRepositoryUri",
    ):
        assert said in page
    assert not [one for one in exposure_list(neighbouring) if one.alarming and "taken" in one.shown]


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
    doubted = of_settings(beside(dev, PrivateAgentSubnetIds=(reference,)))
    outcome = {(one.claim.name, one.claim.subject): one.outcome for one in doubted.verdicts}
    assert outcome["no-internet", "agentcore"] is Outcome.UNKNOWN
    shown = [one.shown for one in exposure_list(doubted) if one.alarming]
    assert any(f"by its name is {reason}" in one for one in shown)


def difference(before: Subject, after: Subject) -> Difference:
    one, other = (
        Version(each.name, each.text, each.template, each.names.shown) for each in (before, after)
    )
    return compare(one, other)


def test_a_change_of_source_is_shown(dev_subject: Subject, neighbouring: Subject) -> None:
    shown = text(difference(dev_subject, neighbouring), full=True, width=1000)
    assert "${import bidopsai-dev-network-VpcId} -> ${output VpcId of NetworkStack}" in shown
    assert "from ${network.AlbSecurityGroupId (constant sg-0a1b2c3d)}" in shown


def test_the_same_value_from_elsewhere_is_a_change_of_its_own(dev: Environment) -> None:
    elsewhere = (
        of_settings(beside(dev, VpcId=(reference,)))
        for reference in (Export("shared-vpc"), Constant("vpc-0a1b2c3d"))
    )
    assert not difference(*elsewhere).same
