from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.iam import Boundary
from tests.mutants.mutant import (
    hidden,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-018"),
]

test_good, test_bad = table_tests(
    Boundary,
    "BffTaskRole",
    good={},
    bad={
        "that settings do not name": (
            put("PermissionsBoundary", "arn:aws:iam::1:policy/x"),
            "must not be there",
        ),
        "in a branch": (hidden("PermissionsBoundary", "arn:aws:iam::1:policy/x"), "must not be"),
    },
)
