from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.balancing import TargetGroup
from tests.mutants.mutant import (
    add,
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-021"),
    pytest.mark.requirement("FR-035"),
    pytest.mark.requirement("FR-047"),
]

test_good, test_bad = table_tests(
    TargetGroup,
    "BffTargetGroup",
    good={
        "no protocol version": drop("ProtocolVersion"),
        "the port as text": put("Port", "3000"),
    },
    bad={
        "instances": (put("TargetType", "instance"), "must be ip"),
        "TLS": (put("Protocol", "HTTPS"), "must be HTTP"),
        "gRPC": (put("ProtocolVersion", "GRPC"), "must be HTTP1"),
        "another port": (put("Port", 80), "must be 3000"),
        "another VPC": (put("VpcId", {"Fn::ImportValue": "x"}), "must be"),
        "slow": (put("TargetGroupAttributes/0/Value", 300), "must be 60"),
        "sticky": (
            add("TargetGroupAttributes", {"Key": "stickiness.enabled", "Value": "true"}),
            "must not be there",
        ),
    },
)
