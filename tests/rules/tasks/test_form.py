from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.tasks import TaskForm
from tests.mutants.mutant import (
    add,
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-006"),
    pytest.mark.requirement("FR-007"),
    pytest.mark.requirement("FR-008"),
]

test_good, test_bad = table_tests(
    TaskForm,
    "BffTaskDefinition",
    good={"the family by a substitution": put("Family", {"Fn::Sub": "bidopsai-dev-bff"})},
    bad={
        "bridge": (put("NetworkMode", "bridge"), "must be awsvpc"),
        "no mode": (drop("NetworkMode"), "is missing"),
        "instances": (put("RequiresCompatibilities", ["EC2"]), "must be"),
        "another processor": (
            put("RuntimePlatform/CpuArchitecture", "MIPS"),
            "must be X86_64 or ARM64",
        ),
        "another family": (put("Family", "bff"), "bidopsai-dev-bff"),
        "two containers": (add("ContainerDefinitions", {"Name": "x"}), "has 2 containers"),
        "none": (put("ContainerDefinitions", []), "has 0 containers"),
    },
)
