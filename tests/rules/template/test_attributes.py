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
        "a condition": (attribute("Condition", "X"), "no requirement asks for"),
        "metadata": (attribute("Metadata", {}), "no requirement asks for"),
        "an update policy": (attribute("UpdatePolicy", {}), "no requirement asks for"),
        "a creation policy": (attribute("CreationPolicy", {}), "no requirement asks for"),
        "a dependency": (attribute("DependsOn", "Cluster"), "no requirement asks for"),
        "a role that is kept": (
            put("/Resources/BffTaskRole/DeletionPolicy", "Retain"),
            "no requirement asks for",
            "BffTaskRole",
        ),
    },
)
