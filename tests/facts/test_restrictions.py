from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.facts.restrictions import cases, implied, show_conditions
from bidops_cfn.facts.statements import Condition, statements

ACCOUNT = "aws:SourceAccount"
ARN = "aws:SourceArn"


def conditions(written: Any) -> frozenset[Condition]:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": written}
    (found,) = statements({"Statement": statement}, ())
    return found.conditions


def one(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return {operator: {key: list(values)}}


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (one("StringEquals", ACCOUNT, "1"), {}),
        (one("StringEquals", ACCOUNT, "1"), one("stringequals", "AWS:sourceaccount", "2", "1")),
        (one("StringNotEquals", ACCOUNT, "1", "2"), one("StringNotEquals", ACCOUNT, "1")),
        (one("StringEquals", ACCOUNT, "1"), one("StringEqualsIfExists", ACCOUNT, "1")),
        (one("StringEquals", ACCOUNT, "1a"), one("StringEqualsIgnoreCase", ACCOUNT, "1A")),
        (one("StringEquals", ARN, "arn:aws:s3:::b"), one("StringLike", ARN, "arn:*")),
        (one("StringEquals", ARN, "arn:aws:s3:::b"), one("ArnLike", ARN, "arn:aws:*:*:*:*")),
        (one("ArnEquals", ARN, "arn:aws:s3:::b/*"), one("ArnLike", ARN, "arn:aws:s3:::*")),
        (one("StringLike", ARN, "*-logs"), one("StringLike", ARN, "*")),
        (one("IpAddress", "aws:SourceIp", "10.1.0.0/16"), one("IpAddress", "aws:SourceIp",
            "10.0.0.0/9", "10.128.0.0/9")),
        (one("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"), one("NotIpAddress", "aws:SourceIp",
            "10.1.0.0/16")),
        (one("NumericLessThan", "s3:max-keys", 10), one("NumericLessThan", "s3:max-keys", "20")),
        (one("NumericGreaterThan", "k", 10), one("NumericGreaterThan", "k", 5)),
        (one("DateLessThan", "k", "2026-01-01T00:00:00Z"), one("DateLessThan", "k", "2027-01-01")),
        (one("Bool", "aws:SecureTransport", "true"), one("Bool", "aws:SecureTransport", "true",
            "false")),
        (one("StringEquals", ACCOUNT, "1"), one("Null", ACCOUNT, "false")),
        (one("ForAnyValue:StringEquals", "k", "1"), one("ForAnyValue:StringEquals", "k", "1", "2")),
        (one("StringEquals", "k", {"Ref": "A"}), one("StringEquals", "k", {"Ref": "A"}, "b")),
    ],
)  # fmt: skip
def test_one_condition_admits_less_than_another(narrow: Any, wide: Any) -> None:
    assert implied(conditions(narrow), conditions(wide))
    assert not implied(conditions(wide), conditions(narrow))


@pytest.mark.parametrize(
    ("one_", "other"),
    [
        (one("StringEquals", "a", "1"), one("StringEquals", "b", "1")),
        (one("StringEquals", "a", "*"), one("StringEquals", "a", "x")),
        (one("StringEqualsIfExists", "a", "1"), one("Null", "a", "false")),
        (one("ForAllValues:StringEquals", "a", "1"), one("StringEquals", "a", "1")),
        (one("StringEquals", "a", {"Ref": "A"}), one("StringEquals", "a", {"Ref": "B"})),
        (one("StringLike", "a", "x*"), one("StringNotLike", "a", "x*")),
        (one("Invented", "a", "x"), one("Invented", "a", "y")),
    ],
)
def test_neither_condition_admits_less(one_: Any, other: Any) -> None:
    assert not implied(conditions(one_), conditions(other))
    assert not implied(conditions(other), conditions(one_))


def test_alternatives_are_cases_and_denials_stay_together() -> None:
    two = {**one("StringEquals", "a", "1", "2"), **one("StringNotEquals", "b", "3", "4")}
    assert sorted(map(show_conditions, cases(conditions(two)))) == [
        "stringequals a 1 and stringnotequals b 3 and 4",
        "stringequals a 2 and stringnotequals b 3 and 4",
    ]


def test_too_many_cases_stay_one() -> None:
    many = {"StringEquals": {f"k{n}": ["1", "2", "3"] for n in range(5)}}
    assert cases(conditions(many)) == (conditions(many),)
