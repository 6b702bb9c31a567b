from __future__ import annotations

import pytest

from bidops_cfn.rules.network.others_groups import OthersGroups
from tests.mutants.mutant import (
    attr,
    drop,
    put,
    removed,
)
from tests.mutants.net import rule
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-021"),
    pytest.mark.requirement("FR-028"),
    pytest.mark.requirement("FR-029"),
]

test_good, test_bad = table_tests(
    OthersGroups,
    "DatabaseFromBffIngress",
    good={"the port as text": put("FromPort", "5432")},
    bad={
        "another port": (put("FromPort", 22), "tcp 22-5432"),
        "the world": ((drop("SourceSecurityGroupId"), put("CidrIp", "0.0.0.0/0")), "0.0.0.0/0"),
        "somebody else": (put("SourceSecurityGroupId", "sg-1"), "sg-1"),
        "another group": (put("GroupId", "sg-1"), "no requirement asks for"),
        "missing": (removed, "usually by DatabaseFromBffIngress"),
        "twice": (
            put(
                "/Resources/Again",
                {
                    "Type": "AWS::EC2::SecurityGroupIngress",
                    "Properties": rule(
                        5432,
                        GroupId={"Fn::ImportValue": "bidopsai-dev-network-DatabaseSecurityGroupId"},
                        SourceSecurityGroupId=attr("BffSecurityGroup", "GroupId"),
                    ),
                },
            ),
            "a second time",
            "Again",
        ),
    },
)
