from __future__ import annotations

import pytest

from bidops_cfn.rules.permissions import AllowedPermissions, InlinePolicies, WrittenOut
from bidops_cfn.rules.proofs import NoBedrock, NoDestruction
from bidops_cfn.rules.roles import Boundary, Trust
from tests.mutants.iam import STATEMENTS, TRUST, allow, document, plus, statement, without
from tests.mutants.mutant import add, attr, drop, hidden, put, ref
from tests.rules.table import Cases, cases_in, make_tests

pytestmark = pytest.mark.requirement("FR-009", "FR-016", "FR-017", "FR-018")

BUCKET = "ReadAndWriteKnowledgeBase"

CONDITION = f"{TRUST}/Condition"

ALONE = put("AssumeRolePolicyDocument/Statement", lambda several: several[0])

OTHER_CASE = put(
    f"{CONDITION}/StringEquals",
    lambda keys: {"AWS:sourceaccount": keys["aws:SourceAccount"]},
)

ALLOWED_PERMISSIONS_CASES = Cases(
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
        "all but one resource": (
            add(STATEMENTS, {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "x"}),
            "allows s3:GetObject on everything but x, which is not allowed",
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

ALLOWED_PERMISSIONS_CASES_2 = Cases(
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
    only_here=("the key without its condition", "another key"),
)

BOUNDARY_CASES = Cases(
    Boundary,
    "BffTaskRole",
    bad={"in a branch": (hidden("PermissionsBoundary", "arn:aws:iam::1:policy/x"), "must not be")},
)

INLINE_POLICIES_CASES = Cases(
    InlinePolicies,
    "BffTaskRole",
    good={"no description": drop("Description"), "no Sid": drop(f"{STATEMENTS}/0/Sid")},
    bad={
        "managed": (put("ManagedPolicyArns", []), "attaches policies from elsewhere"),
        "no resource": (drop(f"{STATEMENTS}/0/Resource"), "is missing or empty"),
        "no action": (put(f"{STATEMENTS}/0/Action", []), "is missing or empty"),
        "a principal": (put(f"{STATEMENTS}/0/Principal", "*"), "no requirement asks for"),
        "one name twice": (
            put("Policies", lambda old: [*old, old[0]]),
            "permissions, which is used in 2 places",
        ),
        "one Sid twice": (put(f"{STATEMENTS}/1/Sid", "WriteOwnLogs"), "used in 2 places"),
        "a name with a space": (put("Policies/0/PolicyName", "a b"), "must be a name of letters"),
        "an empty condition": (put(f"{STATEMENTS}/0/Condition", {}), "condition without"),
        "a policy of its own": (
            put("/Resources/More", {"Type": "AWS::IAM::ManagedPolicy", "Properties": {}}),
            "is a policy outside its role",
            "More",
        ),
    },
)

NO_BEDROCK_CASES = Cases(
    NoBedrock,
    "BffTaskRole",
    good={"a denial of it": add(STATEMENTS, {**allow("bedrock:*"), "Effect": "Deny"})},
    bad={
        "a model": (add(STATEMENTS, allow("bedrock:InvokeModel")), "bedrock:InvokeModel"),
        "in odd letters": (add(STATEMENTS, allow("BEDROCK:invokemodel")), "bedrock:InvokeModel"),
        "by a pattern": (add(STATEMENTS, allow("b*:Invoke*")), "bedrock"),
        "everything": (add(STATEMENTS, allow("*:*")), "unproved that bff cannot use Bedrock"),
        "another API of it": (add(STATEMENTS, allow("bedrock-agentcore:*")), "bedrock-agentcore"),
        "another role": (
            add(STATEMENTS, allow("sts:AssumeRoleWithSAML")),
            "sts:AssumeRoleWithSAML",
        ),
        "a role to pass": (add(STATEMENTS, allow("iam:PassRole")), "iam:PassRole"),
        "a managed policy": (
            put("ManagedPolicyArns", ["arn:aws:iam::aws:policy/x"]),
            "unproved that bff cannot use Bedrock: a managed policy from outside",
        ),
        "an unreadable statement": (add(STATEMENTS, {"Effect": "Allow"}), "cannot be read"),
        "the other's role": (
            put(
                "/Resources/BffTaskDefinition/Properties/TaskRoleArn",
                attr("AgentCoreTaskRole", "Arn"),
            ),
            "bedrock:InvokeModel",
            "AgentCoreTaskRole",
        ),
        "no role": (
            drop("/Resources/BffTaskDefinition/Properties/TaskRoleArn"),
            "no task role of bff",
            "BffTaskDefinition",
        ),
    },
)

NO_DESTRUCTION_CASES = Cases(
    NoDestruction,
    "AgentCoreTaskRole",
    good={"reading more": add(STATEMENTS, allow("s3:GetObjectVersion"))},
    bad={
        "deletion": (add(STATEMENTS, allow("s3:DeleteObject")), "s3:DeleteObject"),
        "lifecycle": (
            add(STATEMENTS, allow("s3:PutLifecycleConfiguration")),
            "s3:PutLifecycleConfiguration",
        ),
        "a bucket's policy": (add(STATEMENTS, allow("s3:PutBucketPolicy")), "s3:PutBucketPolicy"),
        "infrastructure": (add(STATEMENTS, allow("ecs:UpdateService")), "ecs:UpdateService"),
        "an unknown action": (add(STATEMENTS, allow("s3:Obliterate")), "s3:obliterate"),
        "a managed policy": (put("ManagedPolicyArns", [ref("BffImage")]), "managed policy"),
        "nothing that could be judged": (drop("Policies"), "no permission that could be judged"),
    },
)

TRUST_CASES = Cases(
    Trust,
    "BffTaskRole",
    good={
        "single values": (
            put(f"{TRUST}/Action", "sts:AssumeRole"),
            put(f"{TRUST}/Principal/Service", "ecs-tasks.amazonaws.com"),
        ),
        "one statement that is no list": ALONE,
        "a condition key in another case": OTHER_CASE,
        "the account written out": put(
            f"{CONDITION}/StringEquals/aws:SourceAccount", "111111111111"
        ),
        "the source written out": put(
            f"{CONDITION}/ArnLike/aws:SourceArn", "arn:aws:ecs:us-east-1:111111111111:*"
        ),
    },
    bad={
        "everybody": (put(f"{TRUST}/Principal", "*"), "must be an object"),
        "an account": (put(f"{TRUST}/Principal/AWS", "999999999999"), "must not be there"),
        "EC2, too": (
            put(f"{TRUST}/Principal/Service", ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]),
            "must be ecs-tasks.amazonaws.com",
        ),
        "another account": (
            put(f"{CONDITION}/StringEquals/aws:SourceAccount", "999999999999"),
            "must be 111111111111",
        ),
        "another account under a key in another case": (
            (OTHER_CASE, put(f"{CONDITION}/StringEquals/AWS:sourceaccount", "999999999999")),
            "must be 111111111111",
        ),
        "a cluster": (
            put(f"{CONDITION}/ArnLike/aws:SourceArn", attr("Cluster", "Arn")),
            "must be arn:aws:ecs",
        ),
        "a second statement": (
            add("AssumeRolePolicyDocument/Statement", {"Effect": "Allow"}),
            "must not be there",
        ),
        "tagging": (put(f"{TRUST}/Action", ["sts:AssumeRole", "sts:TagSession"]), "must be sts"),
        "none": (drop("AssumeRolePolicyDocument"), "is missing"),
    },
)

WRITTEN_OUT_CASES = Cases(
    WrittenOut,
    "BffTaskRole",
    good={"another action": add(STATEMENTS, allow("s3:GetObject"))},
    bad={
        "a star": (add(STATEMENTS, allow("s3:Get*")), "has a wildcard"),
        "a question mark": (add(STATEMENTS, allow("s3:GetObjec?")), "has a wildcard"),
        "everything": (add(STATEMENTS, allow("*")), "has a wildcard"),
        "odd letters": (add(STATEMENTS, allow("S3:getObject")), "is written s3:GetObject"),
        "an API name": (add(STATEMENTS, allow("bedrock-runtime:InvokeModel")), "does not know"),
        "an exclusion": (
            add(STATEMENTS, {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
            "all actions but some",
        ),
        "resources but some": (
            add(STATEMENTS, {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "x"}),
            "all resources but some",
        ),
        "a pattern of trust": (put(f"{TRUST}/Action", "sts:*"), "has a wildcard"),
    },
)


CASES = cases_in(globals())

test_nothing_is_found, test_the_fault_is_found = make_tests(CASES)
