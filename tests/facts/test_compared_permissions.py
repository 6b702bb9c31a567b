"""Pairs of policies for roles, and whether the second permits more or less."""

from __future__ import annotations

import pytest

from bidops_cfn.facts.actions import actions_of, worst
from bidops_cfn.facts.grants import MOST_NAMES
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.widening import Change, changes
from bidops_cfn.facts.wildcards import Texts
from tests.facts.pairs import (
    ACCOUNT,
    ALL_S3,
    BUCKET,
    DENY,
    ROOT,
    Json,
    N,
    U,
    W,
    if_equals,
    role,
    statement,
    template,
    told,
    trusted,
    trusting,
    verdicts,
)

IF_OURS = if_equals(ACCOUNT, "1")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # Denials count, as far as there is something that they deny.
        (role(ALL_S3, DENY), role(ALL_S3), {W}),
        (role(DENY), role(), {W}),
        (role(ALL_S3, DENY), role(statement()), {N}),
        (role(ALL_S3, DENY), role(statement(NotAction="s3:DeleteBucket", Action=None)), {W}),
        (role(DENY, ALL_S3), role(statement(Action=["s3:Get*", "s3:Put*"])), {N}),
        (role(ALL_S3, DENY), role(ALL_S3, {**DENY, "Action": "s3:Delete*"}), {N}),
        (role(ALL_S3, DENY), role(ALL_S3, {**DENY, "Resource": "arn:aws:s3:::b"}), {W}),
        (role(ALL_S3, DENY), role(ALL_S3, {**DENY, "Condition": if_equals("a", "1")}), {W}),
        (role(ALL_S3, {**DENY, "Condition": if_equals("a", "1")}), role(ALL_S3, DENY), {N}),
        (role(statement(), DENY), role(ALL_S3, {**DENY, "Action": "s3:*"}), {N}),
        (role(ALL_S3, DENY), role(DENY, ALL_S3), set()),
        # Conditions and values are sets.
        (role(statement()), role(statement(Condition=if_equals(ACCOUNT, "1"))), {N}),
        (role(statement(Condition=if_equals(ACCOUNT, "1"))), role(statement()), {W}),
        (
            role(statement(Condition=if_equals(ACCOUNT, "1"))),
            role(statement(Condition=if_equals(ACCOUNT, "1", "2"))),
            {W},
        ),
        (
            role(statement(Condition=if_equals(ACCOUNT, "1", "2"))),
            role(
                statement(Condition=if_equals(ACCOUNT, "2")),
                statement(Condition=if_equals("AWS:sourceaccount", "1")),
            ),
            set(),
        ),
        (
            role(statement(Condition={"StringNotEquals": {ACCOUNT: "1"}})),
            role(statement(Condition={"StringNotEquals": {ACCOUNT: ["1", "2"]}})),
            {N},
        ),
        (
            role(statement(Condition=if_equals(ACCOUNT, "1"))),
            role(statement(Condition=if_equals("aws:SourceArn", "1"))),
            {W, N},
        ),
        # Wildcards are sets of texts, in the middle of a word too.
        (
            role(statement(Resource="arn:aws:s3:::*-logs/*")),
            role(statement(Resource=BUCKET)),
            {N},
        ),
        (
            role(statement(Resource=BUCKET)),
            role(statement(Resource="arn:aws:s3:::app-????/*")),
            {W},
        ),
        (
            role(statement(Resource="arn:aws:s3:::a*")),
            role(statement(Resource="arn:aws:s3:::*a")),
            {W, N},
        ),
        (role(statement(Resource=[BUCKET, "*"])), role(statement(Resource="*")), set()),
        (role(statement(Action="s3:Get*")), role(statement(Action="s3:GetObject*")), {N}),
        (role(statement(NotResource=BUCKET, Resource=None)), role(statement()), {W}),
        (
            role(statement(NotResource=BUCKET, Resource=None)),
            role(statement(NotResource=[BUCKET, "arn:aws:s3:::b"], Resource=None)),
            {N},
        ),
        (
            role(statement(NotResource=BUCKET, Resource=None)),
            role(statement(Resource="arn:aws:s3:::other/*")),
            {N},
        ),
        # Policies by their place: other places say the same.
        (
            role(statement(), ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
            role(statement(), ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
            {W},
        ),
        (
            role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
            role(ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
            {N},
        ),
        (role(), role(ManagedPolicyArns=["arn:aws:iam::1:policy/x"]), {W}),
        (role(PermissionsBoundary="arn:a"), role(), {W}),
        (role(), role(PermissionsBoundary="arn:a"), {N}),
        (role(PermissionsBoundary="arn:a"), role(PermissionsBoundary="arn:b"), {W, N}),
        # What cannot be read covers nothing but itself.
        (role(statement(Action={"Ref": "A"})), role(statement(Action="s3:*")), {W, N}),
        (role(statement(Action={"Ref": "A"})), role(statement(Action={"Ref": "A"})), set()),
        # Properties that open nothing, and those that nothing reads.
        (role(Description="a"), role(Description="b"), set()),
        (role(), role(MaxSessionDuration=43200), {U}),
        (role(), role(Tags=[{"Key": "team", "Value": "admin"}]), {U}),
    ],
)  # fmt: skip
def test_permissions_are_sets(old: Json, new: Json, expected: set[Change]) -> None:
    assert verdicts(old, new) == expected


ADMIN = "arn:aws:iam::111111111111:role/Admin"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (trusted(trusting(AWS=ROOT)), trusted(trusting(AWS="*")), {W}),
        (trusted(trusting(AWS=ROOT)), trusted(trusting(AWS="111111111111")), set()),
        (trusted(trusting(AWS=ROOT)), trusted(trusting(AWS=ADMIN)), {N}),
        (trusted(trusting()), trusted(trusting(AWS="*")), set()),
        (trusted(trusting(AWS=[ROOT, "222222222222"])), trusted(trusting(AWS=ROOT)), {N}),
        (trusted(trusting(Service="a.b")), trusted(trusting(Service="c.d")), {W, N}),
        (
            trusted(trusting(Service="a.b")),
            trusted(trusting(Service="a.b", action=["sts:AssumeRole", "sts:TagSession"])),
            {W},
        ),
        (
            trusted(trusting(if_equals(ACCOUNT, "1"), Service="a.b")),
            trusted(trusting({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:*:1:*"}}, Service="a.b")),
            {W, N},
        ),
        (
            trusted(trusting({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:*:1:*"}}, Service="a.b")),
            trusted(trusting({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu:1:*"}}, Service="a.b")),
            {N},
        ),
        (
            trusted(trusting(AWS=ROOT), {**trusting(AWS=ADMIN), "Effect": "Deny"}),
            trusted(trusting(AWS=ROOT)),
            {W},
        ),
        (
            trusted({**trusting(), "Principal": None, "NotPrincipal": {"AWS": [ADMIN]}}),
            trusted(trusting()),
            {W},
        ),
    ],
)
def test_trust_is_sets(old: Json, new: Json, expected: set[Change]) -> None:
    assert verdicts(old, new) == expected


def test_a_change_of_hundreds_of_statements_is_compared_in_time() -> None:
    many = [
        statement(Resource=f"arn:aws:s3:::b{n}-*/x*y?z", Condition=if_equals("a", *"12345"))
        for n in range(60)
    ]
    assert verdicts(role(*many), role(*many[1:], DENY)) == {N}


def test_more_grants_than_a_policy_can_hold_are_not_compared_each_with_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(Texts, "covers")
    one, other = (
        role(statement(Resource=[f"arn:aws:s3:::{name}{n}-*/x*y" for n in range(2000)]))
        for name in ("a", "b")
    )
    assert verdicts(one, other) == {W, N}
    assert verdicts(one, one) == set()


def test_no_resource_of_a_statement_is_left_out() -> None:
    names = [f"arn:aws:s3:::b{number}" for number in range(20)]
    found = changes(read(role()), read(role(statement(Resource=names))))
    assert [one.told for one in found] == [f"R: s3:GetObject on {name}" for name in names]
    path = ("Resources", "R", "Properties", "Policies", 0, "PolicyDocument", "Statement", 0)
    assert {one.path for one in found} == {path}


def test_a_user_and_a_permission_set_hold_what_they_may_do() -> None:
    for kind, step in (("AWS::IAM::User", "Policies"), ("AWS::SSO::PermissionSet", "InlinePolicy")):
        few, all_ = (
            template(kind, {step: {"PolicyDocument": {"Statement": [statement(Action=one)]}}})
            for one in ("s3:GetObject", "s3:*")
        )
        assert verdicts(few, all_) == {W}
        assert verdicts(all_, few) == {N}


def test_halves_of_a_range_are_the_whole_in_a_condition_too() -> None:
    def within(*ranges: str) -> Json:
        return role(statement(Condition={"IpAddress": {"aws:SourceIp": list(ranges)}}))

    whole, halves = within("10.0.0.0/8"), within("10.128.0.0/9", "10.0.0.0/9")
    assert verdicts(whole, halves) == set()
    assert verdicts(halves, whole) == set()
    assert verdicts(whole, within("10.0.0.0/9")) == {N}
    assert verdicts(halves, within("10.0.0.0/8", "11.0.0.0/8")) == {W}


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (IF_OURS, None, "may assume the role, before only if stringequals aws:sourceaccount 1"),
        (None, IF_OURS, "may assume the role, now only if stringequals aws:sourceaccount 1"),
        (
            IF_OURS | {"Bool": {"x": True}},
            IF_OURS,
            "aws:sourceaccount 1, before only if bool x true and stringequals aws:sourceaccount 1",
        ),
        # What is possible under other conditions stands in a line of its own.
        (IF_OURS, if_equals(ACCOUNT, "1", "2"), "role if stringequals aws:sourceaccount 2"),
    ],
)
def test_a_condition_that_is_dropped_or_new_is_told(old: Json, new: Json, shown: str) -> None:
    sides = [trusted(trusting(one, Service="ecs-tasks.amazonaws.com")) for one in (old, new)]
    (line,) = told(*sides)
    assert line.endswith(shown)


def test_what_only_somebody_else_was_allowed_is_no_condition_of_it() -> None:
    (line,) = told(
        trusted(trusting(IF_OURS, AWS=ROOT)),
        trusted(trusting(IF_OURS, AWS=ROOT), trusting(Service="x.amazonaws.com")),
    )
    assert line == "R: Service x.amazonaws.com may assume the role"


def test_a_denial_that_is_new_or_gone_is_told() -> None:
    sides = role(ALL_S3), role(ALL_S3, DENY)
    assert told(*sides) == ["R: s3:DeleteBucket on * is denied"]
    assert told(*reversed(sides)) == ["R: s3:DeleteBucket on * is no longer denied"]


def test_of_many_actions_the_worst_is_told_and_how_many_there_are() -> None:
    several = sorted(actions_of("s3"))[: MOST_NAMES + 1]
    (line,) = told(role(), role(statement(Action=several)))
    assert line.startswith(f"R: {worst(several)} and {MOST_NAMES} more of s3:")
