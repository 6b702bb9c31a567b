from __future__ import annotations

import pytest

from bidops_cfn.rules.tasks.floors import Floors
from tests.mutants.mutant import drop, put
from tests.rules.table import table_tests

pytestmark = [pytest.mark.requirement("SC-003"), pytest.mark.requirement("US3-4")]

CONTAINER = "ContainerDefinitions/0/"
CHECK = CONTAINER + "HealthCheck/Command"
TMPFS = CONTAINER + "LinuxParameters/Tmpfs/0/ContainerPath"

test_good, test_bad = table_tests(
    Floors,
    "BffTaskDefinition",
    good={
        "a program of the image": put(CHECK, ["CMD", "/app/healthy"]),
        "a script that can fail": put(CHECK, ["CMD-SHELL", "wget -q localhost:3000 || exit 1"]),
        "as long as it may take": put(CONTAINER + "StopTimeout", "30"),
        "no stop timeout": drop(CONTAINER + "StopTimeout"),
        "another cache": put(TMPFS, "/app/data/cache"),
        "five minutes": put("/Resources/BffService/Properties/HealthCheckGracePeriodSeconds", 300),
    },
    bad={
        "exit 0": (put(CHECK, ["CMD-SHELL", "exit 0"]), "is a check that cannot fail"),
        "true": (put(CHECK, ["CMD", "true"]), "is a check that cannot fail"),
        "switched off": (put(CHECK, ["NONE"]), "is no check at all"),
        "asks nothing": (put(CHECK, ["CMD", "node", "-e", "0"]), "asks nothing of port 3000"),
        "2 s to stop": (put(CONTAINER + "StopTimeout", 2), "is 2, must be at least 30"),
        "over the application": (put(TMPFS, "/app"), "is /app, must be a path"),
        "over credentials": (put(TMPFS, "/var/run/secrets"), "must be a path"),
        "an hour of grace": (
            put("/Resources/BffService/Properties/HealthCheckGracePeriodSeconds", 3600),
            "is 3600, must be at most 300",
            "BffService",
        ),
        "errors by the thousand": (
            put("/Resources/BffServerErrorAlarm/Properties/Threshold", 100_000),
            "must be at most 1000",
            "BffServerErrorAlarm",
        ),
    },
)
