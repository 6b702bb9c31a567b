from __future__ import annotations

from bidops_cfn.rules.tables.tasks import WritablePaths
from tests.mutants.mutant import (
    add,
    drop,
    put,
)
from tests.rules.table import table_tests

TMPFS = "ContainerDefinitions/0/LinuxParameters/Tmpfs"

test_good, test_bad = table_tests(
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
