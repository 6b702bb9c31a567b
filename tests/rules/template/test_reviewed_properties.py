from __future__ import annotations

from bidops_cfn.rules.template.reviewed_properties import ReviewedProperties, judged_properties
from tests.mutants.corpus import committed
from tests.mutants.mutant import (
    put,
)
from tests.rules.table import table_tests

test_good, test_bad = table_tests(
    ReviewedProperties,
    "BffTaskDefinition",
    good={"another value": put("Cpu", "1")},
    bad={
        "volumes": (put("Volumes", []), "no rule judges"),
        "tags": (put("Tags", []), "no rule judges"),
        "an entry point": (put("ContainerDefinitions/0/EntryPoint", []), "no rule judges"),
        "a misspelt one": (put("NetworkMod", "awsvpc"), "no rule judges"),
        "of another resource": (
            put("/Resources/BffService/Properties/ServiceConnectConfiguration", {}),
            "no rule judges",
            "BffService",
        ),
    },
)


def test_every_property_of_a_committed_template_is_judged_by_a_rule_of_its_type() -> None:
    judged = judged_properties()
    for declared in committed("prod")["Resources"].values():
        assert set(declared["Properties"]) <= judged[declared["Type"]]
