"""Two roles per service: one for ECS to start its tasks, one for the code inside (FR-009, FR-016).

Policies are inline: a separate policy resource is no dependency of the task definition and may
come after the first launch.
"""

from __future__ import annotations

from awacs import aws
from troposphere import AWSObject, Ref, iam

from bidops_cfn import logical_ids
from bidops_cfn.compute import policies
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Service


def trust() -> aws.PolicyDocument:
    """Return who may assume the roles: ECS tasks of this account and region.

    A cluster's ARN as source is not supported for tasks and would break every launch:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    source = policies.regional_arn("ecs:${AWS::Region}:${AWS::AccountId}:*")
    account = aws.StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")})
    return policies.document(
        aws.Statement(
            Effect=aws.Allow,
            Action=[aws.Action("sts", "AssumeRole")],
            Principal=aws.Principal("Service", ["ecs-tasks.amazonaws.com"]),
            Condition=aws.Condition([account, aws.ArnLike({"aws:SourceArn": source})]),
        )
    )


def role(
    logical_id: str, description: str, policy: aws.PolicyDocument, environment: Environment
) -> iam.Role:
    """Return a role that ECS tasks assume, with one inline policy where it may do anything."""
    resource = iam.Role(logical_id, Description=description, AssumeRolePolicyDocument=trust())
    if policy.Statement:  # IAM refuses a policy without statements
        resource.Policies = [iam.Policy(PolicyName="permissions", PolicyDocument=policy)]
    if environment.security.permissions_boundary_arn:
        resource.PermissionsBoundary = environment.security.permissions_boundary_arn
    return resource


def roles(service: Service, environment: Environment) -> list[AWSObject]:
    """Return the service's execution role and task role."""
    return [
        role(
            logical_ids.execution_role(service),
            f"Starts tasks of {service.name} in {environment.name}",
            policies.execution_policy(service, environment),
            environment,
        ),
        role(
            logical_ids.task_role(service),
            f"Code inside tasks of {service.name} in {environment.name}",
            policies.task_policy(service, environment),
            environment,
        ),
    ]
