from __future__ import annotations

import pytest

from bidops_cfn.rules.iam.no_destruction import NoDestruction
from tests.mutants.iam import STATEMENTS, allow
from tests.mutants.mutant import (
    add,
    drop,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-018"),
]

test_good, test_bad = table_tests(
    NoDestruction,
    "AgentCoreTaskRole",
    good={"reading more": add(STATEMENTS, allow("s3:GetObjectVersion"))},
    bad={
        "deletion": (add(STATEMENTS, allow("s3:DeleteObject")), "s3:DeleteObject"),
        "lifecycle": (
            add(STATEMENTS, allow("s3:PutLifecycleConfiguration")),
            "s3:PutLifecycleConfiguration",
        ),
        "a bucket's policy": (add(STATEMENTS, allow("s3:PutBucketPolicy")), "s3:PutBucketPolicy"),
        "infrastructure": (add(STATEMENTS, allow("ecs:UpdateService")), "ecs:UpdateService"),
        "an unknown action": (add(STATEMENTS, allow("s3:Obliterate")), "s3:obliterate"),
        "a managed policy": (put("ManagedPolicyArns", [ref("BffImage")]), "managed policy"),
        "nothing that could be judged": (drop("Policies"), "no permission that could be judged"),
    },
)
