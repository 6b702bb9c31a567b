from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.tasks import ContainerPort
from tests.mutants.mutant import (
    add,
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-012"),
    pytest.mark.requirement("FR-015"),
]

C = "ContainerDefinitions/0/"

test_good, test_bad = table_tests(
    ContainerPort,
    "AgentCoreTaskDefinition",
    good={"the host port, too": put(C + "PortMappings/0/HostPort", 8080)},
    bad={
        "another name": (put(C + "Name", "agent"), "must be agentcore"),
        "not essential": (put(C + "Essential", False), "must be true"),
        "another port": (put(C + "PortMappings/0/ContainerPort", 80), "must be 8080"),
        "another host port": (put(C + "PortMappings/0/HostPort", 80), "must be 8080"),
        "a second port": (add(C + "PortMappings", {"ContainerPort": 22}), "must not be there"),
        "no port": (drop(C + "PortMappings"), "is missing"),
    },
)
