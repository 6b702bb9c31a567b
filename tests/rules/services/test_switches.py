from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.services import Switches
from tests.mutants.mutant import (
    drop,
    hidden,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-023"),
    pytest.mark.requirement("SC-009"),
]

test_good, test_bad = table_tests(
    Switches,
    "BffService",
    good={"no word about a shell": drop("EnableExecuteCommand")},
    bad={
        "a shell": (put("EnableExecuteCommand", True), "must be false"),
        "a shell, as text": (put("EnableExecuteCommand", "true"), "must be false"),
        "a shell in a branch": (hidden("EnableExecuteCommand", True), "must be false"),
        "no rebalancing": (drop("AvailabilityZoneRebalancing"), "is missing"),
        "no tags": (put("PropagateTags", "NONE"), "must be SERVICE"),
        "no managed tags": (put("EnableECSManagedTags", False), "must be true"),
    },
)
