from __future__ import annotations

from bidops_cfn.rules.tables.tasks import Limits
from tests.mutants.mutant import (
    add,
    drop,
    put,
)
from tests.rules.table import table_tests

C = "ContainerDefinitions/0/"

test_good, test_bad = table_tests(
    Limits,
    "BffTaskDefinition",
    good={},
    bad={
        "too long": (put(C + "StopTimeout", 120), "must be 60"),
        "none": (drop(C + "StopTimeout"), "is missing"),
        "few files": (put(C + "Ulimits/0/HardLimit", 1024), "must be 65536"),
        "another limit": (
            add(C + "Ulimits", {"Name": "core", "SoftLimit": 1, "HardLimit": 1}),
            "must not be there",
        ),
    },
)
