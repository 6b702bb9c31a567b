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
from tests.rules.table import Cases, make_tests

pytestmark = pytest.mark.requirement(
    "FR-010", "FR-035", "FR-038", "FR-039", "FR-044", "FR-045", "FR-046", "SC-004"
)

TOPIC = "arn:aws:sns:us-east-1:111111111111:other"

ALARM_ACTIONS_CASES = Cases(
    AlarmActions,
    "BffCpuAlarm",
    good={"actions enabled": put("ActionsEnabled", True)},
    bad={
        "a topic that settings do not name": (put("AlarmActions", [TOPIC]), "must not be there"),
        "actions disabled": (put("ActionsEnabled", False), "must be true"),
        "no description": (drop("AlarmDescription"), "is missing"),
        "told of missing data": (put("InsufficientDataActions", [TOPIC]), "must not be there"),
    },
)

ALARM_ACTIONS_CASES_2 = Cases(
    AlarmActions,
    "BffTaskDeficitAlarm",
    environment="prod",
    good={},
    bad={
        "untold": (drop("AlarmActions"), "is missing"),
        "untold of the end": (drop("OKActions"), "is missing"),
        "another topic": (put("AlarmActions/0", TOPIC), "must be"),
        "another topic, too": (add("AlarmActions", TOPIC), "must be"),
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
        "no data is fine": (put("TreatMissingData", "notBreaching"), "must be breaching"),
        "two answers": (put("Metrics/0/ReturnData", True), "must be false"),
        "no answer": (drop("Metrics/2/ReturnData"), "is missing"),
        "one may be missing": (put("Threshold", 1), "must be 0"),
        "another metric": (put("Metrics/0/MetricStat/Metric/MetricName", "X"), "DesiredTaskCount"),
        "the maximum": (put("Metrics/1/MetricStat/Stat", "Maximum"), "must be Average"),
        "a query more": (add("Metrics", {"Id": "x", "Expression": "1"}), "must not be there"),
    },
)

LOG_GROUPS_CASES = Cases(
    LogGroups,
    "BffLogGroup",
    good={"days as text": put("RetentionInDays", "7")},
    bad={
        "for ever": (drop("RetentionInDays"), "is missing"),
        "a month": (put("RetentionInDays", 30), "must be 7"),
        "a month in a branch": (hidden("RetentionInDays", 30), "must be 7"),
        "kept": (attribute("DeletionPolicy", "Retain"), "must be Delete"),
        "no word": (drop("/Resources/BffLogGroup/UpdateReplacePolicy"), "is missing"),
        "a key": (put("KmsKeyId", "arn:aws:kms:x"), "must not be there"),
    },
)

LOG_GROUPS_CASES_2 = Cases(
    LogGroups,
    "AgentCoreLogGroup",
    environment="prod",
    good={},
    bad={
        "production lets go": (attribute("DeletionPolicy", "Delete"), "must be RetainExceptOn"),
        "an empty group stays": (attribute("DeletionPolicy", "Retain"), "must be RetainExceptOn"),
        "a replaced one goes": (attribute("UpdateReplacePolicy", "Delete"), "must be Retain"),
    },
    only_here=("production lets go", "a replaced one goes"),
)

TARGET_ALARMS_CASES = Cases(
    TargetAlarms,
    "BffUnhealthyTargetsAlarm",
    good={"dimensions in another order": put("Dimensions", lambda old: old[::-1])},
    bad={
        "one may be unhealthy": (put("Threshold", 1), "must be 0"),
        "the average": (put("Statistic", "Average"), "must be Maximum"),
        "by ARN": (put("Dimensions/1/Value", ref("BffTargetGroup")), "must be"),
        "no balancer": (drop("Dimensions/0"), "lacks LoadBalancer"),
        "another namespace": (put("Namespace", "AWS/NetworkELB"), "must be AWS/ApplicationELB"),
    },
)

TARGET_ALARMS_CASES_2 = Cases(
    TargetAlarms,
    "BffNoHealthyTargetAlarm",
    good={},
    bad={"no data is fine": (put("TreatMissingData", "missing"), "must be breaching")},
)

TARGET_ALARMS_CASES_3 = Cases(
    TargetAlarms,
    "BffServerErrorAlarm",
    good={},
    bad={
        "many errors": (put("Threshold", 1000), "must be 10"),
        "the average": (put("Statistic", "Average"), "must be Sum"),
    },
)

UTILIZATION_ALARMS_CASES = Cases(
    UtilizationAlarms,
    "BffCpuAlarm",
    good={"dimensions in another order": put("Dimensions", lambda old: old[::-1])},
    bad={
        "late": (put("Threshold", 90), "must be 70"),
        "hasty": (put("EvaluationPeriods", 1), "must be 3"),
        "long periods": (put("Period", 300), "must be 60"),
        "the sum": (put("Statistic", "Sum"), "must be Average"),
        "upside down": (put("ComparisonOperator", "LessThanThreshold"), "GreaterThanThreshold"),
        "by ARN": (put("Dimensions/1/Value", ref("BffService")), "must be"),
        "of all services": (
            (drop("Dimensions/0"), put("Dimensions/0/Name", "Service")),
            "must not be there",
        ),
        "a second metric": (put("Metrics", []), "must not be there"),
        "missing data": (put("TreatMissingData", "ignore"), "must be notBreaching"),
    },
)

CASES = (
    ALARM_ACTIONS_CASES,
    ALARM_ACTIONS_CASES_2,
    DEFICIT_ALARM_CASES,
    LOG_GROUPS_CASES,
    LOG_GROUPS_CASES_2,
    TARGET_ALARMS_CASES,
    TARGET_ALARMS_CASES_2,
    TARGET_ALARMS_CASES_3,
    UTILIZATION_ALARMS_CASES,
)

test_nothing_is_found, test_the_fault_is_found = make_tests(*CASES)
