from __future__ import annotations

import pytest

from bidops_cfn.rules.balancing import (
    ListenerRule,
    Registration,
    TargetGroup,
    TargetHealthCheck,
)
from tests.mutants.mutant import drop, put, ref
from tests.rules.table import Cases, cases_in, make_tests

pytestmark = pytest.mark.requirement("FR-021", "FR-033", "FR-034", "FR-035", "FR-047", "SC-005")

ENTRY = {
    "ContainerName": "agentcore",
    "ContainerPort": 8080,
    "TargetGroupArn": ref("BffTargetGroup"),
}

TARGET_HEALTH_CHECK_CASES = Cases(
    TargetHealthCheck,
    "BffTargetGroup",
    good={
        "defaults left out": (drop("HealthCheckPort"), drop("HealthCheckEnabled")),
        "the code as a number": put("Matcher/HttpCode", 200),
    },
    bad={"seldom": (put("HealthCheckIntervalSeconds", 60), "must be 30")},
)

LISTENER_RULE_CASES = Cases(
    ListenerRule,
    "BffListenerRule",
    good={"an order of one": put("Actions/0/Order", 1)},
    bad={"another listener": (put("ListenerArn", "arn:aws:x"), "must be")},
)

REGISTRATION_CASES = Cases(
    Registration,
    "BffService",
    bad={"another group": (put("LoadBalancers/0/TargetGroupArn", "arn:aws:x"), "must be")},
)

REGISTRATION_CASES_2 = Cases(
    Registration,
    "AgentCoreService",
    bad={"a private service": (put("LoadBalancers", [ENTRY]), "must not be there")},
)

TARGET_GROUP_CASES = Cases(
    TargetGroup,
    "BffTargetGroup",
    good={
        "no protocol version": drop("ProtocolVersion"),
        "the port as text": put("Port", "3000"),
    },
    bad={"another VPC": (put("VpcId", {"Fn::ImportValue": "x"}), "must be")},
)


CASES = cases_in(globals())

test_nothing_is_found, test_the_fault_is_found = make_tests(CASES)
