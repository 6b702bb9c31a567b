from __future__ import annotations

import pytest

from bidops_cfn.rules.tasks.plain_secrets import PlainSecrets
from tests.mutants.mutant import (
    add,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-014"),
    pytest.mark.requirement("SC-006"),
]

C = "ContainerDefinitions/0/"


def variable(name: str, value: object = "x") -> dict[str, object]:
    return {"Name": name, "Value": value}


test_good, test_bad = table_tests(
    PlainSecrets,
    "BffTaskDefinition",
    good={
        "a word inside another": add(C + "Environment", variable("TOKENIZER", "bpe")),
        "a URL without password": add(
            C + "Environment", variable("API", "https://x.example/a:b@c")
        ),
    },
    bad={
        "a password": (add(C + "Environment", variable("DB_PASSWORD")), "looks like a secret"),
        "in small letters": (add(C + "Environment", variable("api_key")), "looks like a secret"),
        "an access key": (
            add(C + "Environment", variable("ID", "AKIAIOSFODNN7EXAMPLE")),
            "an AWS access key",
        ),
        "a password in a URL": (
            add(C + "Environment", variable("DB", "postgres://u:p@db/x")),
            "a password in a URL",
        ),
        "a private key": (put("Family", "-----BEGIN RSA PRIVATE KEY-----"), "a private key"),
        "an access key in pieces": (
            put("Family", {"Fn::Join": ["", ["AKIAIOSF", "ODNN7EXAMPLE"]]}),
            "an AWS access key",
        ),
        "a dynamic reference": (
            add(C + "Environment", variable("X", "{{resolve:ssm-secure:/x:1}}")),
            "read when it is deployed",
        ),
        "a dynamic reference in pieces": (
            put("Family", {"Fn::Sub": ["{{${How}:ssm:/x}}", {"How": "resolve"}]}),
            "read when it is deployed",
        ),
        "in a parameter": (
            put("/Parameters/BffImage/Default", "ASIAIOSFODNN7EXAMPLE"),
            "an AWS access key",
            "BffImage",
        ),
    },
)
