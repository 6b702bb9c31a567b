from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.facts.wildcards import Texts, arn_pattern, covered, overlap, pattern


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
