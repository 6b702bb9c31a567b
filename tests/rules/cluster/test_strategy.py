from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.cluster import Strategy
from tests.mutants.mutant import (
    drop,
    hidden,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-004"),
    pytest.mark.requirement("FR-005"),
]

STRATEGY = "CapacityProviderStrategy"

test_good, test_bad = table_tests(
    Strategy,
    "BffService",
    good={"the other order": put(STRATEGY, lambda old: old[::-1])},
    bad={
        "removed": (drop(STRATEGY), "is missing"),
        "a weight of 0": (put(f"{STRATEGY}/1/Weight", 0), "is 0, must be 30"),
        "hidden in a branch": (hidden(STRATEGY, []), "lacks FARGATE"),
        "one provider only": (drop(f"{STRATEGY}/0"), "lacks FARGATE"),
        "a weight from a parameter": (put(f"{STRATEGY}/0/Weight", ref("BffDesiredCount")), "70"),
    },
)
