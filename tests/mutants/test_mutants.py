"""Every one-fault change of a committed template is found, at the logical id that it is about.

A mutant of each rule is tried here; ``make mutants`` tries all of them on all
three environments, with cfn-lint beside the house rules, and holds the list of kills to the letter.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from tests.mutants.corpus import ALL, KILLS, MUTANTS, named
from tests.mutants.mutant import ENVIRONMENTS, Mutant, Template, committed


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_house_rules_find_nothing_in_a_committed_template(environment: str) -> None:
    assert list(named(committed(environment))) == []


@cache
def kills() -> dict[tuple[str, str, str], set[str]]:
    lines = KILLS.read_text("utf-8").splitlines()[1:]
    return {(k, where, name): set(rules.split()) for k, where, name, rules in map(_cells, lines)}


def _cells(line: str) -> tuple[str, str, str, str]:
    kind, where, name, rules = line.split("\t")
    return kind, where, name, rules


def listed_rules(mutant: Mutant) -> set[str]:
    return kills()[mutant.kind, mutant.logical_id or "template", mutant.name]


def first_of_each_rule() -> Iterator[tuple[int, Mutant]]:
    """Yield, with its number, each mutant that a rule finds which found none before."""
    seen: set[str] = set()
    for number, mutant in enumerate(MUTANTS):
        if not listed_rules(mutant) <= seen:
            seen |= listed_rules(mutant)
            yield number, mutant


def test_a_mutant_of_every_rule_that_finds_one_is_tried_here() -> None:
    tried = {rule for _, mutant in first_of_each_rule() for rule in listed_rules(mutant)}
    assert tried == {rule for mutant in MUTANTS for rule in listed_rules(mutant)}


@pytest.mark.parametrize(
    ("number", "mutant"),
    [
        pytest.param(n, one, id=f"{one.kind}-{one.logical_id or 'template'}-{one.name}")
        for n, one in first_of_each_rule()
    ],
)
def test_the_house_rules_find_the_fault_where_it_is(number: int, mutant: Mutant) -> None:
    template = committed(ENVIRONMENTS[number % len(ENVIRONMENTS)])
    changed = mutant.apply(template)
    assert changed != template
    found = {rule for rule, where in named(changed) if where == mutant.logical_id}
    listed = listed_rules(mutant)
    assert listed <= found, (listed, sorted(named(changed)))


def test_every_mutant_is_in_the_list_of_kills_with_a_rule_that_finds_it() -> None:
    wanted = [(one.kind, one.logical_id or "template", one.name) for one in ALL]
    differing = sorted({*kills()} ^ {*wanted})
    assert differing == [], (
        "kills.tsv is stale: run .venv/bin/python -m tests.mutants.report --write"
    )
    assert len(wanted) == len(kills())
    assert [one for one, rules in kills().items() if not rules] == []


def test_there_are_mutants_of_every_kind() -> None:
    kinds = Counter(mutant.kind for mutant in MUTANTS)
    assert set(kinds) == {"service", "task", "iam", "net", "lb", "ops"}
    assert len(MUTANTS) >= 150
    assert min(kinds.values()) >= 25


def test_no_fault_is_there_twice() -> None:
    names = Counter((one.kind, one.at, one.logical_id, one.name) for one in ALL)
    assert {name: count for name, count in names.items() if count > 1} == {}
    template = committed("prod")
    faults = [_fault(one, template) for one in ALL if "prod" in one.environments]
    count = Counter(faults)
    first = zip(MUTANTS, faults, strict=False)  # which are of every environment, and come first
    assert [one.name for one, fault in first if count[fault] > 1] == []


def _fault(mutant: Mutant, template: Template) -> tuple[str, str]:
    return json.dumps(mutant.apply(template), sort_keys=True), mutant.logical_id
