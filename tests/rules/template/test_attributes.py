from __future__ import annotations

from bidops_cfn.rules.template.attributes import Attributes
from tests.mutants.mutant import (
    attribute,
    put,
)
from tests.rules.table import table_tests

test_good, test_bad = table_tests(
    Attributes,
    "BffLogGroup",
    good={"another end of life": attribute("DeletionPolicy", "Retain")},
    bad={
        "a condition": (attribute("Condition", "X"), "nobody asked for"),
        "metadata": (attribute("Metadata", {}), "nobody asked for"),
        "an update policy": (attribute("UpdatePolicy", {}), "nobody asked for"),
        "a creation policy": (attribute("CreationPolicy", {}), "nobody asked for"),
        "a dependency": (attribute("DependsOn", "Cluster"), "nobody asked for"),
        "a role that is kept": (
            put("/Resources/BffTaskRole/DeletionPolicy", "Retain"),
            "nobody asked for",
            "BffTaskRole",
        ),
    },
)
