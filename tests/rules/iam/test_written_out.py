from __future__ import annotations

import pytest

from bidops_cfn.rules.iam.written_out import WrittenOut
from tests.mutants.iam import STATEMENTS, TRUST, allow
from tests.mutants.mutant import (
    add,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-017"),
    pytest.mark.requirement("FR-018"),
]

test_good, test_bad = table_tests(
    WrittenOut,
    "BffTaskRole",
    good={"another action": add(STATEMENTS, allow("s3:GetObject"))},
    bad={
        "a star": (add(STATEMENTS, allow("s3:Get*")), "has a wildcard"),
        "a question mark": (add(STATEMENTS, allow("s3:GetObjec?")), "has a wildcard"),
        "everything": (add(STATEMENTS, allow("*")), "has a wildcard"),
        "odd letters": (add(STATEMENTS, allow("S3:getObject")), "is written s3:GetObject"),
        "an API name": (add(STATEMENTS, allow("bedrock-runtime:InvokeModel")), "does not know"),
        "an exclusion": (
            add(STATEMENTS, {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
            "all actions but some",
        ),
        "resources but some": (
            add(STATEMENTS, {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "x"}),
            "all resources but some",
        ),
        "a pattern of trust": (put(f"{TRUST}/Action", "sts:*"), "has a wildcard"),
    },
)
