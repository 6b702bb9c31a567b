from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.services import Discovery
from tests.mutants.mutant import (
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-022"),
    pytest.mark.requirement("SC-011"),
]

test_good, test_bad = table_tests(
    Discovery,
    "AgentCoreDiscovery",
    good={"the namespace by Ref's twin": put("NamespaceId", {"Fn::Sub": "${Namespace.Id}"})},
    bad={
        "slow": (put("DnsConfig/DnsRecords/0/TTL", 300), "must be 5"),
        "SRV": (put("DnsConfig/DnsRecords/0/Type", "SRV"), "must be A"),
        "weighted": (put("DnsConfig/RoutingPolicy", "WEIGHTED"), "must be MULTIVALUE"),
        "no check": (drop("HealthCheckCustomConfig"), "is missing"),
        "lazy check": (put("HealthCheckCustomConfig/FailureThreshold", 3), "must be 1"),
        "another name": (put("Name", "bff"), "must be agentcore"),
    },
)
