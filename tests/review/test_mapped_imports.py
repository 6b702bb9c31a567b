"""What settings import under another name is shown under both names, wherever it is used."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from bidops_cfn.compute import template as templates
from bidops_cfn.review.committed import UNKNOWN_CLAIM, contract_json, environment_files
from bidops_cfn.review.environments import access_differences, environments_page
from bidops_cfn.review.exposures import exposure_list
from bidops_cfn.review.flows import flow_facts, network_tsv
from bidops_cfn.review.permissions import iam_tsv
from bidops_cfn.review.subject import Names, Subject
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Export, StackOutput
from tests.review.conftest import Edited
from tests.review.risks import add_resource, properties

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


def mapped(environment: Environment, **names: Any) -> Subject:
    """The subject that is rendered from ``environment`` with other names of its imports."""
    changed = dataclasses.replace(environment, imports=ImportNames(**names))
    return Subject(changed, templates.render(changed))


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


def test_a_group_that_an_outsider_attaches_stands_for_both(edited: Edited) -> None:
    group = {"Fn::GetAtt": ["BffSecurityGroup", "GroupId"]}
    add_resource(edited.template, "Bastion", "AWS::EC2::Instance", SecurityGroupIds=[group])
    text = network_tsv(edited.subject)
    lines = text.splitlines()
    assert "agentcore\tingress\ttcp\t8080\tBastion bff\tAgentCoreFromBffIngress\tNONE" in lines
    for owner in ("bff", "Bastion"):
        assert f"{owner}\tegress\ttcp\t8080\tagentcore\tBffToAgentCoreEgress\tNONE" in lines
    assert "bff\tgroup\t-\t-\t${BffSecurityGroup.GroupId}\tBffService\tNONE" in lines


def test_a_group_of_another_stack_that_is_attached_here_says_so(edited: Edited) -> None:
    balancer = {"Fn::ImportValue": "bidopsai-prod-network-AlbSecurityGroupId"}
    groups = properties(edited.template, "BffService")["NetworkConfiguration"][
        "AwsvpcConfiguration"
    ]
    groups["SecurityGroups"].append(balancer)
    text = network_tsv(edited.subject)
    assert "bff\tingress\ttcp\t3000\tnetwork.AlbSecurityGroupId bff\tBffSecurityGroup\tNONE" in text


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
