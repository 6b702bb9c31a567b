from __future__ import annotations

import pytest

from bidops_cfn.rules.cluster import (
    Base,
    CapacityProviders,
    ContainerInsights,
    LaunchType,
    Storage,
    Strategy,
)
from tests.mutants.mutant import drop, hidden, put, ref
from tests.rules.table import Cases, cases_in, found, make_tests

pytestmark = pytest.mark.requirement("FR-001", "FR-003", "FR-004", "FR-005", "FR-024", "SC-008")

STRATEGY = "CapacityProviderStrategy"

DEFAULT_STRATEGY = "DefaultCapacityProviderStrategy"

KEY = "Configuration/ManagedStorageConfiguration/FargateEphemeralStorageKmsKeyId"

BASE_CASES = Cases(
    Base,
    "BffService",
    good={"a base of 0 for the other": put(f"{STRATEGY}/0/Base", 0)},
    bad={
        "no base": (drop(f"{STRATEGY}/1/Base"), "saves 0.0 % at worst"),
        "on both": (put(f"{STRATEGY}/0/Base", 1), "more than one provider"),
        "too small": (put(f"{STRATEGY}/1/Base", 1), "must save 30 %"),
        "no number": (put(f"{STRATEGY}/1/Base", "three"), "settings say 3"),
    },
    only_here=("no base",),
)

CAPACITY_PROVIDERS_CASES = Cases(
    CapacityProviders,
    "ClusterCapacity",
    good={
        "the other order": (
            put("CapacityProviders", lambda old: old[::-1]),
            put(DEFAULT_STRATEGY, lambda old: old[::-1]),
        ),
        "weights as text": put(f"{DEFAULT_STRATEGY}/0/Weight", "70"),
    },
    bad={"another cluster": (put("Cluster", "default"), "must be")},
)

CONTAINER_INSIGHTS_CASES = Cases(
    ContainerInsights,
    "Cluster",
    bad={
        "off": (put("ClusterSettings/0/Value", "disabled"), "must be enabled"),
        "another value than the settings'": (put("ClusterSettings/0/Value", "enhanced"), "enabled"),
    },
    only_here=("another value than the settings'",),
)

LAUNCH_TYPE_CASES = Cases(
    LaunchType,
    "AgentCoreService",
    good={"nothing instead": put("LaunchType", ref("AWS::NoValue"))},
    bad={
        "FARGATE": (put("LaunchType", "FARGATE"), "overrides the capacity provider"),
        "EC2": (put("LaunchType", "EC2"), "overrides the capacity provider"),
        "in a branch": (hidden("LaunchType", "FARGATE"), "overrides the capacity provider"),
        "CODE_DEPLOY": (put("DeploymentController", {"Type": "CODE_DEPLOY"}), "from ECS"),
        "an old platform": (put("PlatformVersion", "1.4.0"), "security fixes"),
    },
)

STORAGE_CASES = Cases(
    Storage,
    "Cluster",
    bad={"a key in a branch": (hidden("Configuration", {"X": "y"}), "must not be there")},
)

STRATEGY_CASES = Cases(
    Strategy,
    "BffService",
    good={"the other order": put(STRATEGY, lambda old: old[::-1])},
    bad={
        "removed": (drop(STRATEGY), "is missing"),
        "a weight of 0": (put(f"{STRATEGY}/1/Weight", 0), "is 0, must be 30"),
        "hidden in a branch": (hidden(STRATEGY, []), "lacks FARGATE"),
        "a weight from a parameter": (put(f"{STRATEGY}/0/Weight", ref("BffDesiredCount")), "70"),
    },
)


CASES = cases_in(globals())

test_nothing_is_found, test_the_fault_is_found = make_tests(CASES)


def test_production_keeps_its_floor_on_demand() -> None:
    findings = found(Base, "BffService", drop(f"{STRATEGY}/0/Base"), "prod")
    assert any("keeps fewer than 2 tasks on-demand" in one.text for one in findings)
