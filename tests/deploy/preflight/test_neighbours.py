"""Exports, outputs of stacks and constants are looked up, and what is missing is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied
from bidops_cfn.deploy.preflight.survey import ready_to_deploy
from bidops_cfn.deploy.records import Verdict
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Reference, StackOutput
from tests.deploy.preflight.looking import expect, looked, said
from tests.deploy.scripted.cloudformation import ScriptedCloudFormation
from tests.deploy.scripted.network import ENDPOINT_GROUP, EXPORTS, export_value
from tests.deploy.scripted.stack import ScriptedStack
from tests.deploy.scripted.wire import ScriptedWire
from tests.deploy.scripted.world import World, of_pair

NETWORK, SECURITY = "NetworkStack", "SecurityStack"
SECRETS = ("BffDatabaseUrlParameterArn", "AgentDatabaseUrlParameterArn")
READ: dict[str, tuple[Reference, ...]] = {
    "network.VpcId": (StackOutput(NETWORK, "VpcId"),),
    "network.PrivateAgentSubnetIds": (StackOutput(NETWORK, "PrivateAgentSubnetIds"),),
    "security.BffDatabaseUrlParameterArn": (StackOutput(SECURITY, SECRETS[0]),),
    "security.AgentDatabaseUrlParameterArn": (StackOutput(SECURITY, SECRETS[1]),),
}


def reading(dev: Environment, **others: tuple[Reference, ...]) -> World:
    """A world whose dev reads outputs of two stacks that stand; ``others`` by NetworkStack's."""
    exceptions = {**READ, **{f"network.{key}": one for key, one in others.items()}}
    world = of_pair(replace(dev, imports=ImportNames(exceptions=exceptions)))
    outputs = {output: EXPORTS[output] for output in ("VpcId", "PrivateAgentSubnetIds")}
    stand(world, NETWORK, outputs)
    stand(world, SECURITY, {output: export_value(output) for output in SECRETS})
    return world


def stand(world: World, name: str, outputs: dict[str, str]) -> None:
    put_out(world.cloudformation.stacks.stand(name, "CREATE_COMPLETE"), outputs)


def put_out(stack: ScriptedStack, outputs: dict[str, str]) -> None:
    stack.outputs = [{"OutputKey": key, "OutputValue": one} for key, one in outputs.items()]


def outputs_of(world: World, name: str) -> list[dict[str, str]]:
    stack = world.cloudformation.stack(name)
    assert stack is not None
    return stack.outputs


def test_exports_and_outputs_are_counted_apart_and_each_stack_is_asked_once(
    dev: Environment,
) -> None:
    world = reading(dev)
    found = expect(world, "imports", Verdict.OK)
    assert found.message == "all 11 imported exports and 4 outputs of stacks exist"
    asked = [one["StackName"] for one in world.made(Call.DESCRIBE_OTHER_STACKS)]
    assert sorted(asked) == [NETWORK, SECURITY]
    # Secrets are looked for wherever their ARNs come from.
    (secrets,) = (one for one in world.output.of("preflight") if one.check == "secrets")
    assert secrets.message == "all 4 secrets exist"


@pytest.mark.parametrize("check", ["secrets", "secrets key"])
def test_secrets_whose_arns_are_not_known_are_not_called_right(
    dev: Environment, check: str
) -> None:
    world = reading(dev)
    del world.exports["bidopsai-dev-security-BffSessionSecretParameterArn"]
    ended = world.run(lambda: ready_to_deploy(world.runtime, world.target))
    (found,) = (one for one in world.output.of("preflight") if one.check == check)
    assert ended.code == 3
    assert found.verdict is Verdict.NOT_CHECKED
    assert "BffSessionSecretParameterArn is not exported (see imports)" in said(found)


def test_a_missing_output_names_what_is_near_and_the_line_that_the_stack_lacks(
    dev: Environment,
) -> None:
    world = reading(dev)
    outputs_of(world, NETWORK)[0]["OutputKey"] = "Vpcid"
    found, ended = looked(world, "imports")
    assert found.verdict is Verdict.REFUSED
    assert found.message.startswith("1 of 11 imported exports and 4 outputs of stacks")
    assert "output VpcId of NetworkStack (there is Vpcid)" in ended.said
    assert "new CfnOutput(this, 'VpcId', { value: ... });" in ended.said
    assert '"VpcId": {"Value": ...}' in ended.said
    assert "[imports] in params/dev.toml" in ended.said


def test_a_missing_stack_is_named_and_what_depends_on_it_is_not_checked(dev: Environment) -> None:
    world = reading(dev, VpcId=(StackOutput("NetworkStak", "VpcId"),))
    found, _ = looked(world, "imports")
    assert "there is no stack NetworkStak (there is NetworkStack)" in said(found)
    checks = {one.check: one for one in world.output.of("preflight")}
    assert checks["subnets"].verdict is Verdict.NOT_CHECKED
    assert "there is no output VpcId of NetworkStak (see imports)" in checks["subnets"].message


BUCKET = StackOutput("Buckets", "Name", "eu-west-1")


def reading_elsewhere(dev: Environment, reference: StackOutput, *outputs: str) -> World:
    """A world whose bucket's name is read from a stack of another region."""
    names = ImportNames(exceptions={"storage.KnowledgeBaseBucketName": (reference,)})
    world = of_pair(replace(dev, imports=names))
    there = world.wire.elsewhere["eu-west-1"] = ScriptedWire(world.clock)
    cloudformation = ScriptedCloudFormation(there, world.clock, world.ecs)
    stack = cloudformation.stacks.stand("Buckets", "CREATE_COMPLETE")
    put_out(stack, dict.fromkeys(outputs, "tenders"))
    return world


def test_another_region_is_asked_there(dev: Environment) -> None:
    world = reading_elsewhere(dev, BUCKET, "Name")
    found = expect(world, "imports", Verdict.OK)
    assert found.message == "all 14 imported exports and 1 output of stacks exist"
    assert world.wire.elsewhere["eu-west-1"].made(Call.DESCRIBE_OTHER_STACKS)
    assert not world.made(Call.DESCRIBE_OTHER_STACKS)


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        (BUCKET, "output Name of Buckets in eu-west-1 (there is Nam)"),
        (replace(BUCKET, stack="Bucket"), "there is no stack Bucket"),
    ],
)
def test_what_another_region_lacks_is_missing(
    dev: Environment, reference: StackOutput, told: str
) -> None:
    expect(reading_elsewhere(dev, reference, "Nam"), "imports", Verdict.REFUSED, told)


def test_another_region_that_may_not_be_asked_says_nothing_of_its_stacks(dev: Environment) -> None:
    world = reading_elsewhere(dev, BUCKET, "Name")
    there = world.wire.elsewhere["eu-west-1"]
    there.always[Call.DESCRIBE_OTHER_STACKS] = lambda: AccessDenied(
        Call.DESCRIBE_OTHER_STACKS, "not authorized to perform: cloudformation:DescribeStacks"
    )
    expect(world, "imports", Verdict.NOT_CHECKED, "cloudformation:DescribeStacks")


def test_another_account_cannot_be_told_and_what_to_type_there_is_said(dev: Environment) -> None:
    reference = replace(BUCKET, role_arn="arn:aws:iam::444444444444:role/outputs")
    world = reading_elsewhere(dev, reference, "Name")
    found = expect(world, "imports", Verdict.WARNING, f"{reference.source}: cannot tell")
    command = "aws cloudformation describe-stacks --stack-name Buckets --region eu-west-1"
    assert command in said(found)


def test_a_constant_is_what_the_checks_look_at(dev: Environment) -> None:
    world = reading(dev, DatabaseSecurityGroupId=(Constant("sg-0a1b2c3d"),))
    found, _ = looked(world, "groups")
    assert "sg-0a1b2c3d (DatabaseSecurityGroupId) is attached to nothing" in said(found)
    (imports,) = (one for one in world.output.of("preflight") if one.check == "imports")
    assert imports.message == (
        "all 10 imported exports and 4 outputs of stacks exist; 1 constant of the settings"
    )


def test_several_groups_are_all_looked_at(dev: Environment) -> None:
    unused = Constant("sg-0a1b2c3d")
    world = reading(dev, VpcEndpointSecurityGroupId=(Constant(ENDPOINT_GROUP), unused))
    found, _ = looked(world, "groups")
    assert "sg-0a1b2c3d (VpcEndpointSecurityGroupId) is attached to nothing" in said(found)
    again, _ = looked(reading(dev, VpcEndpointSecurityGroupId=(unused,)), "endpoints")
    assert again.verdict is Verdict.REFUSED
    assert "does not have the group sg-0a1b2c3d" in said(again)
