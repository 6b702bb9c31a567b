"""A test table per rule: changes of a committed template that are fine, and that are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bidops_cfn.rules._house_rule import Finding, HouseRule
from bidops_cfn.rules._under_review import under_review
from tests.mutants.corpus import REPOSITORY, committed
from tests.mutants.mutant import Change, Mutant

Changes = Change | tuple[Change, ...]
Test = Callable[..., None]


def found(
    rule: type[HouseRule], logical_id: str, changes: Changes, environment: str = "dev"
) -> list[Finding]:
    """Return what a rule finds in the environment's committed template after ``changes``."""
    each = changes if isinstance(changes, tuple) else (changes,)
    template = Mutant("", logical_id, "", each).apply(committed(environment))
    return rule().findings(under_review(template, None, REPOSITORY))


def table_tests(
    rule: type[HouseRule],
    logical_id: str,
    *,
    good: Mapping[str, Changes],
    bad: Mapping[str, tuple[Any, ...]],
    environment: str = "dev",
) -> tuple[Test, Test]:
    """Return two tests: one for what is fine, one for what is found.

    A bad case is changes, a part of the finding's text, and, where it is not ``logical_id``, the
    logical id that the finding names.
    """

    @pytest.mark.parametrize("changes", [(), *good.values()], ids=["as committed", *good])
    def test_nothing_is_found(changes: Changes) -> None:
        assert found(rule, logical_id, changes, environment) == []

    @pytest.mark.parametrize("case", bad.values(), ids=list(bad))
    def test_the_fault_is_found(case: tuple[Any, ...]) -> None:
        changes, text, *other = case
        findings = found(rule, logical_id, changes, environment)
        named = [one for one in findings if one.logical_id == (other[0] if other else logical_id)]
        assert any(text in one.text for one in named), findings

    return test_nothing_is_found, test_the_fault_is_found
