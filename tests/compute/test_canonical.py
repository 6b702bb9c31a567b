from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any

import pytest
from awacs.aws import Allow, Condition, PolicyDocument, Statement, StringEquals
from hypothesis import given
from hypothesis import strategies as st
from troposphere import (
    GetAtt,
    Join,
    NoValue,
    Output,
    Parameter,
    Ref,
    Tags,
    cloudformation,
    ec2,
    ecs,
    encode_to_dict,
    iam,
)

from bidops_cfn.compute import template
from bidops_cfn.compute.template import text
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Capability

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def expected(value: Any) -> str:
    """Return the text as the libraries write it."""
    return json.dumps(encode_to_dict(value), indent=1, sort_keys=True)


@given(PLAIN)
def test_plain_values_are_written_as_json_writes_them(value: object) -> None:
    assert text(value) == json.dumps(value, indent=1, sort_keys=True)


def test_a_committed_environment_is_written_as_the_libraries_write_it(
    environment: Environment, document: dict[str, Any]
) -> None:
    assert template.render(environment) == json.dumps(document, indent=1, sort_keys=True) + "\n"


@pytest.mark.parametrize(
    "value",
    [
        Ref("A"),
        [Join("-", [Ref("A"), {"b": GetAtt("C", "Arn")}]), NoValue, (), (Ref("B"), 1)],
        OrderedDict(b=Ref("B"), a=[Capability.WRITE_LOGS]),
        Tags(B="b", A=Ref("A")),
        Parameter("Image", Type="String", Default="a", MinLength=1),
        Output("Arn", Value=GetAtt("A", "Arn")),
        ec2.SecurityGroup(
            "Group",
            GroupDescription="a",
            SecurityGroupEgress=[ec2.SecurityGroupRule(IpProtocol="-1", CidrIp=Ref("Cidr"))],
            DependsOn="A",
            Tags=Tags(A="a"),
        ),
        ecs.Cluster("Cluster"),
        ecs.Cluster("Kept", DeletionPolicy="Retain"),
        ec2.SecurityGroupRule(IpProtocol="tcp").no_validation(),
        iam.Policy(
            PolicyName="a",
            PolicyDocument=PolicyDocument(
                Statement=[
                    Statement(
                        Effect=Allow,
                        Resource=[GetAtt("A", "Arn")],
                        Condition=Condition(StringEquals({"a": ["b"]})),
                    )
                ]
            ),
        ),
        cloudformation.WaitConditionHandle("Handle"),
        {"Résumé": "é\u2028\U0001f600\x7f"},
    ],
    ids=lambda value: type(value).__name__,
)
def test_objects_are_written_as_their_libraries_write_them(value: Any) -> None:
    assert text(value) == expected(value)


@pytest.mark.parametrize(
    "value",
    [
        ecs.TaskDefinition("Task", ContainerDefinitions=[ecs.ContainerDefinition(Name="a")]),
        iam.Policy(PolicyName="a"),
        PolicyDocument(Statement=[Statement(Action=[])]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_object_without_a_required_property_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="required in type"):
        expected(value)
    with pytest.raises(ValueError, match="required in type"):
        text([value])


def test_what_is_neither_plain_nor_an_object_of_the_libraries_is_refused() -> None:
    with pytest.raises(AttributeError):
        text({"a": {1, 2}})
