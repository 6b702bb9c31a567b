from __future__ import annotations

import pytest

from bidops_cfn.rules.iam.trust import Trust
from tests.mutants.iam import TRUST
from tests.mutants.mutant import (
    add,
    attr,
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-009"),
    pytest.mark.requirement("FR-016"),
    pytest.mark.requirement("FR-017"),
]

CONDITION = f"{TRUST}/Condition"


ALONE = put("AssumeRolePolicyDocument/Statement", lambda several: several[0])
OTHER_CASE = put(
    f"{CONDITION}/StringEquals",
    lambda keys: {"AWS:sourceaccount": keys["aws:SourceAccount"]},
)

test_good, test_bad = table_tests(
    Trust,
    "BffTaskRole",
    good={
        "single values": (
            put(f"{TRUST}/Action", "sts:AssumeRole"),
            put(f"{TRUST}/Principal/Service", "ecs-tasks.amazonaws.com"),
        ),
        "one statement that is no list": ALONE,
        "a condition key in another case": OTHER_CASE,
        "the account written out": put(
            f"{CONDITION}/StringEquals/aws:SourceAccount", "111111111111"
        ),
        "the source written out": put(
            f"{CONDITION}/ArnLike/aws:SourceArn", "arn:aws:ecs:us-east-1:111111111111:*"
        ),
    },
    bad={
        "everybody": (put(f"{TRUST}/Principal", "*"), "must be an object"),
        "an account": (put(f"{TRUST}/Principal/AWS", "999999999999"), "must not be there"),
        "EC2, too": (
            put(f"{TRUST}/Principal/Service", ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]),
            "must be ecs-tasks.amazonaws.com",
        ),
        "no condition": (drop(CONDITION), "is missing"),
        "no account": (drop(f"{CONDITION}/StringEquals"), "is missing"),
        "another account": (
            put(f"{CONDITION}/StringEquals/aws:SourceAccount", "999999999999"),
            "must be 111111111111",
        ),
        "another account under a key in another case": (
            (OTHER_CASE, put(f"{CONDITION}/StringEquals/AWS:sourceaccount", "999999999999")),
            "must be 111111111111",
        ),
        "a cluster": (
            put(f"{CONDITION}/ArnLike/aws:SourceArn", attr("Cluster", "Arn")),
            "must be arn:aws:ecs",
        ),
        "a second statement": (
            add("AssumeRolePolicyDocument/Statement", {"Effect": "Allow"}),
            "must not be there",
        ),
        "tagging": (put(f"{TRUST}/Action", ["sts:AssumeRole", "sts:TagSession"]), "must be sts"),
        "none": (drop("AssumeRolePolicyDocument"), "is missing"),
    },
)
