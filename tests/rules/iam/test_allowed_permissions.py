from __future__ import annotations

import pytest

from bidops_cfn.rules.iam.allowed_permissions import AllowedPermissions
from tests.mutants.iam import STATEMENTS, allow, document, plus, statement, without
from tests.mutants.mutant import (
    add,
    attr,
    drop,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-009"),
    pytest.mark.requirement("FR-016"),
    pytest.mark.requirement("FR-017"),
    pytest.mark.requirement("FR-018"),
]

BUCKET = "ReadAndWriteKnowledgeBase"

test_good, test_bad = table_tests(
    AllowedPermissions,
    "AgentCoreTaskRole",
    good={
        "one action as a text": statement("ListKnowledgeBase", "Action", "s3:ListBucket"),
        "statements in another order": put(STATEMENTS, lambda old: old[::-1]),
        "two statements instead of one": (
            statement(BUCKET, "Action", ["s3:GetObject"]),
            put(STATEMENTS, lambda old: [*old, {**old[-1], "Action": ["s3:PutObject"]}]),
        ),
        "in other letters": statement(BUCKET, "Action", ["S3:getobject", "s3:PUTOBJECT"]),
        "the account and partition written out": statement(
            "InvokeAgents",
            "Resource",
            ["arn:aws:bedrock:us-east-1:111111111111:agent-alias/AGENTDEV01/ALIASDEV01"],
        ),
    },
    bad={
        "deletion": (statement(BUCKET, "Action", plus("s3:DeleteObject")), "s3:DeleteObject on"),
        "a wildcard that allows it": (
            statement(BUCKET, "Action", ["s3:*Object"]),
            "allows s3:DeleteObject, s3:ReplicateObject",
        ),
        "everything": (add(STATEMENTS, allow("*")), "allows * on *"),
        "another bucket": (statement(BUCKET, "Resource", ["arn:aws:s3:::x/*"]), "arn:aws:s3:::x"),
        "those of another role": (
            put(
                "/Resources/AgentCoreTaskDefinition/Properties/TaskRoleArn",
                attr("BffTaskRole", "Arn"),
            ),
            "is the task role of agentcore and has the permissions of the task role of bff",
            "BffTaskRole",
        ),
        "one action less": (statement(BUCKET, "Action", ["s3:GetObject"]), "lacks s3:PutObject"),
        "one statement less": (without("InvokeAgents"), "lacks bedrock:InvokeAgent"),
        "a denial": (statement(BUCKET, "Effect", "Deny"), "denies something"),
        "a condition": (
            statement(BUCKET, "Condition", {"Bool": {"aws:SecureTransport": "true"}}),
            "lacks s3:GetObject",
        ),
        "all but one": (
            add(STATEMENTS, {"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"}),
            "which is not allowed",
        ),
        "an unreadable one": (add(STATEMENTS, "everything"), "cannot be read"),
        "none at all": (drop("Policies"), "lacks"),
        "a policy beside it": (
            put(
                "/Resources/More",
                {
                    "Type": "AWS::IAM::Policy",
                    "Properties": {
                        "PolicyName": "x",
                        "Roles": [ref("AgentCoreTaskRole")],
                        "PolicyDocument": document(allow("s3:DeleteBucket")),
                    },
                },
            ),
            "s3:DeleteBucket",
            "More",
        ),
    },
)

test_key_good, test_key_bad = table_tests(
    AllowedPermissions,
    "BffExecutionRole",
    environment="prod",
    good={
        "the service written out": statement(
            "DecryptMountedSecrets",
            "Condition",
            {"stringequals": {"KMS:viaservice": "ssm.us-east-1.amazonaws.com"}},
        )
    },
    bad={
        "the key without its condition": (
            statement("DecryptMountedSecrets", "Condition", {}),
            "kms:Decrypt",
        ),
        "another key": (statement("DecryptMountedSecrets", "Resource", "*"), "kms:Decrypt on *"),
    },
)
