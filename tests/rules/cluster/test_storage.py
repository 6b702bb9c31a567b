from __future__ import annotations

from bidops_cfn.rules.tables.cluster import Storage
from tests.mutants.mutant import (
    hidden,
    put,
)
from tests.rules.table import table_tests

KEY = "Configuration/ManagedStorageConfiguration/FargateEphemeralStorageKmsKeyId"

test_good, test_bad = table_tests(
    Storage,
    "Cluster",
    good={},
    bad={
        "a key that no setting names": (put(KEY, "arn:aws:kms:x"), "must not be there"),
        "a key in a branch": (hidden("Configuration", {"X": "y"}), "must not be there"),
        "shell": (
            put("Configuration", {"ExecuteCommandConfiguration": {"Logging": "NONE"}}),
            "must not be there",
        ),
    },
)
