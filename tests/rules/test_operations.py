from __future__ import annotations

import pytest

from bidops_cfn.rules.operations import (
    AlarmActions,
    DeficitAlarm,
    LogGroups,
    TargetAlarms,
    UtilizationAlarms,
)
from tests.mutants.mutant import add, attribute, drop, hidden, put, ref
from tests.rules.table import Cases, cases_in, make_tests

pytestmark = pytest.mark.requirement(
    "FR-010", "FR-035", "FR-038", "FR-039", "FR-044", "FR-045", "FR-046", "SC-004"
)

TOPIC = "arn:aws:sns:us-east-1:111111111111:other"

ALARM_ACTIONS_CASES = Cases(
    AlarmActions,
    "BffCpuAlarm",
    good={"actions enabled": put("ActionsEnabled", True)},
    bad={"a topic that settings do not name": (put("AlarmActions", [TOPIC]), "must not be there")},
)

ALARM_ACTIONS_CASES_2 = Cases(
    AlarmActions,
    "BffTaskDeficitAlarm",
    environment="prod",
    bad={
        "untold": (drop("AlarmActions"), "is missing"),
        "untold of the end": (drop("OKActions"), "is missing"),
    },
    only_here=("untold", "untold of the end"),
)

DEFICIT_ALARM_CASES = Cases(
    DeficitAlarm,
    "AgentCoreTaskDeficitAlarm",
    good={
        "queries in another order": put("Metrics", lambda old: old[::-1]),
        "no label": drop("Metrics/2/Label"),
    },
    bad={
        "gaps": (put("Metrics/2/Expression", "desired - running"), "FILL(running, 0)"),
        "a query more": (add("Metrics", {"Id": "x", "Expression": "1"}), "must not be there"),
    },
)

LOG_GROUPS_CASES = Cases(
    LogGroups,
    "BffLogGroup",
    good={"days as text": put("RetentionInDays", "7")},
    bad={
        "a month in a branch": (hidden("RetentionInDays", 30), "must be 7"),
        "a key": (put("KmsKeyId", "arn:aws:kms:x"), "must not be there"),
    },
)

LOG_GROUPS_CASES_2 = Cases(
    LogGroups,
    "AgentCoreLogGroup",
    environment="prod",
    bad={
        "production lets go": (attribute("DeletionPolicy", "Delete"), "must be RetainExceptOn"),
        "a replaced one goes": (attribute("UpdateReplacePolicy", "Delete"), "must be Retain"),
    },
    only_here=("production lets go", "a replaced one goes"),
)

TARGET_ALARMS_CASES = Cases(
    TargetAlarms,
    "BffUnhealthyTargetsAlarm",
    good={"dimensions in another order": put("Dimensions", lambda old: old[::-1])},
    bad={"by ARN": (put("Dimensions/1/Value", ref("BffTargetGroup")), "must be")},
)


UTILIZATION_ALARMS_CASES = Cases(
    UtilizationAlarms,
    "BffCpuAlarm",
    good={"dimensions in another order": put("Dimensions", lambda old: old[::-1])},
    bad={
        "by ARN": (put("Dimensions/1/Value", ref("BffService")), "must be"),
        "a second metric": (put("Metrics", []), "must not be there"),
        "of all services": (
            (drop("Dimensions/0"), put("Dimensions/0/Name", "Service")),
            "must not be there",
        ),
    },
)


CASES = cases_in(globals())

test_nothing_is_found, test_the_fault_is_found = make_tests(CASES)
