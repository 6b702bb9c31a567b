from __future__ import annotations

import json

import pytest

from bidops_cfn.errors import UsageError
from bidops_cfn.review.subject import MOST_LEVELS, Subject, parse
from bidops_cfn.settings.environment import Environment


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        ("[]", "it is not a JSON object"),
        ('{"Resources": {"A": 1, "A": 2}}', "the key A stands twice"),
        (nested(MOST_LEVELS + 1), "it nests deeper"),
        (nested(100_000), "cannot read"),
    ],
)
def test_what_is_no_template_is_refused_with_its_name(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        parse(text, "one.json")
    assert "cannot read one.json" in str(caught.value)


def test_a_template_may_be_deep() -> None:
    assert parse(nested(MOST_LEVELS - 1), "x")


def test_a_template_that_branches_too_much_proves_nothing(prod: Environment) -> None:
    conditions = {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n}"}, "x"]} for n in range(20)}
    resources = {f"R{n}": {"Type": "AWS::SNS::Topic", "Condition": f"C{n}"} for n in range(20)}
    subject = Subject(prod, json.dumps({"Conditions": conditions, "Resources": resources}))
    assert subject.facts.incomplete
    assert not [one for one in subject.verdicts if one.outcome == "PROVED"]
