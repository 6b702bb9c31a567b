from __future__ import annotations

from bidops_cfn.rules.tables.tasks import Privileges
from tests.mutants.mutant import (
    drop,
    put,
)
from tests.rules.table import table_tests

C = "ContainerDefinitions/0/"
LINUX = C + "LinuxParameters/"

test_good, test_bad = table_tests(
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
