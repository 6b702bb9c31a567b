from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.balancing import ListenerRule
from tests.mutants.mutant import (
    add,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-021"),
    pytest.mark.requirement("FR-033"),
    pytest.mark.requirement("FR-047"),
]

test_good, test_bad = table_tests(
    ListenerRule,
    "BffListenerRule",
    good={"an order of one": put("Actions/0/Order", 1)},
    bad={
        "first of all": (put("Priority", 1), "must be 100"),
        "every request": (put("Conditions", []), "lacks"),
        "another host": (put("Conditions/0/HostHeaderConfig/Values", ["*"]), "none of what"),
        "another listener": (put("ListenerArn", "arn:aws:x"), "must be"),
        "another target": (put("Actions/0/ForwardConfig", {}), "must not be there"),
        "a redirect": (put("Actions/0/Type", "redirect"), "must be forward"),
        "two actions": (add("Actions", {"Type": "forward"}), "must not be there"),
    },
)
