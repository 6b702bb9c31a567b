from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.facts.reading import read
from bidops_cfn.facts.roles import Role
from bidops_cfn.facts.statements import statements


def allow(action: Any = "s3:GetObject", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*", **more}


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(properties: dict[str, Any], **others: Any) -> Role:
    resources = {"R": {"Type": "AWS::IAM::Role", "Properties": properties}, **others}
    (reading,) = read({"Resources": resources}).readings
    return reading.roles["R"]


def policy(kind: str, **properties: Any) -> dict[str, Any]:
    properties.setdefault("PolicyDocument", document(allow("s3:DeleteObject")))
    return {"Type": f"AWS::IAM::{kind}", "Properties": properties}


def granted(role: Role) -> set[str]:
    allowed = (one.actions for one in role.statements if one.allows)
    return {"*" for _ in role.outside} | set[str]().union(*allowed)


@pytest.mark.requirement("FR-018")
@pytest.mark.parametrize(
    ("properties", "other"),
    [
        ({"Policies": [{"PolicyDocument": document(allow("s3:DeleteObject"))}]}, {}),
        ({}, policy("Policy", Roles=[{"Ref": "R"}])),
        ({}, policy("ManagedPolicy", Roles=[{"Ref": "R"}])),
        ({}, policy("RolePolicy", RoleName={"Ref": "R"})),
        ({}, policy("RolePolicy", RoleName={"Fn::Sub": "${R}"})),
        ({"ManagedPolicyArns": [{"Ref": "P"}]}, policy("ManagedPolicy")),
        ({"RoleName": "role"}, policy("Policy", Roles=["role"])),
        ({}, policy("Policy", Roles=[{"Ref": "SomeParameter"}])),
        ({}, policy("Policy", Roles=[{"Fn::ImportValue": "x"}])),
    ],
    ids=[
        "inline", "policy", "managed policy", "role policy", "by a substitution", "attached by ARN",
        "by its fixed name", "by a parameter", "by an import",
    ],
)  # fmt: skip
def test_a_policy_counts_wherever_it_stands(properties: dict[str, Any], other: Any) -> None:
    assert "s3:DeleteObject" in granted(role(properties, P=other))


@pytest.mark.parametrize(
    "other",
    [
        policy("Policy", Roles=["other-role"]),
        policy("Policy", Roles=[{"Ref": "Other"}]),
        policy("Policy", Users=["x"]),
    ],
)
def test_a_policy_of_another_role_does_not_count(other: Any) -> None:
    found = role({}, P=other, Other={"Type": "AWS::IAM::Role", "Properties": {}})
    assert granted(found) == set()


def test_a_managed_policy_from_outside_may_grant_everything() -> None:
    found = role({"ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]})
    assert len(found.outside) == 1
    assert granted(found) == {"*"}


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (allow("s3:*"), True),
        (allow(["S3:DELETEOBJECT"]), True),
        ({"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "*"}, False),
        ({"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}, False),
        ({"effect": "Allow", "action": "s3:DeleteObject", "resource": "*"}, True),
        ({"Effect": "allow", "Action": "s3:DeleteObject", "Resource": "*"}, True),
        ({"Action": "s3:DeleteObject"}, True),
        (allow({"Ref": "P"}), True),
        (allow(["s3:GetObject", {"Ref": "P"}]), True),
        ({"Effect": "Allow", "NotAction": {"Ref": "P"}, "Resource": "*"}, True),
        ("everything", True),
        (allow("s3:GetObject"), False),
    ],
)
def test_what_cannot_be_read_is_taken_at_its_worst(statement: Any, allowed: bool) -> None:
    found = role({"Policies": [{"PolicyDocument": document(statement)}]})
    assert ("s3:DeleteObject" in granted(found)) is allowed


@pytest.mark.parametrize("broken", [None, [], "x", {"Ref": "P"}, {"Statement": "x"}])
def test_an_unreadable_policy_allows_everything(broken: Any) -> None:
    found = role({"Policies": [{"PolicyDocument": broken}]})
    assert broken == [] or "iam:CreateUser" in granted(found)


@pytest.mark.parametrize(
    ("key", "same"), [("KMS:viaservice", True), ("\N{KELVIN SIGN}ms:ViaService", False)]
)
def test_a_condition_key_is_the_same_in_other_letter_case_alone(key: str, same: bool) -> None:
    def conditions(name: str) -> object:
        condition = {"StringEquals": {name: "ssm.us-east-1.amazonaws.com"}}
        (one,) = statements({"Statement": [{"Effect": "Allow", "Condition": condition}]}, ())
        return one.conditions

    assert (conditions(key) == conditions("kms:ViaService")) is same
