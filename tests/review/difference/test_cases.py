"""Small templates after situations that people met on AWS, each with what is right there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn.cli.versions import of_files
from bidops_cfn.facts.changes import Change
from bidops_cfn.review.difference.compared import compare
from bidops_cfn.review.difference.text import text

CASES = Path(__file__).parent / "cases"
NOTHING: set[Change] = set()
WIDENED, NARROWED, UNKNOWN = {Change.WIDENED}, {Change.NARROWED}, {Change.UNKNOWN}
REVERSE = dict(zip(Change, (Change.NARROWED, Change.WIDENED, Change.UNKNOWN), strict=True))

# The changes that a case has, no others, and a text of one of them.
EXPECTED: dict[str, tuple[set[Change], str]] = {
    "icmp": (WIDENED | NARROWED, "ingress icmp type 8 code 0 from 0.0.0.0/0"),
    "deny": (WIDENED, "s3:DeleteBucket on * is no longer denied"),
    "deny-added": (NARROWED, "s3:Delete* on * is denied"),
    "trust": (NARROWED, "may assume the role if stringequals aws:sourceaccount 111111111111"),
    "trust-cond-values": (NARROWED, "if stringequals aws:sourceaccount 2"),
    "perm-cond-fewer-values": (NARROWED, "if stringequals aws:sourceaccount 2"),
    "rule-cond": (WIDENED, "path-pattern /* at arn:l"),
    "mapping-cidr": (WIDENED, "ingress tcp 443 from 0.0.0.0/0"),
    "foreach": (UNKNOWN, "CloudFormation expands AWS::LanguageExtensions, Fn::ForEach::G"),
    "include": (UNKNOWN, "CloudFormation expands AWS::Include"),
    "kms-policy": (WIDENED, "AWS * may kms:* on *"),
    "lb-scheme": (WIDENED, "internet-facing"),
    "nested": (UNKNOWN, "changed and is not looked into (AWS::CloudFormation::Stack: TemplateURL)"),
    "role-name": (WIDENED, " more of * on *"),
    "managed-roles-literal": (WIDENED, " more of * on *"),
    "groupname": (WIDENED | NARROWED, "ingress tcp 22 from 10.0.0.0/8"),
    "taskdef-literal": (WIDENED | NARROWED, "task-definition/evil:1"),
    "taskdef-alone": (WIDENED | NARROWED, "task role arn:aws:iam::111111111111:role/Admin"),
    "ranges-merge": (NOTHING, ""),
    "two-halves": (NOTHING, ""),
    "mid-wild-narrow": (NARROWED, "s3:GetObject on arn:aws:s3:::*-logs/*"),
    "many-conditions": (NOTHING, ""),
}


def test_every_case_is_expected_to_be_something() -> None:
    assert {path.name for path in CASES.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("case", EXPECTED)
def test_a_case_is_what_it_is_on_aws_and_turned_around_it_is_the_reverse(case: str) -> None:
    expected, said = EXPECTED[case]
    old, new = of_files(CASES / case / "old.json", CASES / case / "new.json")
    found = compare(old, new)
    assert {one.change for one in found.access} == expected
    assert not said or any(said in one.shown for one in found.access)
    assert {one.change for one in compare(new, old).access} == {REVERSE[one] for one in expected}
    assert found.empty is (case == "many-conditions")
    told = text(found)
    assert ("Access: unchanged" in told) is (case in ("ranges-merge", "two-halves"))
    assert ("The templates say the same" in told) is found.empty
    for line in told.splitlines():
        assert not line.startswith("  cannot tell") or line.startswith("  cannot tell: ")
