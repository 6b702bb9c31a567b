from __future__ import annotations

import pytest

from bidops_cfn.rules.containers import (
    ContainerHealthCheck,
    ContainerPort,
    Limits,
    Logging,
    Privileges,
    WritablePaths,
)
from tests.mutants.mutant import add, drop, put
from tests.rules.table import Cases, cases_in, make_tests

pytestmark = pytest.mark.requirement("FR-010", "FR-012", "FR-015", "FR-044", "SC-002", "SC-007")

C = "ContainerDefinitions/0/"

CHECK = "ContainerDefinitions/0/HealthCheck"

LOG = "ContainerDefinitions/0/LogConfiguration/"

LINUX = C + "LinuxParameters/"

TMPFS = "ContainerDefinitions/0/LinuxParameters/Tmpfs"

CONTAINER_PORT_CASES = Cases(
    ContainerPort,
    "AgentCoreTaskDefinition",
    good={"the host port, too": put(C + "PortMappings/0/HostPort", 8080)},
    bad={
        "another host port": (put(C + "PortMappings/0/HostPort", 80), "must be 8080"),
        "a second port": (add(C + "PortMappings", {"ContainerPort": 22}), "must not be there"),
    },
)

CONTAINER_HEALTH_CHECK_CASES = Cases(
    ContainerHealthCheck,
    "AgentCoreTaskDefinition",
    good={"times as text": put(CHECK + "/Interval", "10")},
    bad={"always well": (put(CHECK + "/Command", ["CMD-SHELL", "true"]), "must be")},
)

CONTAINER_HEALTH_CHECK_CASES_2 = Cases(
    ContainerHealthCheck,
    "BffTaskDefinition",
    bad={"the grace period's": (put(CHECK + "/StartPeriod", 60), "is 60, must be 30")},
)

LIMITS_CASES = Cases(
    Limits,
    "BffTaskDefinition",
    bad={
        "too long": (put(C + "StopTimeout", 120), "must be 60"),
        "few files": (put(C + "Ulimits/0/HardLimit", 1024), "must be 65536"),
    },
)

LOGGING_CASES = Cases(
    Logging,
    "AgentCoreTaskDefinition",
    good={
        "the group by a substitution": put(
            LOG + "Options/awslogs-group", {"Fn::Sub": "${AgentCoreLogGroup}"}
        )
    },
    bad={
        "an option more": (put(LOG + "Options/awslogs-datetime-format", "x"), "must not be there"),
        "a secret option": (put(LOG + "SecretOptions", []), "must not be there"),
    },
)

PRIVILEGES_CASES = Cases(
    Privileges,
    "BffTaskDefinition",
    good={"no word about privileges": drop(C + "Privileged")},
    bad={
        "capabilities": (put(LINUX + "Capabilities", {"Add": ["ALL"]}), "must not be there"),
        "devices": (put(LINUX + "Devices", []), "must not be there"),
    },
)

WRITABLE_PATHS_CASES = Cases(
    WritablePaths,
    "BffTaskDefinition",
    good={
        "the other order": put(TMPFS, lambda old: old[::-1]),
        "options in another order": put(TMPFS + "/0/MountOptions", lambda old: old[::-1]),
    },
    bad={
        "none": (drop(TMPFS), "must be a list of /tmp"),
        "one more": (
            add(TMPFS, {"ContainerPath": "/app", "Size": 1, "MountOptions": []}),
            "must not be there",
        ),
        "executable": (put(TMPFS + "/0/MountOptions", ["rw"]), "lacks noexec"),
        "another mode": (
            put(TMPFS + "/0/MountOptions", lambda old: [*old[:-1], "mode=0755"]),
            "lacks mode=1777",
        ),
    },
)


CASES = cases_in(globals())

test_nothing_is_found, test_the_fault_is_found = make_tests(CASES)
