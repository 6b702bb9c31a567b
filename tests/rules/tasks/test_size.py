from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.tasks import Size
from tests.mutants.mutant import (
    drop,
    hidden,
    put,
    ref,
)
from tests.rules.table import found, table_tests

pytestmark = [
    pytest.mark.requirement("FR-041"),
]

MEMORY = "ContainerDefinitions/0/Memory"

test_good, test_bad = table_tests(
    Size,
    "BffTaskDefinition",
    good={"as numbers": (put("Cpu", 512), put("Memory", 1024))},
    bad={
        "no limit of the container": (drop(MEMORY), "is missing, must be 1024"),
        "a small container": (put(MEMORY, 512), "is 512, must be 1024"),
        "too much CPU": (put("Cpu", "1024"), "is 1024, must be 512"),
        "a parameter": (put("Memory", ref("BffDesiredCount")), "must be 1024"),
        "no memory": (drop("Memory"), "is missing"),
        "another size in a branch": (hidden("Cpu", "4096"), "is 4096"),
    },
)


@pytest.mark.requirement("FR-042")
@pytest.mark.requirement("FR-043")
@pytest.mark.parametrize("environment", ["test", "prod"])
def test_each_environment_has_its_own_size(environment: str) -> None:
    assert found(Size, "BffTaskDefinition", (), environment) == []
    for_dev = (put("Cpu", "512"), put("Memory", "1024"), put(MEMORY, 1024))
    assert len(found(Size, "BffTaskDefinition", for_dev, environment)) == 3
