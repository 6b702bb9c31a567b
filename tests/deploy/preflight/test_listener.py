"""The listener's other rules, and what their patterns have in common with ours."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.deploy.preflight.load_balancer import covers, overlap
from bidops_cfn.deploy.records import Verdict
from tests.deploy.preflight.looking import looked, said
from tests.deploy.scripted.network import LISTENER, listener_rule
from tests.deploy.scripted.world import World

HOST = "dev.bidopsai.example"
REGULAR = {"Field": "host-header", "HostHeaderConfig": {"RegexValues": ["^dev.*"]}}
METHOD = {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}}


def test_the_settings_are_what_these_tests_are_about(world: World) -> None:
    listener = world.environment.services["bff"].listener
    assert listener is not None
    assert (listener.priority, listener.hosts, listener.paths) == (100, (HOST,), ())


@pytest.mark.parametrize(
    ("other", "verdict", "says"),
    [
        (listener_rule(100, "other.example"), Verdict.REFUSED, "rule 100 (other.example) has its"),
        (listener_rule(7, HOST.upper()), Verdict.WARNING, "answers all its requests before it"),
        (listener_rule(7, "*.bidopsai.example"), Verdict.WARNING, "answers all its requests"),
        (listener_rule(7), Verdict.WARNING, "rule 7 (any request) answers all its requests"),
        (listener_rule(7, HOST, "/admin/*"), Verdict.WARNING, "may answer some of its requests"),
        (
            listener_rule(7, Conditions=[METHOD]),
            Verdict.WARNING,
            "rule 7 (other conditions) may answer some",
        ),
        (listener_rule(7, Conditions=[REGULAR]), Verdict.WARNING, "may answer some"),
        (listener_rule(200, HOST, "/api/*"), Verdict.REFUSED, "would get no request any more"),
        (listener_rule(200, "*.example"), Verdict.WARNING, "loses the requests that are ours too"),
        (
            listener_rule(7, "other.example"),
            Verdict.OK,
            "priority 100 is free, and none of 1 other rules",
        ),
        (
            listener_rule(200, "other.example"),
            Verdict.OK,
            "priority 100 is free, and none of 1 other rules",
        ),
    ],
)
def test_each_way_in_which_rules_meet(
    world: World, other: dict[str, Any], verdict: Verdict, says: str
) -> None:
    world.network.listener_rules.append(other)
    found, ended = looked(world, "listener")
    assert found.verdict is verdict
    assert says in (ended.said if ended.error else said(found))


def test_every_page_of_rules_is_read(world: World) -> None:
    names = [listener_rule(number, f"other-{number}.example") for number in range(1, 8)]
    world.network.listener_rules += [*names, listener_rule(100, "last.example")]
    found, _ = looked(world, "listener")
    assert found.verdict is Verdict.REFUSED


def test_our_own_rule_is_no_conflict_on_an_update(world: World) -> None:
    stack = world.standing()
    stack.resources["BffListenerRule"].physical_id = f"{LISTENER}/100"
    world.network.listener_rules.append(listener_rule(100, HOST))
    found, _ = looked(world, "listener")
    assert found.verdict is Verdict.OK


def test_what_an_update_takes_from_others_it_has_taken_already(world: World) -> None:
    stack = world.standing()
    stack.resources["BffListenerRule"].physical_id = f"{LISTENER}/100"
    world.network.listener_rules += [listener_rule(100, HOST), listener_rule(200, HOST, "/api/*")]
    found, _ = looked(world, "listener")
    assert found.verdict is Verdict.WARNING


PATTERN = st.text("ab*?", max_size=6)
WORD = st.text("ab", max_size=6)


@given(PATTERN, PATTERN, WORD)
def test_patterns_agree_with_what_they_match(one: str, other: str, word: str) -> None:
    if covers(one, other) and fnmatchcase(word, other):
        assert fnmatchcase(word, one)
    if fnmatchcase(word, one) and fnmatchcase(word, other):
        assert overlap(one, other)
        assert overlap(other, one)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a*", "*b", True),
        ("a*", "b*", False),
        ("*.example", "*.example.com", False),
        ("?", "", False),
        ("*", "", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
    ],
)
def test_patterns_that_meet(one: str, other: str, meet: bool) -> None:
    assert overlap(one, other) is meet


@pytest.mark.parametrize(
    ("wide", "narrow", "all_of_it"),
    [
        ("*", "a*b?", True),
        ("a*", "ab*", True),
        ("ab*", "a*", False),
        ("a?", "ab", True),
        ("a?", "a*", False),
        ("?", "*", False),
        ("*", "*", True),
    ],
)
def test_patterns_that_cover(wide: str, narrow: str, all_of_it: bool) -> None:
    assert covers(wide, narrow) is all_of_it
