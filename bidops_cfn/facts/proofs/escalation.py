"""Actions by which code gets permissions that its own role does not have.

The catalogue of all AWS actions ranks them; the services whose actions run code or hand out
credentials are named here. What the catalogue does not know may be any of them.
"""

from __future__ import annotations

from functools import lru_cache

from bidops_cfn.facts.actions import access_level

PERMISSIONS = "Permissions management"
READING = frozenset({"List", "Read"})
# Who one is, and what a message said: nothing that one could be afterwards.
ASKING = frozenset(
    {"sts:DecodeAuthorizationMessage", "sts:GetAccessKeyInfo", "sts:GetCallerIdentity"}
)
# The side of a session that answers, with the permissions that it has: only ssm:StartSession and
# ecs:ExecuteCommand begin one.
ANSWERING = frozenset(
    {
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    }
)
# They keep identities, credentials and roles: whoever writes there writes permissions, by role
# policies, access keys, login profiles, service-specific credentials, PassRole.
IDENTITY = frozenset(
    {
        "account", "cognito-identity", "cognito-idp", "iam", "identitystore", "organizations",
        "rolesanywhere", "signin", "sso", "sso-directory", "sso-oauth",
    }
)  # fmt: skip
# They run code or change stacks under a role of their own, or open a shell in what has one.
RUNNERS = frozenset(
    {
        "apprunner", "batch", "bedrock-agentcore", "cloud9", "cloudformation", "cloudshell",
        "codebuild", "codedeploy", "codepipeline", "codestar", "datapipeline", "ec2",
        "ec2-instance-connect", "ec2messages", "ecs", "eks", "eks-auth", "elasticbeanstalk",
        "elasticmapreduce", "emr-serverless", "events", "gamelift", "glue", "imagebuilder",
        "iot", "lambda", "lightsail", "opsworks", "pipes", "proton", "sagemaker", "scheduler",
        "servicecatalog", "ssm", "ssm-guiconnect", "ssmmessages", "states", "swf",
    }
)  # fmt: skip


@lru_cache(maxsize=32_768)
def escalates(action: str) -> bool:
    """Tell whether ``action``, spelt as the catalogue does, may lead to further permissions."""
    prefix = action.partition(":")[0]
    levels = frozenset(access_level(action).split(", "))
    if action in ANSWERING:
        return False
    if prefix == "sts":
        return action not in ASKING
    if prefix in IDENTITY or prefix in RUNNERS:
        return not levels <= READING
    return PERMISSIONS in levels or "Unknown" in levels
