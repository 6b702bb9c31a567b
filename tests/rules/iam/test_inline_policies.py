from __future__ import annotations

import pytest

from bidops_cfn.rules.iam.inline_policies import InlinePolicies
from tests.mutants.iam import POLICY, STATEMENTS
from tests.mutants.mutant import (
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-009"),
    pytest.mark.requirement("FR-016"),
]

test_good, test_bad = table_tests(
    InlinePolicies,
    "BffTaskRole",
    good={"no description": drop("Description"), "no Sid": drop(f"{STATEMENTS}/0/Sid")},
    bad={
        "managed": (put("ManagedPolicyArns", []), "attaches policies from elsewhere"),
        "old": (put(f"{POLICY}/Version", "2008-10-17"), "must be 2012-10-17"),
        "no version": (drop(f"{POLICY}/Version"), "is missing"),
        "no resource": (drop(f"{STATEMENTS}/0/Resource"), "is missing or empty"),
        "no action": (put(f"{STATEMENTS}/0/Action", []), "is missing or empty"),
        "a principal": (put(f"{STATEMENTS}/0/Principal", "*"), "no requirement asks for"),
        "an id": (put(f"{POLICY}/Id", "x"), "must not be there"),
        "one name twice": (
            put("Policies", lambda old: [*old, old[0]]),
            "permissions, which is used in 2 places",
        ),
        "one Sid twice": (put(f"{STATEMENTS}/1/Sid", "WriteOwnLogs"), "used in 2 places"),
        "a name with a space": (put("Policies/0/PolicyName", "a b"), "must be a name of letters"),
        "an empty condition": (put(f"{STATEMENTS}/0/Condition", {}), "condition without"),
        "no name": (drop("Policies/0/PolicyName"), "is missing"),
        "a policy of its own": (
            put("/Resources/More", {"Type": "AWS::IAM::ManagedPolicy", "Properties": {}}),
            "is a policy outside its role",
            "More",
        ),
    },
)
