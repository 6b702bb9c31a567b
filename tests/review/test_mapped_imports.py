"""What settings import under another name is shown under both names, wherever it is used."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from bidops_cfn.compute import template as templates
from bidops_cfn.review.committed import contract_json, environment_files
from bidops_cfn.review.environments import access_differences, environments_page
from bidops_cfn.review.exposures import exposure_list
from bidops_cfn.review.flows import flow_facts, network_tsv
from bidops_cfn.review.permissions import iam_tsv
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Export
from tests.review.risks import add_resource, properties


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


def test_a_group_that_an_outsider_attaches_stands_for_both(
    template: dict[str, Any], prod: Environment
) -> None:
    group = {"Fn::GetAtt": ["BffSecurityGroup", "GroupId"]}
    add_resource(template, "Bastion", "AWS::EC2::Instance", SecurityGroupIds=[group])
    text = network_tsv(Subject(prod, json.dumps(template)))
    lines = text.splitlines()
    assert "agentcore\tingress\ttcp\t8080\tBastion bff\tAgentCoreFromBffIngress\tNONE" in lines
    for owner in ("bff", "Bastion"):
        assert f"{owner}\tegress\ttcp\t8080\tagentcore\tBffToAgentCoreEgress\tNONE" in lines
    assert "bff\tgroup\t-\t-\t${BffSecurityGroup.GroupId}\tBffService\tNONE" in lines


def test_a_group_of_another_stack_that_is_attached_here_says_so(
    template: dict[str, Any], prod: Environment
) -> None:
    balancer = {"Fn::ImportValue": "bidopsai-prod-network-AlbSecurityGroupId"}
    groups = properties(template, "BffService")["NetworkConfiguration"]["AwsvpcConfiguration"]
    groups["SecurityGroups"].append(balancer)
    text = network_tsv(Subject(prod, json.dumps(template)))
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
