from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.operations import AlarmActions
from tests.mutants.mutant import (
    add,
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-045"),
    pytest.mark.requirement("FR-046"),
]

TOPIC = "arn:aws:sns:us-east-1:111111111111:other"

test_good, test_bad = table_tests(
    AlarmActions,
    "BffCpuAlarm",
    good={"actions enabled": put("ActionsEnabled", True)},
    bad={
        "a topic that settings do not name": (put("AlarmActions", [TOPIC]), "must not be there"),
        "actions disabled": (put("ActionsEnabled", False), "must be true"),
        "no description": (drop("AlarmDescription"), "is missing"),
        "told of missing data": (put("InsufficientDataActions", [TOPIC]), "must not be there"),
    },
)

test_prod_good, test_prod_bad = table_tests(
    AlarmActions,
    "BffTaskDeficitAlarm",
    environment="prod",
    good={},
    bad={
        "nobody hears": (drop("AlarmActions"), "is missing"),
        "nobody hears of the end": (drop("OKActions"), "is missing"),
        "somebody else hears": (put("AlarmActions/0", TOPIC), "must be"),
        "somebody else hears, too": (add("AlarmActions", TOPIC), "must be"),
    },
)
