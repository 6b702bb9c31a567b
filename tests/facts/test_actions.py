from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.facts import actions


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
