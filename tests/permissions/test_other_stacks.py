"""What reading outputs of other stacks takes, of whoever asks and of CloudFormation."""

from __future__ import annotations

import json

from bidops_cfn.compute import template
from bidops_cfn.deploy.calls import Need
from bidops_cfn.permissions.cloudformation import grant
from bidops_cfn.permissions.deployer import build_statements
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import Statement
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Reference, StackOutput
from tests.neighbours import beside

STACKS = ("DatabaseStack", "NetworkStack", "SecurityStack")
HERE = "arn:aws:cloudformation:us-east-1:111111111111:stack"
ROLE = "arn:aws:iam::444444444444:role/outputs"


def place(environment: Environment, **changes: tuple[Reference, ...]) -> Place:
    beside_stacks = beside(environment, **changes)
    return Place(beside_stacks, json.loads(template.render(beside_stacks)))


def of_other_stacks(statements: tuple[Statement, ...]) -> dict[str, Statement]:
    return {one.sid: one for one in statements if "Other" in one.sid}


def test_who_looks_may_describe_exactly_the_stacks_that_are_read(dev: Environment) -> None:
    found = of_other_stacks(build_statements(place(dev), [Need.READ]))
    assert found["LookOtherStacks"].actions == {"cloudformation:DescribeStacks"}
    assert found["LookOtherStacks"].resources == tuple(f"{HERE}/{name}/*" for name in STACKS)


def test_cloudformation_may_describe_them_too(dev: Environment) -> None:
    found = of_other_stacks(grant(place(dev)).statements)
    assert set(found) == {"ReadOutputsOfOtherStacks"}
    assert found["ReadOutputsOfOtherStacks"].actions == {"cloudformation:DescribeStacks"}
    assert found["ReadOutputsOfOtherStacks"].resources == tuple(
        f"{HERE}/{name}/*" for name in STACKS
    )


def test_another_region_is_described_there_and_another_account_by_its_role(
    dev: Environment,
) -> None:
    elsewhere = place(
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
