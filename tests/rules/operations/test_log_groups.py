from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.operations import LogGroups
from tests.mutants.mutant import (
    attribute,
    drop,
    hidden,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-010"),
    pytest.mark.requirement("FR-044"),
]

test_good, test_bad = table_tests(
    LogGroups,
    "BffLogGroup",
    good={"days as text": put("RetentionInDays", "7")},
    bad={
        "for ever": (drop("RetentionInDays"), "is missing"),
        "a month": (put("RetentionInDays", 30), "must be 7"),
        "a month in a branch": (hidden("RetentionInDays", 30), "must be 7"),
        "kept": (attribute("DeletionPolicy", "Retain"), "must be Delete"),
        "no word": (drop("/Resources/BffLogGroup/UpdateReplacePolicy"), "is missing"),
        "a key": (put("KmsKeyId", "arn:aws:kms:x"), "must not be there"),
    },
)

test_prod_good, test_prod_bad = table_tests(
    LogGroups,
    "AgentCoreLogGroup",
    environment="prod",
    good={},
    bad={
        "production lets go": (attribute("DeletionPolicy", "Delete"), "must be RetainExceptOn"),
        "an empty group stays": (attribute("DeletionPolicy", "Retain"), "must be RetainExceptOn"),
        "a replaced one goes": (attribute("UpdateReplacePolicy", "Delete"), "must be Retain"),
    },
)
