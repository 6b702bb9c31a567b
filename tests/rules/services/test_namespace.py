from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.services import Namespace
from tests.mutants.mutant import (
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-022"),
    pytest.mark.requirement("FR-047"),
    pytest.mark.requirement("SC-011"),
]

test_good, test_bad = table_tests(
    Namespace,
    "Namespace",
    good={"no description": drop("Description")},
    bad={
        "another name": (put("Name", "dev.local"), "must be dev.bidopsai.internal"),
        "another VPC": (put("Vpc", "vpc-1"), "must be"),
        "long SOA": (put("Properties/DnsProperties/SOA/TTL", 900), "must be 5"),
        "no SOA": (drop("Properties"), "is missing"),
    },
)
