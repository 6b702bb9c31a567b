from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.cluster import ContainerInsights
from tests.mutants.mutant import (
    add,
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-003"),
]

test_good, test_bad = table_tests(
    ContainerInsights,
    "Cluster",
    good={},
    bad={
        "off": (put("ClusterSettings/0/Value", "disabled"), "must be enabled"),
        "another value than the settings'": (put("ClusterSettings/0/Value", "enhanced"), "enabled"),
        "removed": (drop("ClusterSettings"), "is missing"),
        "emptied": (put("ClusterSettings", []), "lacks containerInsights"),
        "twice": (
            add("ClusterSettings", {"Name": "containerInsights", "Value": "disabled"}),
            "a second time",
        ),
    },
)
