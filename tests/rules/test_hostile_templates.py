"""Rules judge what is broken on purpose: each answers, and something is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bidops_cfn.facts.template_under_review import under_review
from bidops_cfn.rules import house_rules
from tests.mutants.mutant import REPOSITORY, committed

Steps = tuple[str | int, ...]

MALFORMED: list[Any] = [
    None, True, -1, 1.5, 10**30, "", "*", "é\u2028\x00", [], {}, [None], [[]], {"": ""},
    {"Ref": 5}, {"Ref": None}, {"Ref": ["x"]}, {"Ref": "BffService"}, {"Condition": "X"},
    {"Fn::GetAtt": []}, {"Fn::GetAtt": [{}, 1]}, {"Fn::Sub": ["${x}"]}, {"Fn::Sub": [1, 2]},
    {"Fn::Join": ["", {"Ref": "x"}]}, {"Fn::Join": ["", [{"Ref": "x"}, None]]},
    {"Fn::Select": [0]}, {"Fn::Select": ["a", [1]]}, {"Fn::Split": [1, 2]}, {"Fn::Transform": {}},
    {"Fn::ImportValue": {"Ref": "a"}}, {"Fn::FindInMap": ["a", "b", "c"]}, "0.0.0.0/0",
    {"Fn::If": ["BffDesiredCountGiven", 1, {"Ref": "AWS::NoValue"}]}, {"Fn::If": ["X", 1]},
    {"Statement": {"Effect": "Allow"}}, {"Name": {"Ref": "x"}, "Value": []}, [{"a": 1}, "b"],
]  # fmt: skip


def places(node: Any, steps: Steps = ()) -> Iterator[Steps]:
    if steps:
        yield steps
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for step, item in items:
        if isinstance(item, (dict, list)):
            yield from places(item, (*steps, step))
        else:
            yield (*steps, step)


COMMITTED = committed("dev")
PLACES = list(places(COMMITTED))


def broken(random: Random) -> Any:
    """Return a copy of a committed template with some values replaced."""
    template = json.loads(json.dumps(COMMITTED))
    for _ in range(random.randint(1, 12)):
        node: Any = template
        *steps, last = random.choice(PLACES)
        try:
            for step in steps:
                node = node[step]
            node[last] = deepcopy(random.choice(MALFORMED))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    return template


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_every_rule_answers_about_a_broken_template(random: Random) -> None:
    judged = under_review(broken(random), None, REPOSITORY)
    for rule in house_rules():
        for finding in rule.findings(judged):
            assert finding.text
            assert isinstance(finding.logical_id, str)
