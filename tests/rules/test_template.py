from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.facts.template_under_review import under_review
from bidops_cfn.rules.contract import EnvironmentClaim
from bidops_cfn.rules.form import (
    MOST_BYTES,
    Attributes,
    Form,
    PhysicalNames,
    ReviewedProperties,
    Suppressions,
    judged_properties,
)
from bidops_cfn.rules.parameters import Branches
from tests.mutants.mutant import REPOSITORY, attribute, committed, drop, hidden, put, ref
from tests.rules.table import Cases, cases_in, make_tests

pytestmark = pytest.mark.requirement("FR-013", "FR-019", "FR-020")

GIVEN = {"Fn::Not": [{"Fn::Equals": ["0", ref("BffDesiredCount")]}]}

CLAIM = "/Metadata/BidopsCfn/Environment"


def padded(size: int) -> dict[str, Any]:
    """A template that has ``size`` bytes without indentation."""
    template = {**committed("dev"), "Metadata": ""}
    missing = size - len(json.dumps(template, separators=(",", ":")))
    return {**template, "Metadata": "x" * missing}


ATTRIBUTES_CASES = Cases(
    Attributes,
    "BffLogGroup",
    good={"another end of life": attribute("DeletionPolicy", "Retain")},
    bad={
        "a condition": (attribute("Condition", "X"), "no requirement asks for"),
        "metadata": (attribute("Metadata", {}), "no requirement asks for"),
        "a role that is kept": (
            put("/Resources/BffTaskRole/DeletionPolicy", "Retain"),
            "no requirement asks for",
            "BffTaskRole",
        ),
    },
)

BRANCHES_CASES = Cases(
    Branches,
    "BffService",
    good={"sides in another order": put("/Conditions/BffDesiredCountGiven", GIVEN)},
    bad={
        "a branch": (hidden("Cluster", "x"), "depends on a condition"),
        "a branch in a list": (
            hidden("NetworkConfiguration/AwsvpcConfiguration/Subnets/0", "x"),
            "depends on a condition",
        ),
        "a condition": (attribute("Condition", "BffDesiredCountGiven"), "depends on a condition"),
        "undefined": (drop("/Conditions/BffDesiredCountGiven"), "not defined"),
        "decided otherwise": (
            put("/Conditions/BffDesiredCountGiven", {"Fn::Equals": ["a", "a"]}),
            "decides something else",
            "BffDesiredCountGiven",
        ),
        "decided by the other's": (
            put("DesiredCount/Fn::If/0", "AgentCoreDesiredCountGiven"),
            "which decides something else",
        ),
        "one more": (
            put("/Conditions/X", {"Fn::Equals": ["a", "b"]}),
            "no requirement asks for",
            "X",
        ),
        "an output": (
            put("/Outputs/ClusterArn/Condition", "BffDesiredCountGiven"),
            "depends on a condition",
            "ClusterArn",
        ),
        "too many": (
            put(
                "/Resources",
                lambda old: {
                    **old,
                    **{
                        f"R{n}": {"Type": "AWS::SNS::Topic", "Condition": f"C{n}"} for n in range(9)
                    },
                },
            ),
            "cannot be judged",
            "",
        ),
    },
)

ENVIRONMENT_CLAIM_CASES = Cases(
    EnvironmentClaim,
    "",
    bad={
        "another one": (put(CLAIM, "prod"), 'is "prod", but containers run as dev'),
        "none": (drop(CLAIM), "is missing"),
        "unknown": (put(CLAIM, "nowhere"), "has no settings"),
        "no text": (put(CLAIM, ["dev"]), "must be a text"),
        "no claim": (drop("/Metadata"), "is missing"),
        "another contract": (put("/Metadata/BidopsCfn/ContractVersion", "0"), "must be 1"),
        "a word more": (put("/Metadata/Note", "x"), "must not be there"),
    },
    only_here=("another one",),
)

FORM_CASES = Cases(
    Form,
    "",
    good={
        "no description": drop("/Description"),
        "its environment": put("/Description", "for the environment dev, in us-east-1"),
    },
    bad={
        "a transform": (put("/Transform", "AWS::Serverless-2016-10-31"), "no requirement asks for"),
        "mappings": (put("/Mappings", {}), "no requirement asks for"),
        "no version": (drop("/AWSTemplateFormatVersion"), "is missing"),
        "a description that is none": (put("/Description", {}), "must be a text"),
        "a description of others": (put("/Description", "ECS, environment prod"), "names prod"),
    },
    only_here=("a description of others",),
)

PHYSICAL_NAMES_CASES = Cases(
    PhysicalNames,
    "BffTargetGroup",
    good={"nothing instead": put("Name", ref("AWS::NoValue"))},
    bad={
        "a target group": (put("Name", "bff"), "must be generated"),
        "a cluster": (put("/Resources/Cluster/Properties/ClusterName", "x"), "must be", "Cluster"),
        "a role": (put("/Resources/BffTaskRole/Properties/RoleName", "x"), "must", "BffTaskRole"),
        "a log group": (
            put("/Resources/BffLogGroup/Properties/LogGroupName", "x"),
            "must be generated",
            "BffLogGroup",
        ),
    },
)

REVIEWED_PROPERTIES_CASES = Cases(
    ReviewedProperties,
    "BffTaskDefinition",
    good={"another value": put("Cpu", "1")},
    bad={
        "volumes": (put("Volumes", []), "no rule judges"),
        "tags": (put("Tags", []), "no rule judges"),
        "an entry point": (put("ContainerDefinitions/0/EntryPoint", []), "no rule judges"),
        "a misspelt one": (put("NetworkMod", "awsvpc"), "no rule judges"),
        "of another resource": (
            put("/Resources/BffService/Properties/ServiceConnectConfiguration", {}),
            "no rule judges",
            "BffService",
        ),
    },
)

SUPPRESSIONS_CASES = Cases(
    Suppressions,
    "BffService",
    good={"another word in the metadata": attribute("Metadata", {"Comment": "cfn-lint is fine"})},
    bad={
        "of cfn-lint": (
            attribute("Metadata", {"cfn-lint": {"config": {"ignore_checks": ["E"]}}}),
            "suppresses checks",
        ),
        "of checkov": (attribute("Metadata", {"checkov": {"skip": []}}), "suppresses checks"),
        "of cfn_nag": (
            attribute("Metadata", {"cfn_nag": {"rules_to_suppress": []}}),
            "suppresses checks",
        ),
        "deeper": (attribute("Metadata", {"a": [{"CFN-Guard": {}}]}), "suppresses checks"),
        "of the whole template": (put("/Metadata/guard", {}), "suppresses checks", ""),
    },
)


CASES = cases_in(globals())

test_nothing_is_found, test_the_fault_is_found = make_tests(CASES)


def test_the_environment_that_is_asked_for_must_be_the_claimed_one() -> None:
    judged = under_review(committed("dev"), None, REPOSITORY, "prod")
    (finding,) = EnvironmentClaim().findings(judged)
    assert finding.text.endswith('is "dev", but it is checked as "prod"')


def test_the_folder_of_a_committed_template_must_be_the_claimed_environment(tmp_path: Path) -> None:
    file = tmp_path / "templates" / "test" / "compute.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(committed("dev")))
    (finding,) = EnvironmentClaim().findings(under_review(committed("dev"), file, REPOSITORY))
    assert "the file lies in templates/test/" in finding.text


def test_without_settings_nothing_passes(tmp_path: Path) -> None:
    (finding,) = EnvironmentClaim().findings(under_review(committed("dev"), None, tmp_path))
    assert "has no settings to be judged by" in finding.text


def test_settings_that_cannot_be_read_are_a_finding(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "dev.toml").write_text("region = 1")
    (finding,) = EnvironmentClaim().findings(under_review(committed("dev"), None, tmp_path))
    assert "the settings are wrong" in finding.text


def test_a_template_that_needs_s3_is_too_large() -> None:
    file = REPOSITORY / "templates/dev/compute.json"
    assert not Form().findings(under_review(padded(MOST_BYTES), file, REPOSITORY))
    (finding,) = Form().findings(under_review(padded(MOST_BYTES + 1), file, REPOSITORY))
    assert "has 51,201 bytes without indentation, may have 51,200" in finding.text


def test_every_property_of_a_committed_template_is_judged_by_a_rule_of_its_type() -> None:
    judged = judged_properties()
    for declared in committed("prod")["Resources"].values():
        assert set(declared["Properties"]) <= judged[declared["Type"]]
