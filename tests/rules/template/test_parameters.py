from __future__ import annotations

import pytest

from bidops_cfn.rules.template.parameters import Parameters
from tests.mutants.mutant import (
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-011"),
    pytest.mark.requirement("FR-037"),
    pytest.mark.requirement("SC-001"),
]

test_good, test_bad = table_tests(
    Parameters,
    "BffImage",
    good={
        "no description": drop("/Parameters/BffImage/Description"),
    },
    bad={
        "a default": (put("/Parameters/BffImage/Default", ":1"), "must not be there"),
        "no pattern": (drop("/Parameters/BffImage/AllowedPattern"), "is missing"),
        "any pattern": (put("/Parameters/BffImage/AllowedPattern", ".*"), "must be"),
        "a list": (put("/Parameters/BffImage/AllowedValues", [":1", ":2"]), "is neither"),
        "gone": (drop("/Parameters/BffImage"), "is used and not declared"),
        "of the other service": (
            put(
                "/Resources/AgentCoreTaskDefinition/Properties/ContainerDefinitions/0/Image"
                "/Fn::Join/1/1/Ref",
                "BffImage",
            ),
            "decides about agentcore and is named after bff",
        ),
        "one more": (put("/Parameters/X", {"Type": "String"}), "is neither", "X"),
        "a count of 1": (
            put("/Parameters/BffDesiredCount/Default", 1),
            "must be 2",
            "BffDesiredCount",
        ),
        "a count without end": (
            drop("/Parameters/BffDesiredCount/MaxValue"),
            "is missing",
            "BffDesiredCount",
        ),
    },
)
