from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.services import Registries
from tests.mutants.mutant import (
    add,
    attr,
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-022"),
    pytest.mark.requirement("SC-011"),
]

REGISTRY = {"RegistryArn": attr("AgentCoreDiscovery", "Arn")}

test_good, test_bad = table_tests(
    Registries,
    "AgentCoreService",
    good={
        "by a dotted name": put(
            "ServiceRegistries/0/RegistryArn", {"Fn::GetAtt": "AgentCoreDiscovery.Arn"}
        )
    },
    bad={
        "none": (drop("ServiceRegistries"), "is missing"),
        "with a port": (put("ServiceRegistries/0/Port", 8080), "must not be there"),
        "with a container": (put("ServiceRegistries/0/ContainerName", "x"), "must not be there"),
        "elsewhere": (put("ServiceRegistries/0/RegistryArn", "arn:aws:x"), "must be"),
        "twice": (add("ServiceRegistries", REGISTRY), "must not be there"),
    },
)

test_others_good, test_others_bad = table_tests(
    Registries,
    "BffService",
    good={},
    bad={
        "a service that nobody calls": (put("ServiceRegistries", [REGISTRY]), "must not be there")
    },
)
