"""Faults of roles and policies: what is allowed, on what, to whom."""

from __future__ import annotations

from typing import Any

from tests.mutants.mutant import (
    Change,
    Template,
    add,
    hidden,
    mutants,
    put,
    ref,
    resource,
)

POLICY = "Policies/0/PolicyDocument"
STATEMENTS = POLICY + "/Statement"
TRUST = "AssumeRolePolicyDocument/Statement/0"


def allow(action: str | list[str], on: Any = "*", **more: Any) -> dict[str, Any]:
    """Return a statement that allows ``action``."""
    return {"Effect": "Allow", "Action": action, "Resource": on, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(sid: str, key: str, value: Any) -> Change:
    """Set a key of the statement with this Sid; a callable gets the old value."""

    def change(template: Template, logical_id: str) -> None:
        role = template["Resources"][logical_id]["Properties"]
        (found,) = (
            one for one in role["Policies"][0]["PolicyDocument"]["Statement"] if one["Sid"] == sid
        )
        found[key] = value(found[key]) if callable(value) else value

    return change


def without(sid: str) -> Change:
    """Remove the statement with this Sid."""

    def change(template: Template, logical_id: str) -> None:
        policy = template["Resources"][logical_id]["Properties"]["Policies"][0]["PolicyDocument"]
        policy["Statement"] = [one for one in policy["Statement"] if one["Sid"] != sid]

    return change


def plus(*actions: str) -> Any:
    """Return a function that appends to a list."""
    return lambda old: [*old, *actions]


IAM = mutants(
    "iam",
    {
        "BffTaskRole": {
            "the answering side of a session": add(
                STATEMENTS,
                allow(["ssmmessages:CreateControlChannel", "ssmmessages:OpenDataChannel"]),
            ),
            "Bedrock in a branch": hidden(f"{STATEMENTS}/0", allow("bedrock:InvokeModel")),
            "second inline policy": add(
                "Policies",
                {"PolicyName": "more", "PolicyDocument": document(allow("s3:GetObject"))},
            ),
            "all parameters": statement("ReadOwnConfiguration", "Resource", "*"),
            "parameters writable": statement(
                "ReadOwnConfiguration", "Action", plus("ssm:PutParameter")
            ),
            "logs of everybody": statement("WriteOwnLogs", "Resource", "*"),
            "effect in small letters": statement("WriteOwnLogs", "Effect", "allow"),
            "wildcard for its actions": statement("WriteOwnLogs", "Action", ["logs:Put*"]),
            "anybody may assume it": put(f"{TRUST}/Principal", {"AWS": "*"}),
            "an account may assume it": put(
                f"{TRUST}/Principal", {"AWS": "arn:aws:iam::999999999999:root"}
            ),
            "condition if exists": put(
                f"{TRUST}/Condition",
                {"StringEqualsIfExists": {"aws:SourceAccount": ref("AWS::AccountId")}},
            ),
            "boundary of AWS": put("PermissionsBoundary", "arn:aws:iam::aws:policy/x"),
            "policy name that IAM refuses": put("Policies/0/PolicyName", "per missions!"),
            "trust Sid that IAM refuses": put(f"{TRUST}/Sid", "a b"),
            "secret in its description": put(
                "Description", "{{resolve:secretsmanager:prod/db:SecretString:password}}"
            ),
        },
        "AgentCoreTaskRole": {
            "all of Bedrock": statement("InvokeModels", "Action", ["bedrock:*"]),
            "all models": statement("InvokeModels", "Resource", ["*"]),
            "all models by pattern": statement(
                "InvokeModels", "Resource", ["arn:aws:bedrock:*::foundation-model/*"]
            ),
            "API name instead of action": statement(
                "InvokeModels", "Action", ["bedrock-runtime:InvokeModel"]
            ),
            "agent instead of alias": statement(
                "InvokeAgents",
                "Resource",
                ["arn:aws:bedrock:us-east-1:111111111111:agent/AGENTDEV01"],
            ),
            "deletes objects in odd letters": statement(
                "ReadAndWriteKnowledgeBase", "Action", plus("S3:deleteobject")
            ),
            "every bucket": statement("ReadAndWriteKnowledgeBase", "Resource", ["arn:aws:s3:::*"]),
            "objects of the bucket itself": statement(
                "ReadAndWriteKnowledgeBase",
                "Resource",
                lambda old: [
                    {"Fn::Sub": [old[0]["Fn::Sub"][0].rstrip("/*"), old[0]["Fn::Sub"][1]]}
                ],
            ),
            "a role to take on": add(STATEMENTS, allow("sts:AssumeRole")),
            "tasks to run": add(STATEMENTS, allow(["ecs:RunTask"])),
            "a key": add(STATEMENTS, allow("kms:Decrypt")),
            "a key through S3": add(
                STATEMENTS,
                allow(
                    ["kms:Decrypt", "kms:GenerateDataKey"],
                    "arn:aws:kms:us-east-1:111111111111:key/x",
                    Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
                ),
            ),
            "models through any profile": statement(
                "InvokeModels", "Condition", {"StringLike": {"bedrock:InferenceProfileArn": "*"}}
            ),
        },
        "BffExecutionRole": {
            "every repository": statement("PullOwnImage", "Resource", ["*"]),
            "the other's repository": statement(
                "PullOwnImage",
                "Resource",
                ["arn:aws:ecr:us-east-1:111111111111:repository/bidopsai/agent"],
            ),
            "its repository in our account": statement(
                "PullOwnImage",
                "Resource",
                lambda old: [
                    {
                        "Fn::Sub": [
                            old[0]["Fn::Sub"][0].replace("${Account}", "${AWS::AccountId}"),
                            {"Name": old[0]["Fn::Sub"][1]["Name"]},
                        ]
                    }
                ],
            ),
            "a sidecar of another account": add(
                STATEMENTS,
                allow("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:999999999999:repository/agent"),
            ),
            "pushes images": statement("PullOwnImage", "Action", plus("ecr:PutImage")),
            "the other's secret": statement(
                "ReadMountedParameters",
                "Resource",
                lambda old: [
                    *old,
                    {"Fn::ImportValue": old[0]["Fn::ImportValue"].replace("Bff", "Agent")},
                ],
            ),
            "the other's logs": statement(
                "WriteOwnLogs", "Resource", [{"Fn::GetAtt": ["AgentCoreLogGroup", "Arn"]}]
            ),
        },
        "AgentCoreExecutionRole": {
            "secrets manager": add(STATEMENTS, allow("secretsmanager:GetSecretValue")),
            "decryption without its service": add(
                STATEMENTS, allow("kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/x")
            ),
            "managed execution policy": put(
                "ManagedPolicyArns",
                ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"],
            ),
        },
        "ExtraPolicy": {
            "a policy beside the role": resource(
                "AWS::IAM::Policy",
                PolicyName="more",
                PolicyDocument=document(allow("bedrock:InvokeModel")),
                Roles=[ref("BffTaskRole")],
            ),
            "a managed policy beside the role": resource(
                "AWS::IAM::ManagedPolicy",
                PolicyDocument=document(allow("s3:GetObject")),
                Roles=[ref("BffTaskRole")],
            ),
            "a role policy": resource(
                "AWS::IAM::RolePolicy",
                PolicyName="more",
                RoleName=ref("AgentCoreTaskRole"),
                PolicyDocument=document(allow("s3:DeleteBucket")),
            ),
            "a policy without a role": resource(
                "AWS::IAM::ManagedPolicy", PolicyDocument=document(allow("*"))
            ),
            "a user": resource("AWS::IAM::User"),
            "a role more": resource(
                "AWS::IAM::Role",
                AssumeRolePolicyDocument=document(),
            ),
            "a resource policy": resource(
                "AWS::S3::BucketPolicy", Bucket="x", PolicyDocument=document(allow("s3:*"))
            ),
        },
    },
)
