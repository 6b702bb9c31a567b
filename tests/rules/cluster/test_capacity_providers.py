from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.cluster import CapacityProviders
from tests.mutants.mutant import (
    add,
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-001"),
    pytest.mark.requirement("FR-004"),
    pytest.mark.requirement("FR-005"),
]

STRATEGY = "DefaultCapacityProviderStrategy"

test_good, test_bad = table_tests(
    CapacityProviders,
    "ClusterCapacity",
    good={
        "the other order": (
            put("CapacityProviders", lambda old: old[::-1]),
            put(STRATEGY, lambda old: old[::-1]),
        ),
        "weights as text": put(f"{STRATEGY}/0/Weight", "70"),
    },
    bad={
        "weights swapped": (put(f"{STRATEGY}/0/Weight", 30), "is 30, must be 70"),
        "no Spot": (drop("CapacityProviders/1"), "lacks FARGATE_SPOT"),
        "an instance provider": (add("CapacityProviders", "ec2"), "none of what is wanted"),
        "a base": (put(f"{STRATEGY}/1/Base", 1), "must not be there"),
        "another cluster": (put("Cluster", "default"), "must be"),
        "a provider twice": (
            add(STRATEGY, {"CapacityProvider": "FARGATE", "Weight": 30}),
            "a second time",
        ),
    },
)
