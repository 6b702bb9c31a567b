"""What IAM is asked when CloudFormation manages the stack's resources, as its events tell.

For each resource that an operation created, updated or deleted, every action that the handlers of
its type name, on each resource that the catalogue of actions knows for it. A created resource has
no tag yet; later it has its stack's, where CloudFormation tags its type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from bidops_cfn.settings.environment import Environment
from judges.policies.request import Context, Request, list_resources, list_types

HANDLERS = {
    "CREATE": ("create", "read"),
    "UPDATE": ("update", "read"),
    "DELETE": ("delete", "read"),
}
# Beside the schemas: what Cloud Map asks of Route 53 as the caller when it makes and removes a
# namespace, and Application Auto Scaling of ECS and CloudWatch for a policy that tracks a target.
ALSO = {
    ("AWS::ServiceDiscovery::PrivateDnsNamespace", "CREATE"): (
        "route53:AssociateVPCWithHostedZone",
    ),
    ("AWS::ServiceDiscovery::PrivateDnsNamespace", "DELETE"): ("route53:DeleteHostedZone",),
    ("AWS::ApplicationAutoScaling::ScalingPolicy", "CREATE"): (
        "cloudwatch:PutMetricAlarm",
        "ecs:DescribeServices",
        "ecs:UpdateService",
    ),
    ("AWS::ApplicationAutoScaling::ScalingPolicy", "DELETE"): ("cloudwatch:DeleteAlarms",),
}
# What handlers call only for properties that no template of this repository has.
NOT_CALLED = {
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        "application-autoscaling:DeleteScheduledAction",
        "application-autoscaling:PutScheduledAction",
        "iam:PassRole",
        "lambda:DeleteProvisionedConcurrencyConfig",
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:PutProvisionedConcurrencyConfig",
    ),
    "AWS::ECS::Cluster": (
        "ecs:PutAccountSetting",
        "ecs:PutAccountSettingDefault",
        "kms:DescribeKey",
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": ("cognito-idp:DescribeUserPoolClient",),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        "elasticloadbalancing:DeregisterTargets",
        "elasticloadbalancing:RegisterTargets",
    ),
    "AWS::IAM::Role": (
        "iam:AttachRolePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
    ),
    "AWS::Logs::LogGroup": (
        "firehose:TagDeliveryStream",
        "logs:CreateLogDelivery",
        "logs:DeleteIndexPolicy",
        "logs:DeleteResourcePolicy",
        "logs:PutIndexPolicy",
        "logs:PutResourcePolicy",
        "s3:REST.PUT.OBJECT",
    ),
    "AWS::ServiceDiscovery::Service": (
        "servicediscovery:DeleteServiceAttributes",
        "servicediscovery:UpdateServiceAttributes",
    ),
}


@dataclass(frozen=True)
class Step:
    """What an operation did with a resource: ``verb`` is CREATE, UPDATE or DELETE."""

    verb: str
    type: str
    logical_id: str
    physical_id: str


def list_requests(
    steps: Iterable[Step], environment: Environment, physical: Mapping[str, str]
) -> list[Request]:
    """Return the requests of all ``steps``; ``physical`` maps logical ids to physical ones."""
    found: list[Request] = []
    for step in dict.fromkeys(steps):
        found += [
            one for one in list_step_requests(step, environment, physical) if one not in found
        ]
    return found


def list_step_requests(
    step: Step, environment: Environment, physical: Mapping[str, str]
) -> Iterator[Request]:
    """Yield what IAM is asked for one step. Raises ``LookupError`` for an unknown resource."""
    candidates = list_candidates(step, environment, physical)
    bounded = environment.security.permissions_boundary_arn is not None
    for action in sorted(list_actions(step, environment.region, bounded=bounded)):
        resources = list(dict.fromkeys(list_resources(action, candidates)))
        if not resources:
            raise LookupError(f"{step.type} {action} is on {', '.join(list_types(action))}: which?")
        for resource in resources:
            yield Request(
                "cloudformation",
                action,
                resource,
                environment.account_id,
                describe_context(step, action, environment),
                f"{step.verb} {step.logical_id}",
            )


def list_actions(step: Step, region: str, *, bounded: bool) -> frozenset[str]:
    """Return the actions of the handlers that a step runs, tagging included."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, step.type).schema
    handlers = schema["handlers"]
    found = {one for name in HANDLERS[step.verb] for one in handlers[name]["permissions"]}
    if step.verb != "DELETE":
        found.update(schema.get("tagging", {}).get("permissions", ()))
    found.update(ALSO.get((step.type, step.verb), ()))
    left_out = set(NOT_CALLED.get(step.type, ()))
    if bounded:
        left_out.discard("iam:PutRolePermissionsBoundary")
    return frozenset(found - left_out)


def list_candidates(
    step: Step, environment: Environment, physical: Mapping[str, str]
) -> Mapping[str, Sequence[str]]:
    """Return the ARNs that a step is about, by the catalogue's type."""
    here = f"{environment.region}:{environment.account_id}"

    def arn(service: str, tail: str) -> str:
        return f"arn:{environment.partition}:{service}:{here}:{tail}"

    def roles(names: Iterable[str]) -> list[str]:
        account = f"{environment.partition}:iam::{environment.account_id}"
        return [f"arn:{account}:role/{name}" for name in names]

    own = step.physical_id
    cluster = [arn("ecs", f"cluster/{physical['Cluster']}")]
    service = physical["BffService"]
    tracking = f"alarm:TargetTracking-service/{service.partition(':service/')[2]}-AlarmHigh-0"
    group = own if own.startswith("sg-") else "sg-0"  # a rule's id is not its group's
    scaling = {
        "ScalableTarget": [arn("application-autoscaling", "scalable-target/0ec5")],
        "alarm": [arn("cloudwatch", tracking)],
        "service": [service],
        "role": roles([f"aws-service-role/{SCALING_ROLE}"]),
    }
    discovery = {
        "namespace": [arn("servicediscovery", f"namespace/{physical['Namespace']}")],
        "service": [arn("servicediscovery", f"service/{physical['AgentCoreDiscovery']}")],
        "hostedzone": [f"arn:{environment.partition}:route53:::hostedzone/Z0"],
        "vpc": [arn("ec2", "vpc/vpc-0")],
    }
    groups = {"security-group": [arn("ec2", f"security-group/{group}")]}
    about: dict[str, Mapping[str, Sequence[str]]] = {
        "AWS::ApplicationAutoScaling::ScalableTarget": scaling,
        "AWS::ApplicationAutoScaling::ScalingPolicy": scaling,
        "AWS::CloudWatch::Alarm": {"alarm": [arn("cloudwatch", f"alarm:{own}")]},
        "AWS::EC2::SecurityGroup": groups,
        "AWS::EC2::SecurityGroupEgress": groups,
        "AWS::EC2::SecurityGroupIngress": groups,
        "AWS::ECS::Cluster": {
            "cluster": cluster,
            "role": roles(["aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"]),
        },
        "AWS::ECS::ClusterCapacityProviderAssociations": {
            "cluster": cluster,
            "capacity-provider": [arn("ecs", "capacity-provider/FARGATE_SPOT")],
        },
        "AWS::ECS::Service": {
            "service": [own],
            "service-deployment": [f"{own.replace(':service/', ':service-deployment/')}/0"],
            "role": roles(find_roles(physical)),
        },
        "AWS::ECS::TaskDefinition": {
            "task-definition": [own],
            "role": roles(find_roles(physical)),
        },
        "AWS::ElasticLoadBalancingV2::ListenerRule": {
            "listener-rule/app": [own],
            "listener/app": [own.replace(":listener-rule/", ":listener/").rpartition("/")[0]],
        },
        "AWS::ElasticLoadBalancingV2::TargetGroup": {"targetgroup": [own]},
        "AWS::Events::Rule": {"rule": [arn("events", f"rule/{own}")]},
        "AWS::IAM::Role": {"role": roles([own])},
        "AWS::Logs::LogGroup": {"log-group": [arn("logs", f"log-group:{own}")]},
        "AWS::ServiceDiscovery::PrivateDnsNamespace": discovery,
        "AWS::ServiceDiscovery::Service": discovery,
    }
    if step.type not in about:
        raise LookupError(f"{step.type} {step.logical_id}: which resources is it about?")
    return about[step.type]


SCALING_ROLE = (
    "ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"
)


def find_roles(physical: Mapping[str, str]) -> list[str]:
    """Return the names of the stack's roles."""
    return [one for name, one in physical.items() if name.endswith("Role")]


def describe_context(step: Step, action: str, environment: Environment) -> Context:
    """Return what AWS tells IAM about a call beside action and resource."""
    context: dict[str, str | list[str]] = {"aws:RequestedRegion": environment.region}
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(environment.region, step.type).schema
    if step.verb != "CREATE" and schema["tagging"].get("cloudFormationSystemTags"):
        tag = "aws:ResourceTag/aws:cloudformation:stack-name"
        context[tag] = environment.stack_name
    if action == "iam:PassRole":
        context["iam:PassedToService"] = "ecs-tasks.amazonaws.com"
    if action == "iam:CreateServiceLinkedRole":
        scaling = step.type.startswith("AWS::ApplicationAutoScaling")
        prefix = "ecs.application-autoscaling" if scaling else "ecs"
        context["iam:AWSServiceName"] = f"{prefix}.amazonaws.com"
    if environment.security.permissions_boundary_arn and step.type == "AWS::IAM::Role":
        context["iam:PermissionsBoundary"] = environment.security.permissions_boundary_arn
    if action.startswith("application-autoscaling:"):
        context["application-autoscaling:service-namespace"] = "ecs"
        context["application-autoscaling:scalable-dimension"] = "ecs:service:DesiredCount"
    if action == "route53:ChangeResourceRecordSets":
        context["route53:ChangeResourceRecordSetsNormalizedRecordNames"] = [
            environment.discovery.namespace
        ]
    return context
