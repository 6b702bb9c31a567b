from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.scaling import ScalableTarget
from tests.mutants.mutant import (
    attr,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-037"),
]

test_good, test_bad = table_tests(
    ScalableTarget,
    "BffScalableTarget",
    good={
        "joined": put(
            "ResourceId",
            {"Fn::Join": ["/", ["service", ref("Cluster"), attr("BffService", "Name")]]},
        )
    },
    bad={
        "none left": (put("MinCapacity", 0), "must be 2"),
        "no end": (put("MaxCapacity", 100), "must be 10"),
        "the ARN": (
            put("ResourceId", {"Fn::Join": ["/", ["service", ref("Cluster"), ref("BffService")]]}),
            "must be service/",
        ),
        "another dimension": (put("ScalableDimension", "ec2:spot"), "must be"),
        "a parameter": (put("MinCapacity", ref("BffDesiredCount")), "must be 2"),
    },
)
