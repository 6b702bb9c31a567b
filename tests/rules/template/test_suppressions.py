from __future__ import annotations

from bidops_cfn.rules.template.suppressions import Suppressions
from tests.mutants.mutant import (
    attribute,
    put,
)
from tests.rules.table import table_tests

test_good, test_bad = table_tests(
    Suppressions,
    "BffService",
    good={"another word in the metadata": attribute("Metadata", {"Comment": "cfn-lint is fine"})},
    bad={
        "of cfn-lint": (
            attribute("Metadata", {"cfn-lint": {"config": {"ignore_checks": ["E"]}}}),
            "suppresses checks",
        ),
        "of checkov": (attribute("Metadata", {"checkov": {"skip": []}}), "suppresses checks"),
        "of cfn_nag": (
            attribute("Metadata", {"cfn_nag": {"rules_to_suppress": []}}),
            "suppresses checks",
        ),
        "deeper": (attribute("Metadata", {"a": [{"CFN-Guard": {}}]}), "suppresses checks"),
        "of the whole template": (put("/Metadata/guard", {}), "suppresses checks", ""),
    },
)
