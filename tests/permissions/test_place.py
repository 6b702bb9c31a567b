"""Where an environment's resources are, what reading other stacks takes, and the page of it all."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bidops_cfn.compute import template
from bidops_cfn.deploy.calls import Need
from bidops_cfn.errors import UsageError
from bidops_cfn.permissions.cloudformation import grant
from bidops_cfn.permissions.deployer import build_statements
from bidops_cfn.permissions.page import write_committed
from bidops_cfn.permissions.place import Place, read_place
from bidops_cfn.permissions.policy import Statement
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Reference, StackOutput
from tests.conftest import REPOSITORY
from tests.neighbours import beside

STACKS = ("DatabaseStack", "NetworkStack", "SecurityStack")
HERE = "arn:aws:cloudformation:us-east-1:111111111111:stack"
ROLE = "arn:aws:iam::444444444444:role/outputs"


def prefix(environment: Environment, stack: str, logical_id: str) -> str:
    role = {logical_id: {"Type": "AWS::IAM::Role"}}
    return Place(replace(environment, stack_name=stack), {"Resources": role}).role_prefix


@pytest.mark.parametrize(
    ("stack", "logical_id", "generated"),
    [
        # names that CloudFormation gave: github.com/KensioSoftware/yulin/issues/1113
        (
            "ChineseboostAnalyticsStack",
            "RainlyticsSummariesJobFunctionServiceRole",
            "ChineseboostAnalyticsStac-RainlyticsSummariesJobFun-UjecjFhpdr1d",
        ),
        ("s" * 28, "L" * 22, f"{'s' * 28}-{'L' * 22}-ABCDEFGHIJKL"),
        ("s" * 29, "L" * 22, f"{'s' * 25}-{'L' * 22}-ABCDEFGHIJKL"),
        ("s" * 10, "L" * 60, f"{'s' * 10}-{'L' * 25}-ABCDEFGHIJKL"),
    ],
)
def test_a_roles_generated_name_starts_with_its_prefix(
    stack: str, logical_id: str, generated: str, dev: Environment
) -> None:
    assert len(generated) <= 64
    assert generated.startswith(prefix(dev, stack, logical_id))


def test_the_whole_name_of_the_stack_counts_where_it_fits(dev: Environment) -> None:
    assert prefix(dev, "s" * 28, "L" * 22) == f"{'s' * 28}-"
    assert prefix(dev, "s" * 29, "L" * 22) == "s" * 25


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"Resources": []}', '{"Resources": {"A": {}}}', "{" * 99_999]
)
def test_a_text_that_is_no_template_is_refused(text: str, dev: Environment) -> None:
    with pytest.raises(UsageError, match=r"compute\.json is no template"):
        read_place(dev, text, "templates/dev/compute.json")


def place_beside(environment: Environment, **changes: tuple[Reference, ...]) -> Place:
    beside_stacks = beside(environment, **changes)
    return Place(beside_stacks, json.loads(template.render(beside_stacks)))


def of_other_stacks(statements: tuple[Statement, ...]) -> dict[str, Statement]:
    return {one.sid: one for one in statements if "Other" in one.sid}


def test_who_looks_and_cloudformation_may_describe_exactly_the_stacks_that_are_read(
    dev: Environment,
) -> None:
    place, describing = place_beside(dev), frozenset({"cloudformation:DescribeStacks"})
    stacks = tuple(f"{HERE}/{name}/*" for name in STACKS)
    for sid, statements in (
        ("LookOtherStacks", build_statements(place, [Need.READ])),
        ("ReadOutputsOfOtherStacks", grant(place).statements),
    ):
        assert of_other_stacks(statements) == {sid: Statement(sid, describing, stacks)}


def test_another_region_is_described_there_and_another_account_by_its_role(
    dev: Environment,
) -> None:
    elsewhere = place_beside(
        dev,
        VpcId=(StackOutput("There", "VpcId", "eu-west-1"),),
        PrivateAppSubnetIds=(StackOutput("Theirs", "Subnets", role_arn=ROLE),),
    )
    found = of_other_stacks(grant(elsewhere).statements)
    there = "arn:aws:cloudformation:eu-west-1:111111111111:stack/There/*"
    assert there in found["ReadOutputsOfOtherStacks"].resources
    assert not any("Theirs" in one for one in found["ReadOutputsOfOtherStacks"].resources)
    assert found["ReadOutputsOfOtherAccounts"].actions == {"sts:AssumeRole"}
    assert found["ReadOutputsOfOtherAccounts"].resources == (ROLE,)
    looked = of_other_stacks(build_statements(elsewhere, [Need.READ]))["LookOtherStacks"]
    assert there in looked.resources  # preflight asks it there
    assert not any("Theirs" in one for one in looked.resources)


def test_nothing_is_granted_where_everything_is_exported(dev: Environment) -> None:
    exported = Place(dev, json.loads(template.render(dev)))
    assert not of_other_stacks(grant(exported).statements)
    assert not of_other_stacks(build_statements(exported, [Need.READ]))


def test_the_page_is_what_the_decisions_say() -> None:
    written = (REPOSITORY / "docs" / "deploy-permissions.md").read_text(encoding="utf-8")
    assert written == write_committed(REPOSITORY), "write it anew: make docs"
