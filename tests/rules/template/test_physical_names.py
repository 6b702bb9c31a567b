from __future__ import annotations

from bidops_cfn.rules.tables.template import PhysicalNames
from tests.mutants.mutant import (
    put,
    ref,
)
from tests.rules.table import table_tests

test_good, test_bad = table_tests(
    PhysicalNames,
    "BffTargetGroup",
    good={"nothing instead": put("Name", ref("AWS::NoValue"))},
    bad={
        "a target group": (put("Name", "bff"), "must be generated"),
        "a cluster": (put("/Resources/Cluster/Properties/ClusterName", "x"), "must be", "Cluster"),
        "a role": (put("/Resources/BffTaskRole/Properties/RoleName", "x"), "must", "BffTaskRole"),
        "a log group": (
            put("/Resources/BffLogGroup/Properties/LogGroupName", "x"),
            "must be generated",
            "BffLogGroup",
        ),
    },
)
