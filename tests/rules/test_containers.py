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
from tests.mutants.mutant import add, drop, put, ref
from tests.rules.table import Cases, make_tests

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
        "another name": (put(C + "Name", "agent"), "must be agentcore"),
        "not essential": (put(C + "Essential", False), "must be true"),
        "another port": (put(C + "PortMappings/0/ContainerPort", 80), "must be 8080"),
        "another host port": (put(C + "PortMappings/0/HostPort", 80), "must be 8080"),
        "a second port": (add(C + "PortMappings", {"ContainerPort": 22}), "must not be there"),
        "no port": (drop(C + "PortMappings"), "is missing"),
    },
)

CONTAINER_HEALTH_CHECK_CASES = Cases(
    ContainerHealthCheck,
    "AgentCoreTaskDefinition",
    good={"times as text": put(CHECK + "/Interval", "10")},
    bad={
        "none": (drop(CHECK), "is missing"),
        "always well": (put(CHECK + "/Command", ["CMD-SHELL", "true"]), "must be"),
        "seldom": (put(CHECK + "/Interval", 60), "is 60, must be 10"),
        "patient": (put(CHECK + "/Retries", 10), "must be 3"),
        "no start period": (drop(CHECK + "/StartPeriod"), "is missing, must be 90"),
        "another start period": (put(CHECK + "/StartPeriod", 30), "is 30, must be 90"),
    },
)

CONTAINER_HEALTH_CHECK_CASES_2 = Cases(
    ContainerHealthCheck,
    "BffTaskDefinition",
    good={},
    bad={"the grace period's": (put(CHECK + "/StartPeriod", 60), "is 60, must be 30")},
)

LIMITS_CASES = Cases(
    Limits,
    "BffTaskDefinition",
    good={},
    bad={
        "too long": (put(C + "StopTimeout", 120), "must be 60"),
        "none": (drop(C + "StopTimeout"), "is missing"),
        "few files": (put(C + "Ulimits/0/HardLimit", 1024), "must be 65536"),
        "another limit": (
            add(C + "Ulimits", {"Name": "core", "SoftLimit": 1, "HardLimit": 1}),
            "must not be there",
        ),
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

PRIVILEGES_CASES = Cases(
    Privileges,
    "BffTaskDefinition",
    good={"no word about privileges": drop(C + "Privileged")},
    bad={
        "privileged": (put(C + "Privileged", True), "must be false"),
        "root": (put(C + "User", "0:0"), "which is root"),
        "another user": (put(C + "User", "1001"), "must be 1000:1000"),
        "no user": (drop(C + "User"), "is missing"),
        "writable root": (put(C + "ReadonlyRootFilesystem", False), "must be true"),
        "capabilities": (put(LINUX + "Capabilities", {"Add": ["ALL"]}), "must not be there"),
        "devices": (put(LINUX + "Devices", []), "must not be there"),
        "no init": (drop(LINUX + "InitProcessEnabled"), "is missing"),
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
        "none": (drop(TMPFS), "lacks /tmp"),
        "one more": (
            add(TMPFS, {"ContainerPath": "/app", "Size": 1, "MountOptions": []}),
            "must not be there",
        ),
        "executable": (put(TMPFS + "/0/MountOptions", ["rw"]), "lacks noexec"),
        "root's": (put(TMPFS + "/1/MountOptions", lambda old: old[:-1]), "lacks mode=1777"),
        "another mode": (
            put(TMPFS + "/0/MountOptions", lambda old: [*old[:-1], "mode=0755"]),
            "lacks mode=1777",
        ),
        "bigger": (put(TMPFS + "/0/Size", 9999), "must be 64"),
    },
)

CASES = (
    CONTAINER_PORT_CASES,
    CONTAINER_HEALTH_CHECK_CASES,
    CONTAINER_HEALTH_CHECK_CASES_2,
    LIMITS_CASES,
    LOGGING_CASES,
    PRIVILEGES_CASES,
    WRITABLE_PATHS_CASES,
)

test_nothing_is_found, test_the_fault_is_found = make_tests(*CASES)
