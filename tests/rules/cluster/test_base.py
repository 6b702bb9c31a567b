from __future__ import annotations

import pytest

from bidops_cfn.rules.cluster.base import Base, worst_saving
from tests.mutants.mutant import drop, put
from tests.rules.table import found, table_tests

pytestmark = [pytest.mark.requirement("SC-008")]

STRATEGY = "CapacityProviderStrategy"

test_good, test_bad = table_tests(
    Base,
    "BffService",
    good={"a base of 0 for the other": put(f"{STRATEGY}/0/Base", 0)},
    bad={
        "no base": (drop(f"{STRATEGY}/1/Base"), "saves 0.0 % at worst"),
        "on both": (put(f"{STRATEGY}/0/Base", 1), "more than one provider"),
        "too small": (put(f"{STRATEGY}/1/Base", 1), "must save 30 %"),
        "no number": (put(f"{STRATEGY}/1/Base", "three"), "settings say 3"),
    },
)


def test_production_keeps_its_floor_on_demand() -> None:
    findings = found(Base, "BffService", drop(f"{STRATEGY}/0/Base"), "prod")
    assert any("keeps fewer than 2 tasks on-demand" in one.text for one in findings)


@pytest.mark.parametrize(
    ("base", "percent"), [(0, 0.0), (1, 17.5), (2, 26.25), (3, 31.11), (10, 70)]
)
def test_the_saving_is_that_of_the_worst_rounding(base: int, percent: float) -> None:
    assert worst_saving(base, 70) == pytest.approx(percent, abs=0.01)
