from __future__ import annotations

import pytest

from bidops_cfn.rules.tasks.image import Image
from tests.mutants.mutant import (
    drop,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-011"),
    pytest.mark.requirement("FR-048"),
]

C = "ContainerDefinitions/0/"

test_good, test_bad = table_tests(
    Image,
    "BffTaskDefinition",
    good={
        "by a substitution": put(
            C + "Image",
            lambda old: {
                "Fn::Sub": ["${Uri}${BffImage}", {"Uri": old["Fn::Join"][1][0]}],
            },
        )
    },
    bad={
        "literal": (put(C + "Image", "nginx:1"), "followed by the image parameter"),
        "with latest": (put(C + "Image/Fn::Join/1/1", ":latest"), "followed by"),
        "of the other": (
            put(C + "Image/Fn::Join/1/0/Fn::ImportValue", lambda old: old.replace("App", "Agent")),
            "must be",
        ),
        "missing": (drop(C + "Image"), "followed by"),
        "the other's parameter": (
            put(C + "Image/Fn::Join/1/1", ref("AgentCoreImage")),
            "used in 2 places",
        ),
        "an unknown parameter": (put(C + "Image/Fn::Join/1/1", ref("Nothing")), "followed by"),
    },
)
