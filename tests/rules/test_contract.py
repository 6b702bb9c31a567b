from __future__ import annotations

import pytest

from bidops_cfn.rules.contract import ExportedValues, ImportedValues
from bidops_cfn.rules.parameters import Parameters
from bidops_cfn.rules.parts import Parts
from tests.mutants.mutant import attr, copy_of, drop, put, ref, resource
from tests.rules.table import Cases, cases_in, make_tests

pytestmark = pytest.mark.requirement(
    "FR-001", "FR-002", "FR-006", "FR-007", "FR-011", "FR-019", "FR-020", "FR-021", "FR-022",
    "FR-037", "FR-044", "FR-045", "FR-046", "FR-047", "FR-048", "FR-049", "FR-050", "SC-001",
)  # fmt: skip

VPC = "/Resources/BffTargetGroup/Properties/VpcId"

ARN = "/Outputs/BffServiceArn"

IMPORTED_VALUES_CASES = Cases(
    ImportedValues,
    "BffTargetGroup",
    good={"one use less of what is used elsewhere": put(VPC, "vpc-1")},
    bad={
        "another environment's": (
            put(VPC, {"Fn::ImportValue": "bidopsai-prod-network-VpcId"}),
            "not in the contract",
        ),
        "a name that is not literal": (
            put(VPC, {"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-VpcId"}}),
            "not literal",
        ),
        "in a variable that nothing uses": (
            put(VPC, lambda old: {"Fn::Sub": ["${V}", {"V": old, "W": {"Fn::ImportValue": "x"}}]}),
            "imports x, which is not in the contract",
        ),
        "in an output": (
            put("/Outputs/ClusterArn/Value", {"Fn::ImportValue": "x"}),
            "not in the contract",
            "ClusterArn",
        ),
        "missing": (
            put("/Resources/BffListenerRule/Properties/ListenerArn", "arn:aws:x"),
            "does not import bidopsai-dev-network-HttpsListenerArn",
            "",
        ),
    },
    only_here=("another environment's",),
)

EXPORTED_VALUES_CASES = Cases(
    ExportedValues,
    "BffServiceArn",
    good={
        "a description": put(ARN + "/Description", "Service"),
        "by a substitution": put(ARN + "/Value", {"Fn::Sub": "${BffService}"}),
        "under another logical id": (
            put("/Outputs/Moved", {}),
            put("/Outputs", lambda old: {**old, "Moved": old["BffServiceArn"]}),
            drop(ARN),
        ),
    },
    bad={
        "the other's": (put(ARN + "/Value", ref("AgentCoreService")), "must be ${BffService}"),
        "not exported": (drop(ARN + "/Export"), "exports nothing, which is not in the contract"),
        "gone": (drop(ARN), "does not export bidopsai-dev-compute-BffServiceArn"),
        "one more": (put("/Outputs/X", {"Value": "x"}), "not in the contract", "X"),
        "twice": (
            put("/Outputs", lambda old: {**old, "Again": old["BffServiceArn"]}),
            "a second time",
            "Again",
        ),
    },
)

PARAMETERS_CASES = Cases(
    Parameters,
    "BffImage",
    good={"no description": drop("/Parameters/BffImage/Description")},
    bad={
        "a default": (put("/Parameters/BffImage/Default", ":1"), "must not be there"),
        "any pattern": (put("/Parameters/BffImage/AllowedPattern", ".*"), "must be"),
        "a list": (put("/Parameters/BffImage/AllowedValues", [":1", ":2"]), "is neither"),
        "gone": (drop("/Parameters/BffImage"), "is used and not declared"),
        "of the other service": (
            put(
                "/Resources/AgentCoreTaskDefinition/Properties/ContainerDefinitions/0/Image"
                "/Fn::Join/1/1/Ref",
                "BffImage",
            ),
            "decides about agentcore and is named after bff",
        ),
        "one more": (put("/Parameters/X", {"Type": "String"}), "is neither", "X"),
    },
)

PARTS_CASES = Cases(
    Parts,
    "Extra",
    bad={
        "a bucket": (resource("AWS::S3::Bucket"), "has no part"),
        "of no type": (put("/Resources/Extra", {}), "has no part"),
        "a second cluster": (resource("AWS::ECS::Cluster"), "is one of 2 for the cluster"),
        "a role without use": (copy_of("BffTaskRole"), "has no part"),
        "a second alarm": (copy_of("BffCpuAlarm"), "is one of 2 for the CPU alarm of bff"),
        "no alarm": (drop("/Resources/BffCpuAlarm"), "lacks the CPU alarm", "BffCpuAlarm"),
        "no service": (drop("/Resources/BffService"), "lacks the ECS service", "BffService"),
        "no cluster": (drop("/Resources/Cluster"), "lack", "Cluster"),
        "a role in two places": (
            put(
                "/Resources/BffTaskDefinition/Properties/TaskRoleArn",
                attr("BffExecutionRole", "Arn"),
            ),
            "at once",
            "BffExecutionRole",
        ),
    },
)


CASES = cases_in(globals())

test_nothing_is_found, test_the_fault_is_found = make_tests(CASES)
