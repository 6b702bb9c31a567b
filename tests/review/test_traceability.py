"""From each requirement to what shows it, and the lines where that stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path as File

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.compute import template as rendering
from bidops_cfn.facts.document import Path
from bidops_cfn.review.explanation import Lines, source_lines
from bidops_cfn.review.requirements import (
    Class,
    Requirement,
    evidence,
    requirement,
    requirements,
    selector,
)
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import (
    Check,
    Rule,
    Shown,
    claimed,
    trace,
    traceability_page,
    traces,
    unsatisfied,
)
from bidops_cfn.settings.environment import Environment
from tests.review.conftest import Edited
from tests.review.risks import bring, properties
from tests.settings_files import with_table


def rule(name: str, *guards: str) -> Rule:
    return Rule(name, "summary", "description", frozenset(guards), "https://example.com")


def check(*rules: Rule, broken: frozenset[str] = frozenset()) -> Check:
    names = ("dev", "prod", "test")
    return Check(rules, {name: broken if name == "prod" else frozenset() for name in names})


ALL = rule("E9000", *requirements())


def shown(subject: Subject, *names: str) -> set[Shown]:
    """What becomes of requirements in prod, where every rule finds nothing."""
    return {trace(requirement(one), [subject], check(ALL)).shown["prod"] for one in names}


def test_every_requirement_but_one_has_a_good_verdict_in_every_environment(
    subjects: list[Subject],
) -> None:
    # With metrics of 60 s AWS measured more than the five minutes of SC-004.
    assert list(unsatisfied(traces(subjects, check(ALL)))) == [
        ("SC-004", subject.name, Shown.DOUBTED) for subject in subjects
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
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
    subjects: list[Subject], name: str, expected: Shown
) -> None:
    assert trace(requirement(name), subjects, check(ALL)).shown["prod"] is expected


def test_without_a_rule_nothing_holds(subjects: list[Subject]) -> None:
    for one in traces(subjects, check()):
        if one.requirement.shown_as is Class.CHECKED:
            assert set(one.shown.values()) <= {Shown.UNCHECKED, Shown.NOT_CONCERNED}


def test_rules_that_did_not_look_at_a_template_say_nothing_of_it(subjects: list[Subject]) -> None:
    assert trace(requirement("FR-008"), subjects, Check((ALL,))).shown["dev"] is Shown.UNCHECKED


@pytest.mark.parametrize(("name", "whole"), [("FR-008", Shown.HOLDS), ("SC-002", Shown.ENABLED)])
def test_a_rule_that_finds_something_breaks_what_it_guards(
    subjects: list[Subject], name: str, whole: Shown
) -> None:
    found = check(rule("E9001", name), broken=frozenset({"E9001"}))
    shown = trace(requirement(name), subjects, found).shown
    assert (shown["prod"], shown["dev"]) == (Shown.BROKEN, whole)


def test_a_refuted_claim_refutes_what_rests_on_it(edited: Edited) -> None:
    bring("open bff to the world", edited.template)
    found = shown(edited.subject, "FR-025", "FR-030", "SC-010", "US4-1", "US4-5")
    assert found == {Shown.REFUTED}
    assert shown(edited.subject, "FR-026") == {Shown.PROVED}


def test_a_setting_that_deviates_from_a_requirement_does_not_meet_it(prod: Environment) -> None:
    fast = with_table(prod, "scaling", high_resolution_metrics=True)
    subject = Subject(fast, rendering.render(fast))
    assert shown(subject, "FR-038", "FR-039") == {Shown.DEVIATES}
    assert shown(subject, "FR-037", "FR-040") == {Shown.HOLDS}
    assert shown(subject, "SC-004") == {Shown.ENABLED}
    assert "[!CAUTION]" in traceability_page([subject], check(ALL))


def test_rules_that_find_something_are_named_whatever_they_guard(subjects: list[Subject]) -> None:
    found = check(ALL, rule("E9006", "template"), broken=frozenset({"E9006"}))
    page = traceability_page(subjects, found)
    assert "- ❌ prod: `E9006`" in page
    assert "[!CAUTION]" in page
    assert "❌ prod" not in traceability_page(subjects, check(ALL))


def test_what_is_gone_is_not_shown(edited: Edited) -> None:
    del properties(edited.template, "BffTargetGroup")["HealthCheckEnabled"]
    del properties(edited.template, "BffService")["LoadBalancers"]
    assert shown(edited.subject, "FR-035") == {Shown.UNSHOWN}


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


SPECIFICATION = File(__file__).parents[2] / "docs" / "spec.md"


def specified() -> Iterator[tuple[str, str]]:
    """Yield id and text of everything that the specification asks for."""
    text = SPECIFICATION.read_text(encoding="utf-8")
    yield from re.findall(r"(?m)^- \*\*((?:FR|SC)-\d{3})\*\*: (.*?)\s*$", text)
    story = ""
    for line in text.splitlines():
        heading = re.match(r"### (?:User Story (\d+))?", line)
        scenario = re.match(r"(\d+)\. (\*\*Given\*\*.*)", line)
        if heading:
            story = heading[1] or ""
        elif scenario and story:
            yield f"US{story}-{scenario[1]}", scenario[2].replace("**", "").strip()


def test_the_catalogue_is_the_specification_word_for_word() -> None:
    assert {one.id: one.text for one in requirements().values()} == dict(specified())


def test_the_catalogue_has_every_functional_requirement_criterion_and_scenario() -> None:
    ids = list(requirements())
    counts = [sum(name.startswith(prefix) for name in ids) for prefix in ("FR", "SC", "US")]
    assert counts == [49, 11, 23]


@pytest.mark.parametrize("one", requirements().values(), ids=requirements())
def test_a_requirement_has_evidence_where_it_applies_and_claims_where_it_is_called_proved(
    one: Requirement, subjects: list[Subject]
) -> None:
    assert bool(one.claims) == (one.shown_as is Class.PROVED)
    assert one.note or one.reading or one.shown_as in (Class.PROVED, Class.CHECKED)
    concerned = [subject for subject in subjects if one.applies_to(subject.name)]
    assert concerned
    for subject in concerned:
        for shown in one.shows:
            assert evidence(subject.readings, [shown]), f"{shown} finds nothing"
        names = {verdict.claim.name for verdict in claimed(one, subject.verdicts)}
        assert names == {claim.partition("/")[0] for claim in one.claims}


def test_an_id_is_found_in_any_letter_case() -> None:
    assert requirement("fr-026") is requirements()["FR-026"]


def test_a_selector_has_type_service_text_and_path() -> None:
    found = selector('ECS::Service[bff]{"Base": 3} CapacityProviderStrategy/*')
    assert (found.type, found.service, found.text) == ("ECS::Service", "bff", '"Base": 3')
    assert found.steps == ("CapacityProviderStrategy", "*")


def test_something_else_is_no_selector() -> None:
    with pytest.raises(ValueError, match="what is this"):
        selector("what is this")


TEXT = """{
 "a": [
  1,
  {"b": "x: \\"}\\n", "c": null}
 ],
 "d": {}
}
"""


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ((), (1, 7)),
        (("a",), (2, 5)),
        (("a", 0), (3, 3)),
        (("a", 1, "b"), (4, 4)),
        (("a", 1, "c"), (4, 4)),
        (("d",), (6, 6)),
    ],
)
def test_a_member_starts_at_its_key_and_ends_with_its_value(
    path: tuple[str | int, ...], lines: tuple[int, int]
) -> None:
    assert source_lines(TEXT)[path] == Lines(*lines)


def test_every_place_of_a_committed_template_is_found(subject: Subject) -> None:
    source = subject.text.splitlines()
    for path, lines in source_lines(subject.text).items():
        assert 1 <= lines.first <= lines.last <= len(source)
        if path and isinstance(path[-1], str):
            assert json.dumps(path[-1]) in source[lines.first - 1]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


def places(value: object, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


@given(VALUES, st.sampled_from([None, 1, 3]))
def test_every_value_of_any_json_has_lines(value: object, indent: int | None) -> None:
    assert set(source_lines(json.dumps(value, indent=indent))) == set(places(value))
