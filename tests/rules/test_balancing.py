from __future__ import annotations

import pytest

from bidops_cfn.rules.balancing import (
    ListenerRule,
    Registration,
    TargetGroup,
    TargetHealthCheck,
)
from tests.mutants.mutant import add, drop, put, ref
from tests.rules.table import Cases, make_tests

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
    bad={
        "another path": (put("HealthCheckPath", "/"), "must be /api/health"),
        "seldom": (put("HealthCheckIntervalSeconds", 60), "must be 30"),
        "slow": (put("HealthCheckTimeoutSeconds", 29), "must be 5"),
        "never healthy": (put("HealthyThresholdCount", 10), "must be 2"),
        "never unhealthy": (drop("UnhealthyThresholdCount"), "is missing, must be 3"),
        "off": (put("HealthCheckEnabled", False), "must be true"),
        "any answer": (put("Matcher/HttpCode", "200-599"), "must be 200"),
        "another port": (put("HealthCheckPort", "80"), "must be traffic-port"),
    },
)

LISTENER_RULE_CASES = Cases(
    ListenerRule,
    "BffListenerRule",
    good={"an order of one": put("Actions/0/Order", 1)},
    bad={
        "first of all": (put("Priority", 1), "must be 100"),
        "every request": (put("Conditions", []), "lacks"),
        "another host": (put("Conditions/0/HostHeaderConfig/Values", ["*"]), "none of what"),
        "another listener": (put("ListenerArn", "arn:aws:x"), "must be"),
        "another target": (put("Actions/0/ForwardConfig", {}), "must not be there"),
        "a redirect": (put("Actions/0/Type", "redirect"), "must be forward"),
        "two actions": (add("Actions", {"Type": "forward"}), "must not be there"),
    },
)

REGISTRATION_CASES = Cases(
    Registration,
    "BffService",
    good={},
    bad={
        "none": (drop("LoadBalancers"), "is missing"),
        "another container": (put("LoadBalancers/0/ContainerName", "web"), "must be bff"),
        "another port": (put("LoadBalancers/0/ContainerPort", 80), "must be 3000"),
        "another group": (put("LoadBalancers/0/TargetGroupArn", "arn:aws:x"), "must be"),
        "a classic one": (put("LoadBalancers/0/LoadBalancerName", "x"), "must not be there"),
    },
)

REGISTRATION_CASES_2 = Cases(
    Registration,
    "AgentCoreService",
    good={},
    bad={"a private service": (put("LoadBalancers", [ENTRY]), "must not be there")},
)

TARGET_GROUP_CASES = Cases(
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

CASES = (
    TARGET_HEALTH_CHECK_CASES,
    LISTENER_RULE_CASES,
    REGISTRATION_CASES,
    REGISTRATION_CASES_2,
    TARGET_GROUP_CASES,
)

test_nothing_is_found, test_the_fault_is_found = make_tests(*CASES)
