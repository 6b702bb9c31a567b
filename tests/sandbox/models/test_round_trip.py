"""Every property of every type goes in by a template and comes out of the service's own API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from bidops_cfn_sandbox.models.registry import TYPES
from tests.sandbox.account import Account
from tests.sandbox.models import ecs_specimens as ecs
from tests.sandbox.models import network_specimens as net
from tests.sandbox.models import specimens as of
from tests.sandbox.models.specimen import Stack, allow, covers, pairs, resolved, resource, unset_of

# Rules of security groups have peers of six kinds: test_ec2 shows them all.
APART = {
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
}
# A port beside the A records of this stack is refused, a launch type beside a strategy.
REFUSED = {"/LaunchType"} | {
    f"/ServiceRegistries/{one}" for one in ("ContainerName", "ContainerPort", "Port")
}


# What is asked of an API, to see a resource: service, operation, parameters with ids for {names}.
Asked = tuple[str, str, dict[str, Any]]


def ask(service: str, operation: str, **parameters: Any) -> Asked:
    return service, operation, parameters


BALANCING_TAGS = ask("elbv2", "describe_tags", ResourceArns=["{It}"])
READS: dict[str, list[Asked]] = {
    "ApplicationAutoScaling::ScalableTarget": [
        ask("application-autoscaling", "describe_scalable_targets", ServiceNamespace="ecs")
    ],
    "ApplicationAutoScaling::ScalingPolicy": [
        ask("application-autoscaling", "describe_scaling_policies", ServiceNamespace="ecs")
    ],
    "CloudWatch::Alarm": [
        ask("cloudwatch", "describe_alarms", AlarmNames=["specimen"]),
        ask("cloudwatch", "list_tags_for_resource", ResourceARN="{cloudwatch}:alarm:specimen"),
    ],
    "EC2::InternetGateway": [ask("ec2", "describe_internet_gateways", InternetGatewayIds=["{It}"])],
    "EC2::Route": [ask("ec2", "describe_route_tables", RouteTableIds=["{Table}"])],
    "EC2::RouteTable": [ask("ec2", "describe_route_tables", RouteTableIds=["{It}"])],
    "EC2::Subnet": [ask("ec2", "describe_subnets", SubnetIds=["{It}"])],
    "EC2::SubnetRouteTableAssociation": [
        ask("ec2", "describe_route_tables", RouteTableIds=["{Table}"])
    ],
    "EC2::VPC": [
        ask("ec2", "describe_vpcs", VpcIds=["{It}"]),
        ask("ec2", "describe_vpc_attribute", VpcId="{It}", Attribute="enableDnsSupport"),
        ask("ec2", "describe_vpc_attribute", VpcId="{It}", Attribute="enableDnsHostnames"),
    ],
    "EC2::VPCEndpoint": [ask("ec2", "describe_vpc_endpoints", VpcEndpointIds=["{It}"])],
    "EC2::VPCGatewayAttachment": [
        ask("ec2", "describe_internet_gateways", InternetGatewayIds=["{Gateway}"])
    ],
    "ECR::Repository": [
        ask("ecr", "describe_repositories", repositoryNames=["specimen"]),
        ask("ecr", "list_tags_for_resource", resourceArn="{ecr}:repository/specimen"),
    ],
    "ECS::Cluster": [
        ask(
            "ecs",
            "describe_clusters",
            clusters=["specimen"],
            include=["SETTINGS", "CONFIGURATIONS", "TAGS"],
        )
    ],
    "ECS::ClusterCapacityProviderAssociations": [
        ask("ecs", "describe_clusters", clusters=["specimen"])
    ],
    "ECS::Service": [
        ask(
            "ecs", "describe_services", cluster="specimen", services=["specimen"], include=["TAGS"]
        ),
        ask("ecs", "describe_service_revisions", serviceRevisionArns=["{revision}"]),
    ],
    "ECS::TaskDefinition": [
        ask("ecs", "describe_task_definition", taskDefinition="{It}", include=["TAGS"])
    ],
    "ElasticLoadBalancingV2::Listener": [ask("elbv2", "describe_listeners", ListenerArns=["{It}"])],
    "ElasticLoadBalancingV2::ListenerRule": [
        ask("elbv2", "describe_rules", RuleArns=["{It}"]),
        BALANCING_TAGS,
    ],
    "ElasticLoadBalancingV2::LoadBalancer": [
        ask("elbv2", "describe_load_balancers", LoadBalancerArns=["{It}"]),
        ask("elbv2", "describe_load_balancer_attributes", LoadBalancerArn="{It}"),
        BALANCING_TAGS,
    ],
    "ElasticLoadBalancingV2::TargetGroup": [
        ask("elbv2", "describe_target_groups", TargetGroupArns=["{It}"]),
        ask("elbv2", "describe_target_group_attributes", TargetGroupArn="{It}"),
        BALANCING_TAGS,
    ],
    "Events::Rule": [
        ask("events", "describe_rule", Name="specimen"),
        ask("events", "list_targets_by_rule", Rule="specimen"),
        ask("events", "list_tags_for_resource", ResourceARN="{events}:rule/specimen"),
    ],
    "IAM::Role": [
        ask("iam", "get_role", RoleName="specimen"),
        ask("iam", "get_role_policy", RoleName="specimen", PolicyName="one"),
        ask("iam", "list_attached_role_policies", RoleName="specimen"),
    ],
    "KMS::Key": [
        ask("kms", "describe_key", KeyId="{It}"),
        ask("kms", "get_key_policy", KeyId="{It}", PolicyName="default"),
        ask("kms", "list_resource_tags", KeyId="{It}"),
    ],
    "Logs::LogGroup": [
        ask("logs", "describe_log_groups", logGroupNamePrefix="specimen"),
        ask("logs", "list_tags_for_resource", resourceArn="{logs}:log-group:specimen"),
    ],
    "S3::Bucket": [
        ask("s3", "get_bucket_encryption", Bucket="specimen"),
        ask("s3", "get_bucket_versioning", Bucket="specimen"),
        ask("s3", "get_public_access_block", Bucket="specimen"),
    ],
    "ServiceDiscovery::PrivateDnsNamespace": [
        ask("servicediscovery", "get_namespace", Id="{It}"),
        ask("servicediscovery", "list_tags_for_resource", ResourceARN="{arn}:namespace/{It}"),
    ],
    "ServiceDiscovery::Service": [
        ask("servicediscovery", "get_service", Id="{It}"),
        ask("servicediscovery", "list_tags_for_resource", ResourceARN="{arn}:service/{It}"),
    ],
}
# The key, or the operation, under which a property is shown, where that is not its own name; none
# where it only says of what the resource is a part.
SHOWN_AS = {
    "BucketEncryption": "get_bucket_encryption",
    "BucketName": "",
    "ClusterSettings": "settings",
    "KeyPolicy": "Policy",
    "ListenerArn": "",
    "LoadBalancerAttributes": "Attributes",
    "ManagedPolicyArns": "AttachedPolicies",
    "PermissionsBoundary": "PermissionsBoundaryArn",
    "Policies": "get_role_policy",
    "ScalingTargetId": "",
    "SecurityGroupIds": "Groups",
    "TargetGroupAttributes": "Attributes",
    "VersioningConfiguration": "get_bucket_versioning",
    "LoadBalancer Name": "LoadBalancerName",
    "LoadBalancer Subnets": "AvailabilityZones",
    "TargetGroup Name": "TargetGroupName",
    "Service Cluster": "",
    "ClusterCapacityProviderAssociations Cluster": "clusterName",
    "PrivateDnsNamespace Vpc": "",
}


class Specimens(NamedTuple):
    """What sets every property of a type between them, what stands around, and comes first."""

    all: list[dict[str, Any]]
    around: Mapping[str, Any] = {}
    first: tuple[str, ...] = ()


def specimens(exports: dict[str, str]) -> dict[str, Specimens]:
    """Return the specimens of each type, in an account whose other stacks export ``exports``."""
    targets = {"Targets": resource(of.GROUP_TYPE, of.target_group(exports))}
    by_id = {key: of.TARGET[key] for key in ("ResourceId", "ScalableDimension", "ServiceNamespace")}
    by_id |= {key: value for key, value in of.POLICY.items() if key != "ScalingTargetId"}
    around = {name: one for name, one in ecs.resources(exports).items() if name != "Service"}
    space = resource("AWS::ServiceDiscovery::PrivateDnsNamespace", net.namespace(exports))
    return {
        "ApplicationAutoScaling::ScalableTarget": Specimens([of.TARGET], of.BASE),
        "ApplicationAutoScaling::ScalingPolicy": Specimens(
            [of.POLICY, by_id],
            {**of.BASE, "Target": resource(of.TARGET_TYPE, of.TARGET)},
            ("Target",),
        ),
        "CloudWatch::Alarm": Specimens([of.ONE_METRIC, of.PERCENTILE, of.MATH]),
        "EC2::InternetGateway": Specimens([{"Tags": net.TAGS}]),
        "EC2::Route": Specimens([net.ROUTE], net.ATTACHED, ("Attachment",)),
        "EC2::RouteTable": Specimens([net.TABLE], net.NETWORK),
        "EC2::Subnet": Specimens(
            [net.SUBNET | {"CidrBlock": "10.9.2.0/24"}],
            net.NETWORK,
        ),
        "EC2::SubnetRouteTableAssociation": Specimens([net.ASSOCIATION], net.NETWORK),
        "EC2::VPC": Specimens([net.VPC]),
        "EC2::VPCEndpoint": Specimens([net.endpoint(exports), net.GATEWAY_ENDPOINT], net.NETWORK),
        "EC2::VPCGatewayAttachment": Specimens([net.ATTACHMENT], net.NETWORK),
        "ECR::Repository": Specimens([net.REPOSITORY]),
        "ECS::Cluster": Specimens([ecs.CLUSTER]),
        "ECS::ClusterCapacityProviderAssociations": Specimens(
            [ecs.ASSOCIATION], {"Cluster": around["Cluster"]}
        ),
        "ECS::Service": Specimens([ecs.service(exports)], around, ("Capacity", "Rule")),
        "ECS::TaskDefinition": Specimens([ecs.TASK]),
        "ElasticLoadBalancingV2::Listener": Specimens(
            net.listeners(), net.around_listener(exports)
        ),
        "ElasticLoadBalancingV2::ListenerRule": Specimens(
            [of.rule(exports, **one) for one in of.RULES], targets
        ),
        "ElasticLoadBalancingV2::LoadBalancer": Specimens([net.balancer(exports)]),
        "ElasticLoadBalancingV2::TargetGroup": Specimens([of.target_group(exports)]),
        "Events::Rule": Specimens([of.EVENT_RULE]),
        "IAM::Role": Specimens([of.role()]),
        "KMS::Key": Specimens([net.KEY]),
        "Logs::LogGroup": Specimens([net.LOG_GROUP]),
        "S3::Bucket": Specimens([net.BUCKET]),
        "ServiceDiscovery::PrivateDnsNamespace": Specimens([net.namespace(exports)]),
        "ServiceDiscovery::Service": Specimens([net.DISCOVERY], {"Space": space}),
    }


@pytest.fixture(scope="module", autouse=True)
def managed_policy(dev_account: Account) -> None:
    document = json.dumps(allow("s3:ListAllMyBuckets"))
    dev_account.client("iam").create_policy(PolicyName="managed", PolicyDocument=document)


def read(account: Account, type_: str, ids: Mapping[str, str]) -> list[Any]:
    """Return what the APIs say of a resource, each answer under its operation's name."""
    place = "us-east-1:111111111111"
    names = {one: f"arn:aws:{one}:{place}" for one in ("cloudwatch", "ecr", "events", "logs")}
    names |= {"arn": f"arn:aws:servicediscovery:{place}", **ids}
    if type_ == "ECS::Service":
        (revision,) = account.service("specimen", "specimen")["currentServiceRevisions"]
        names["revision"] = revision["arn"]

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(one) for one in value]
        return value.format(**names)

    return [
        {
            operation: getattr(account.client(service), operation)(
                **{key: filled(value) for key, value in parameters.items()}
            )
        }
        for service, operation, parameters in READS[type_]
    ]


def test_the_specimens_of_every_type_set_every_property(exports: dict[str, str]) -> None:
    found = specimens(exports)
    assert {f"AWS::{one}" for one in found} == {*TYPES} - APART
    for type_, (all_, _, _) in found.items():
        unset = unset_of(f"AWS::{type_}", *all_)
        assert unset == (REFUSED if type_ == "ECS::Service" else set()), type_


@pytest.mark.parametrize("type_", READS)
def test_every_property_is_shown_by_the_services_own_api(
    stack: Stack, dev_account: Account, exports: dict[str, str], type_: str
) -> None:
    all_, around, first = specimens(exports)[type_]
    more = {"DependsOn": list(first)} if first else {}
    for specimen in all_:
        ids = stack.deploy({**around, "It": resource(f"AWS::{type_}", specimen, **more)})
        answer = list(pairs(read(dev_account, type_, ids)))
        for name, value in specimen.items():
            of_type = f"{type_.rpartition(':')[2]} {name}"
            key = SHOWN_AS.get(of_type, SHOWN_AS.get(name, name)).lower()
            wanted = resolved(value, ids)
            found = [one for shown, one in answer if shown == key]
            assert not key or any(covers(one, wanted) for one in found), (name, wanted, found)
        stack.delete()
