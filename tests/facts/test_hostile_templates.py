"""Whatever stands in a template, facts answer; they never raise and never take for ever."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidops_cfn.facts.exposures import exposures
from bidops_cfn.facts.imports import Contract, import_uses
from bidops_cfn.facts.proofs import prove
from bidops_cfn.facts.reading import Facts, read
from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.facts.widening import changes

CONTRACT = Contract("dev")
WORDS = st.sampled_from(
    [
        "Ref", "Fn::If", "Fn::Sub", "Fn::Join", "Fn::GetAtt", "Fn::Select", "Fn::Split",
        "Fn::ImportValue", "Fn::Equals", "Fn::Not", "Fn::And", "Condition", "AWS::NoValue",
        "A", "B", "A.Arn", "${A}", "${B.Arn}-x", "*", "s3:*", "Allow", "Deny", "tcp", "0.0.0.0/0",
        "bff", "agentcore", "3000", "",
    ]
)  # fmt: skip
TYPES = st.sampled_from(
    [
        "AWS::ECS::Service", "AWS::ECS::TaskDefinition", "AWS::IAM::Role", "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy", "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress",
    ]
)  # fmt: skip
KEYS = st.sampled_from(
    [
        "Policies", "PolicyDocument", "AssumeRolePolicyDocument", "Statement", "Action",
        "NotAction", "Resource", "NotResource", "Effect", "Principal", "Condition", "Roles",
        "RoleName", "ManagedPolicyArns", "SecurityGroupIngress", "SecurityGroupEgress", "GroupId",
        "IpProtocol", "FromPort", "ToPort", "CidrIp", "SourceSecurityGroupId", "TaskDefinition",
        "NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups", "Subnets",
        "AssignPublicIp", "LoadBalancers", "ContainerName", "ContainerPort", "TargetGroupArn",
        "ContainerDefinitions", "Name", "PortMappings", "Environment", "Secrets", "TaskRoleArn",
        "ExecutionRoleArn", "LogConfiguration", "Options", "Family",
    ]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-1, 70000) | WORDS | st.floats(allow_nan=False)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS | WORDS, inner, max_size=4)
        | st.tuples(WORDS, inner).map(lambda pair: {pair[0]: pair[1]})
    ),
    max_leaves=25,
)
RESOURCES = st.fixed_dictionaries(
    {"Type": TYPES | VALUES, "Properties": st.dictionaries(KEYS, VALUES, max_size=5) | VALUES},
    optional={"Condition": WORDS, "DependsOn": VALUES},
)
TEMPLATES = st.dictionaries(
    st.sampled_from(["Resources", "Parameters", "Conditions", "Outputs", "Metadata", "Mappings"]),
    st.dictionaries(WORDS, RESOURCES | VALUES, max_size=4) | VALUES,
    max_size=5,
)


def everything(template: object) -> Facts:
    facts = read(template)
    for reading in facts.readings:
        list(exposures(reading))
        list(import_uses(reading.document))
        for role in reading.roles.values():
            assert all(isinstance(one.actions, frozenset) for one in role.statements)
        for service in reading.services.values():
            reading.flows(service)
    prove(facts, CONTRACT)
    return facts


@settings(derandomize=True, max_examples=150, deadline=None)
@given(TEMPLATES | VALUES)
def test_random_templates_are_read_without_an_error(template: object) -> None:
    facts = everything(template)
    assert facts.readings or facts.incomplete
    if isinstance(template, dict):
        bare = {name: section for name, section in template.items() if name != "Resources"}
        verdicts = prove(read(bare), CONTRACT)
        assert all(verdict.outcome is Outcome.UNKNOWN for verdict in verdicts)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(TEMPLATES, TEMPLATES)
def test_random_templates_are_compared_without_an_error(old: object, new: object) -> None:
    changes(read(old), read(new))


def nested(levels: int) -> object:
    value: object = "end"
    for _ in range(levels):
        value = {"Properties": value}
    return {"Resources": {"A": value}}


def doubling_conditions(count: int) -> object:
    conditions: dict[str, object] = {"C0": {"Fn::Equals": [{"Ref": "P"}, "x"]}}
    for n in range(1, count):
        before = {"Condition": f"C{n - 1}"}
        conditions[f"C{n}"] = {"Fn::And": [before, before]}
    resource = {"Type": "AWS::IAM::Role", "Condition": f"C{count - 1}"}
    return {"Conditions": conditions, "Resources": {"A": resource}}


def multiplying_substitutions() -> object:
    value: object = "x" * 100
    for _ in range(8):
        value = {"Fn::Sub": ["${a}" * 100, {"a": value}]}
    return {"Resources": {"A": {"Type": "AWS::IAM::Role", "Properties": {"Policies": value}}}}


def many_conditions(count: int) -> object:
    conditions = {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n}"}, "x"]} for n in range(count)}
    resources = {f"R{n}": {"Type": "AWS::IAM::Role", "Condition": f"C{n}"} for n in range(count)}
    return {"Conditions": conditions, "Resources": resources}


@pytest.mark.parametrize(
    ("template", "complete"),
    [
        pytest.param(nested(100_000), False, id="nesting"),
        pytest.param(doubling_conditions(200), True, id="doubling conditions"),
        pytest.param(multiplying_substitutions(), True, id="multiplying substitutions"),
        pytest.param(many_conditions(3), True, id="three conditions"),
        pytest.param(many_conditions(200), False, id="two hundred conditions"),
        pytest.param(
            {"Resources": {"A": [1] * 300_000}}, False, id="three hundred thousand values"
        ),
        pytest.param({"Conditions": {"C": {"Condition": "C"}}}, True, id="circular condition"),
        pytest.param([], False, id="list"),
        pytest.param(None, False, id="null"),
        pytest.param({}, True, id="empty"),
    ],
)
def test_excess_is_incomplete_and_not_endless(template: object, complete: bool) -> None:
    facts = everything(template)
    assert bool(facts.readings) or not complete
    assert (facts.incomplete == "") is complete
