from __future__ import annotations

from bidops_cfn.rules.tables.tasks import Architecture
from tests.mutants.mutant import (
    drop,
    hidden,
    put,
)
from tests.rules.table import table_tests

PROCESSOR = "RuntimePlatform/CpuArchitecture"

test_good, test_bad = table_tests(
    Architecture,
    "BffTaskDefinition",
    good={"another operating system": put("RuntimePlatform/OperatingSystemFamily", "BSD")},
    bad={
        "ARM": (put(PROCESSOR, "ARM64"), "is ARM64, must be X86_64"),
        "ARM in a branch": (hidden(PROCESSOR, "ARM64"), "is ARM64"),
        "none": (drop("RuntimePlatform"), "is missing, must be X86_64"),
    },
)
