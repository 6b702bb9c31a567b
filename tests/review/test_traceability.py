from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.compute import template as rendering
from bidops_cfn.review.requirements import Class, requirement, requirements
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import (
    Check,
    Rule,
    Shown,
    trace,
    traceability_page,
    traces,
    unsatisfied,
)
from bidops_cfn.settings.environment import Environment
from tests.review.risks import open_bff_to_the_world, properties
from tests.settings_files import with_table


def rule(name: str, *guards: str) -> Rule:
    return Rule(name, "summary", "description", frozenset(guards), "https://example.com")


def check(*rules: Rule, broken: frozenset[str] = frozenset()) -> Check:
    names = ("dev", "prod", "test")
    return Check(rules, {name: broken if name == "prod" else frozenset() for name in names})


ALL = rule("E9000", *requirements())


def test_every_requirement_but_one_has_a_good_verdict_in_every_environment(
    subjects: list[Subject],
) -> None:
    # With metrics of 60 s AWS measured more than the five minutes of SC-004.
    assert list(unsatisfied(traces(subjects, check(ALL)))) == [
        ("SC-004", subject.name, Shown.DOUBTED) for subject in subjects
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("FR-026", Shown.PROVED),
        ("FR-008", Shown.HOLDS),
        ("FR-035", Shown.ENABLED),
        ("FR-023", Shown.PROMISED),
        ("FR-041", Shown.NOT_CONCERNED),
        ("SC-008", Shown.NOT_CONCERNED),
    ],
)
def test_a_verdict_says_no_more_than_its_class(
    subjects: list[Subject], name: str, shown: Shown
) -> None:
    assert trace(requirement(name), subjects, check(ALL)).shown["prod"] is shown


def test_without_a_rule_nothing_holds(subjects: list[Subject]) -> None:
    for one in traces(subjects, check()):
        if one.requirement.shown_as is Class.CHECKED:
            assert set(one.shown.values()) <= {Shown.UNCHECKED, Shown.NOT_CONCERNED}


def test_rules_that_did_not_look_at_a_template_say_nothing_of_it(subjects: list[Subject]) -> None:
    assert trace(requirement("FR-008"), subjects, Check((ALL,))).shown["dev"] is Shown.UNCHECKED


def test_a_rule_that_finds_something_breaks_what_it_guards(subjects: list[Subject]) -> None:
    found = check(rule("E9001", "FR-008"), broken=frozenset({"E9001"}))
    shown = trace(requirement("FR-008"), subjects, found).shown
    assert (shown["prod"], shown["dev"]) == (Shown.BROKEN, Shown.HOLDS)


def test_an_enabler_that_a_rule_finds_broken_is_no_enabler(subjects: list[Subject]) -> None:
    found = check(rule("E9001", "SC-002"), broken=frozenset({"E9001"}))
    assert trace(requirement("SC-002"), subjects, found).shown["prod"] is Shown.BROKEN


def test_a_refuted_claim_refutes_what_rests_on_it(
    template: dict[str, Any], prod: Environment
) -> None:
    open_bff_to_the_world(template)
    subject = Subject(prod, json.dumps(template))
    for name in ("FR-025", "FR-030", "SC-010", "US4-1", "US4-5"):
        assert trace(requirement(name), [subject], check(ALL)).shown["prod"] is Shown.REFUTED
    assert trace(requirement("FR-026"), [subject], check(ALL)).shown["prod"] is Shown.PROVED


def test_a_setting_that_deviates_from_a_requirement_does_not_meet_it(prod: Environment) -> None:
    fast = with_table(prod, "scaling", high_resolution_metrics=True)
    subject = Subject(fast, rendering.render(fast))
    for name in ("FR-038", "FR-039"):
        assert trace(requirement(name), [subject], check(ALL)).shown["prod"] is Shown.DEVIATES
    for name in ("FR-037", "FR-040"):
        assert trace(requirement(name), [subject], check(ALL)).shown["prod"] is Shown.HOLDS
    assert trace(requirement("SC-004"), [subject], check(ALL)).shown["prod"] is Shown.ENABLED
    assert "[!CAUTION]" in traceability_page([subject], check(ALL))


def test_rules_that_find_something_are_named_whatever_they_guard(subjects: list[Subject]) -> None:
    found = check(ALL, rule("E9006", "template"), broken=frozenset({"E9006"}))
    page = traceability_page(subjects, found)
    assert "- ❌ prod: `E9006`" in page
    assert "[!CAUTION]" in page
    assert "❌ prod" not in traceability_page(subjects, check(ALL))


def test_what_is_gone_is_not_shown(template: dict[str, Any], prod: Environment) -> None:
    del properties(template, "BffTargetGroup")["HealthCheckEnabled"]
    del properties(template, "BffService")["LoadBalancers"]
    subject = Subject(prod, json.dumps(template))
    assert trace(requirement("FR-035"), [subject], check(ALL)).shown["prod"] is Shown.UNSHOWN


def test_the_box_counts_what_no_rule_looks_at(subjects: list[Subject]) -> None:
    page = traceability_page(subjects, check())
    assert "❓ no rule" in page.partition("template SHA-256")[0]
    assert "[!CAUTION]" in page


def test_what_only_a_running_stack_shows_names_the_command_that_shows_it(
    subjects: list[Subject],
) -> None:
    lines = traceability_page(subjects, check(ALL)).splitlines()
    rows = {line.split("|")[1].strip(): line for line in lines if line.startswith("| ")}
    later = {
        one.id
        for one in requirements().values()
        if one.shown_as in (Class.RUN_TIME, Class.DELEGATED)
    }
    assert later
    for name, row in rows.items():
        assert ("`bidops-cfn verify --env ENV`" in row) is (name in later), row
    drilled = {
        name for name, row in rows.items() if "`bidops-cfn drill task-loss --env ENV`" in row
    }
    assert drilled == {"SC-002", "SC-003", "SC-005", "SC-011"}
