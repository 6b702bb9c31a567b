"""The cases of a rule: changes of a committed template that are fine, and that are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bidops_cfn.facts.template_under_review import under_review
from bidops_cfn.rules._house_rule import Finding, HouseRule
from tests.mutants.mutant import ENVIRONMENTS, REPOSITORY, Change, Mutant, committed

Changes = Change | tuple[Change, ...]
Test = Callable[..., None]


@dataclass(frozen=True)
class Cases:
    """What a rule finds, and does not find, after changes that begin at ``logical_id``.

    A bad case is changes, a part of the finding's text, and, where it is not ``logical_id``, the
    logical id that the finding names. Those that are ``only_here`` are no fault elsewhere.
    """

    rule: type[HouseRule]
    logical_id: str
    good: Mapping[str, Changes] = field(default_factory=dict)
    bad: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    environment: str = "dev"
    only_here: tuple[str, ...] = ()

    def mutants(self) -> Iterator[Mutant]:
        """Yield the bad cases as mutants, which all rules and cfn-lint are tried on."""
        for name, (changes, _, *other) in self.bad.items():
            each = changes if isinstance(changes, tuple) else (changes,)
            named = other[0] if other else self.logical_id
            full = f"{self.rule.id}: {name}"
            where = (self.environment,) if name in self.only_here else ENVIRONMENTS
            yield Mutant("rules", named, full, each, self.logical_id, where)


def found(
    rule: type[HouseRule], logical_id: str, changes: Changes, environment: str = "dev"
) -> list[Finding]:
    """Return what a rule finds in the environment's committed template after ``changes``."""
    each = changes if isinstance(changes, tuple) else (changes,)
    template = Mutant("", logical_id, "", each).apply(committed(environment))
    return rule().findings(under_review(template, None, REPOSITORY))


def cases_in(module: Mapping[str, object]) -> tuple[Cases, ...]:
    """Return every table of cases of a module."""
    return tuple(one for one in module.values() if isinstance(one, Cases))


def make_tests(tables: Sequence[Cases]) -> tuple[Test, Test]:
    """Return two tests: one for what is fine, one for what is found."""
    fine = [
        pytest.param(table, changes, id=f"{table.rule.id}-{table.logical_id}-{name}")
        for table in tables
        for name, changes in {"as committed": (), **table.good}.items()
    ]
    faults = [
        pytest.param(table, case, id=f"{table.rule.id}-{table.logical_id}-{name}")
        for table in tables
        for name, case in table.bad.items()
    ]

    @pytest.mark.parametrize(("table", "changes"), fine)
    def test_nothing_is_found(table: Cases, changes: Changes) -> None:
        assert found(table.rule, table.logical_id, changes, table.environment) == []

    @pytest.mark.parametrize(("table", "case"), faults)
    def test_the_fault_is_found(table: Cases, case: tuple[Any, ...]) -> None:
        changes, text, *other = case
        findings = found(table.rule, table.logical_id, changes, table.environment)
        named = other[0] if other else table.logical_id
        assert any(text in one.text for one in findings if one.logical_id == named), findings

    return test_nothing_is_found, test_the_fault_is_found
