from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.tasks import Logging
from tests.mutants.mutant import (
    drop,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-010"),
    pytest.mark.requirement("FR-044"),
    pytest.mark.requirement("SC-007"),
]

LOG = "ContainerDefinitions/0/LogConfiguration/"

test_good, test_bad = table_tests(
    Logging,
    "AgentCoreTaskDefinition",
    good={
        "the group by a substitution": put(
            LOG + "Options/awslogs-group", {"Fn::Sub": "${AgentCoreLogGroup}"}
        )
    },
    bad={
        "no prefix": (drop(LOG + "Options/awslogs-stream-prefix"), "is missing"),
        "another prefix": (put(LOG + "Options/awslogs-stream-prefix", "x"), "must be agentcore"),
        "the other's group": (
            put(LOG + "Options/awslogs-group", ref("BffLogGroup")),
            "the log group of bff",
        ),
        "blocking": (put(LOG + "Options/mode", "blocking"), "non-blocking"),
        "another driver": (put(LOG + "LogDriver", "syslog"), "must be awslogs"),
        "no logging": (drop("ContainerDefinitions/0/LogConfiguration"), "is missing"),
        "an option more": (put(LOG + "Options/awslogs-datetime-format", "x"), "must not be there"),
        "a secret option": (put(LOG + "SecretOptions", []), "must not be there"),
    },
)
