from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.tasks import Secrets
from tests.mutants.mutant import (
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-014"),
    pytest.mark.requirement("FR-049"),
    pytest.mark.requirement("SC-006"),
]

C = "ContainerDefinitions/0/"

test_good, test_bad = table_tests(
    Secrets,
    "BffTaskDefinition",
    good={"the other order": put(C + "Secrets", lambda old: old[::-1])},
    bad={
        "none": (drop(C + "Secrets"), "is missing"),
        "one less": (drop(C + "Secrets/0"), "lacks DATABASE_URL"),
        "literal": (put(C + "Secrets/0/ValueFrom", "/bidopsai/dev/db"), "must be"),
        "a JSON key": (
            put(C + "Secrets/0/ValueFrom", lambda old: {"Fn::Join": ["", [old, ":k::"]]}),
            "must be",
        ),
        "swapped": (
            (
                put(C + "Secrets/0/Name", "SESSION_SECRET"),
                put(C + "Secrets/1/Name", "DATABASE_URL"),
            ),
            "must be",
        ),
    },
)
