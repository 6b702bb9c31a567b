"""What a statement matches: actions, texts with wildcards, and conditions."""

from __future__ import annotations

import fnmatch
import itertools
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.facts import actions
from bidops_cfn.facts.restrictions import cases, implied, show_conditions
from bidops_cfn.facts.statements import Condition, statements
from bidops_cfn.facts.wildcards import Texts, arn_pattern, covered, overlap, pattern


@pytest.mark.parametrize(
    ("pattern", "contains", "lacks"),
    [
        ("s3:GetObject", "s3:GetObject", "s3:GetObjectAcl"),
        ("S3:GETOBJECT", "s3:GetObject", "s3:PutObject"),
        ("s3:Get*", "s3:GetObjectAcl", "s3:PutObject"),
        ("s3:*Object", "s3:DeleteObject", "s3:ListBucket"),
        ("s3:?etObject", "s3:GetObject", "s3:PutObject"),
        ("s3:*", "s3:DeleteBucket", "sqs:DeleteQueue"),
        ("s?:*", "s3:DeleteBucket", "sqs:DeleteQueue"),
        ("*:DeleteBucket", "s3:DeleteBucket", "s3:GetObject"),
        ("bedrock*:Invoke*", "bedrock:InvokeModel", "s3:GetObject"),
    ],
)
def test_a_pattern_allows_what_it_matches(pattern: str, contains: str, lacks: str) -> None:
    expanded = actions.expand(pattern)
    assert contains in expanded
    assert lacks not in expanded


@pytest.mark.parametrize("pattern", ["*", "*:*", "nonsense", ""])
def test_everything_and_nonsense_are_every_action(pattern: str) -> None:
    assert actions.expand(pattern) == actions.every_action()
    assert len(actions.every_action()) > 10_000


def test_a_name_that_iam_does_not_know_stays_alone_and_unknown() -> None:
    (action,) = actions.expand("bedrock-runtime:InvokeModel")
    assert not actions.is_known(action)
    assert actions.access_level(action) == "Unknown"


@pytest.mark.parametrize(
    ("action", "level"),
    [
        ("s3:GetObject", "Read"),
        ("s3:ListBucket", "List"),
        ("s3:DeleteObject", "Write"),
        ("s3:PutBucketPolicy", "Permissions management, Write"),
    ],
)
def test_access_levels_are_the_catalogues(action: str, level: str) -> None:
    assert actions.access_level(action) == level


PATTERNS = st.text("ab*?", max_size=12)


@given(PATTERNS, st.text("ab", max_size=8))
def test_wildcards_match_as_globs_do(pattern: str, name: str) -> None:
    expected = re.fullmatch(fnmatch.translate(pattern), name) is not None
    assert actions._matcher(pattern)(name) is expected


def test_many_stars_take_no_time() -> None:
    pattern = actions._matcher("*a" * 2000 + "b")
    assert not pattern("a" * 4000)


def test_the_catalogue_says_its_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", actions.catalogue_version())


def within(narrow: object, *wide: object) -> bool:
    return covered(pattern(narrow), tuple(pattern(one) for one in wide))


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [
        ("app-logs/*", "*-logs/*", True),
        ("*-logs/*", "app-logs/*", False),
        ("a*c", "a*", True),
        ("a?c", "a*c", True),
        ("a*c", "a?c", False),
        ("?*", "*?", True),
        ("**", "*", True),
        ("", "*", True),
        ("", "?", False),
        ("abc", "abc", True),
        ("*a*b*", "*a*", True),
        ("*a*", "*a*b*", False),
        ({"Ref": "A"}, {"Ref": "A"}, True),
        ({"Ref": "A"}, "*", True),
        ({"Ref": "A"}, "?", False),
        ({"Ref": "A"}, {"Ref": "B"}, False),
        ("*", {"Ref": "A"}, False),
        ({"Fn::Join": ["", [{"Ref": "A"}, "/x"]]}, {"Fn::Join": ["", [{"Ref": "A"}, "/*"]]}, True),
    ],
)
def test_a_pattern_is_part_of_another(narrow: object, wide: object, expected: bool) -> None:
    assert within(narrow, wide) is expected


def test_several_patterns_together_cover_one() -> None:
    assert within("a?", "a*b", "a*", "x")
    assert not within("*", "a*", "b*")


def test_a_wildcard_in_an_arn_stays_in_its_part() -> None:
    own = arn_pattern("arn:aws:ecs:*:111111111111:*")
    assert covered(arn_pattern("arn:aws:ecs:us-east-1:111111111111:task/x:y"), (own,))
    assert not covered(arn_pattern("arn:aws:ecs:us-east-1:1:111111111111:x"), (own,))


SHORT = st.text(alphabet="ab*?", max_size=5)
TEXTS = ["".join(one) for size in range(6) for one in itertools.product("abc", repeat=size)]


def matched(written: str) -> set[str]:
    matcher = re.compile(re.escape(written).replace(r"\*", ".*").replace(r"\?", "."))
    return {text for text in TEXTS if matcher.fullmatch(text)}


@given(SHORT, SHORT)
def test_patterns_agree_with_the_texts_that_they_match(one: str, other: str) -> None:
    if within(one, other):
        assert matched(one) <= matched(other)
    elif len(one) < 3:
        assert not matched(one) <= matched(other)
    if matched(one) & matched(other):
        assert overlap(pattern(one), pattern(other))


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        (Texts((pattern("a*"),), True), Texts((pattern("b*"),)), True),
        (Texts((pattern("a*"),), True), Texts((pattern("*"),)), False),
        (Texts((pattern("ab"),), True), Texts((pattern("a*"),), True), True),
        (Texts((pattern("a*"),), True), Texts((pattern("ab"),), True), False),
        (Texts((pattern("*"),)), Texts((pattern("a"),), True), True),
        (Texts((pattern("a*"),)), Texts((pattern("a"),), True), False),
    ],
)
def test_what_is_excluded_is_compared_the_other_way(
    wide: Texts, narrow: Texts, expected: bool
) -> None:
    assert wide.covers(narrow) is expected


def test_hostile_patterns_are_answered_in_time() -> None:
    hostile = "*a" * 30 + "?" * 30
    assert not within("*a" * 29 + "?" * 29 + "*", hostile)


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
        (one("DateLessThan", "k", "2026-01-01T00:00:00+02:00"), one("DateLessThan", "k",
            "2026-01-01T00:00:00Z")),
        (one("DateLessThan", "k", "2026-01-01T00:00:00"), one("DateLessThan", "k",
            "2026-01-01T00:00:00-01:00")),
        (one("DateGreaterThan", "k", "1767225601"), one("DateGreaterThan", "k", "2026-01-01")),
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


@pytest.mark.parametrize("written", ["2026-01-01", "2026-01-01T00:00:00", "1767225600"])
def test_a_date_without_a_zone_is_one_of_utc_wherever_it_is_read(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    utc, plain = (
        conditions(one("DateEquals", "k", date)) for date in ("2026-01-01T09:00:00+09:00", written)
    )
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert implied(utc, plain)
        assert implied(plain, utc)
    finally:
        monkeypatch.undo()
        time.tzset()


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
