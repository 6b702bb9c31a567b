from __future__ import annotations

import pytest

from bidops_cfn.rules.template.parts import Parts
from tests.mutants.mutant import (
    attr,
    copy_of,
    drop,
    put,
    resource,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-001"),
    pytest.mark.requirement("FR-006"),
    pytest.mark.requirement("FR-007"),
    pytest.mark.requirement("FR-019"),
    pytest.mark.requirement("FR-020"),
    pytest.mark.requirement("FR-021"),
    pytest.mark.requirement("FR-022"),
    pytest.mark.requirement("FR-037"),
    pytest.mark.requirement("FR-044"),
    pytest.mark.requirement("FR-045"),
    pytest.mark.requirement("FR-046"),
]

test_good, test_bad = table_tests(
    Parts,
    "Extra",
    good={},
    bad={
        "a bucket": (resource("AWS::S3::Bucket"), "has no part"),
        "of no type": (put("/Resources/Extra", {}), "has no part"),
        "a second cluster": (resource("AWS::ECS::Cluster"), "is one of 2 for the cluster"),
        "a role nobody uses": (copy_of("BffTaskRole"), "has no part"),
        "a second alarm": (copy_of("BffCpuAlarm"), "is one of 2 for the CPU alarm of bff"),
        "no alarm": (drop("/Resources/BffCpuAlarm"), "lacks the CPU alarm", "BffCpuAlarm"),
        "no scaling": (drop("/Resources/BffMemoryScaling"), "lacks the", "BffMemoryScaling"),
        "no service": (drop("/Resources/BffService"), "lacks the ECS service", "BffService"),
        "no cluster": (drop("/Resources/Cluster"), "lack", "Cluster"),
        "a role in two places": (
            put(
                "/Resources/BffTaskDefinition/Properties/TaskRoleArn",
                attr("BffExecutionRole", "Arn"),
            ),
            "at once",
            "BffExecutionRole",
        ),
    },
)
