"""Every property of every type goes in by a template and comes out of the service's own API.

The types are those that the committed templates and the other stacks have.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bidops_cfn.compute import template
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.models.registry import TYPES
from bidops_cfn_sandbox.network_stack import network_stack
from bidops_cfn_sandbox.other_stacks import security_stack, storage_stack
from tests.sandbox.account import IMAGES, Account
from tests.sandbox.models import specimens as of
from tests.sandbox.models.specimen import (
    Stack,
    covers,
    listed,
    pairs,
    resolved,
    resource,
    unset_of,
)
from tests.settings_files import with_table

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
    around = {name: one for name, one in of.resources(exports).items() if name != "Service"}
    space = resource("AWS::ServiceDiscovery::PrivateDnsNamespace", of.namespace(exports))
    return {
        "ApplicationAutoScaling::ScalableTarget": Specimens([of.TARGET], of.BASE),
        "ApplicationAutoScaling::ScalingPolicy": Specimens(
            [of.POLICY, by_id],
            {**of.BASE, "Target": resource(of.TARGET_TYPE, of.TARGET)},
            ("Target",),
        ),
        "CloudWatch::Alarm": Specimens([of.ONE_METRIC, of.PERCENTILE, of.MATH]),
        "EC2::InternetGateway": Specimens([{"Tags": of.TAGS}]),
        "EC2::Route": Specimens([of.ROUTE], of.ATTACHED, ("Attachment",)),
        "EC2::RouteTable": Specimens([of.TABLE], of.NETWORK),
        "EC2::Subnet": Specimens(
            [of.SUBNET | {"CidrBlock": "10.9.2.0/24"}],
            of.NETWORK,
        ),
        "EC2::SubnetRouteTableAssociation": Specimens([of.SUBNET_ROUTES], of.NETWORK),
        "EC2::VPC": Specimens([of.VPC]),
        "EC2::VPCEndpoint": Specimens([of.endpoint(exports), of.GATEWAY_ENDPOINT], of.NETWORK),
        "EC2::VPCGatewayAttachment": Specimens([of.ATTACHMENT], of.NETWORK),
        "ECR::Repository": Specimens([of.REPOSITORY]),
        "ECS::Cluster": Specimens([of.CLUSTER]),
        "ECS::ClusterCapacityProviderAssociations": Specimens(
            [of.ASSOCIATION], {"Cluster": around["Cluster"]}
        ),
        "ECS::Service": Specimens([of.service(exports)], around, ("Capacity", "Rule")),
        "ECS::TaskDefinition": Specimens([of.TASK]),
        "ElasticLoadBalancingV2::Listener": Specimens(of.listeners(), of.around_listener(exports)),
        "ElasticLoadBalancingV2::ListenerRule": Specimens(
            [of.rule(exports, **one) for one in of.RULES], targets
        ),
        "ElasticLoadBalancingV2::LoadBalancer": Specimens([of.balancer(exports)]),
        "ElasticLoadBalancingV2::TargetGroup": Specimens([of.target_group(exports)]),
        "Events::Rule": Specimens([of.EVENT_RULE]),
        "IAM::Role": Specimens([of.role()]),
        "KMS::Key": Specimens([of.KEY]),
        "Logs::LogGroup": Specimens([of.LOG_GROUP]),
        "S3::Bucket": Specimens([of.BUCKET]),
        "ServiceDiscovery::PrivateDnsNamespace": Specimens([of.namespace(exports)]),
        "ServiceDiscovery::Service": Specimens([of.DISCOVERY], {"Space": space}),
    }


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


def test_every_attribute_of_every_type_has_a_value(
    dev_account: Account, dev: Environment, dev_template: str
) -> None:
    document = json.loads(dev_template)
    document["Outputs"] = {
        f"{logical_id}{attribute}": {
            "Value": {"Fn::Join": [",", {"Fn::GetAtt": [logical_id, attribute]}]}
            if attribute == "LoadBalancerArns"
            else {"Fn::GetAtt": [logical_id, attribute]}
        }
        for logical_id, resource in document["Resources"].items()
        for attribute in TYPES[resource["Type"]].attributes
    }
    dev_account.deploy(dev.stack_name, json.dumps(document), IMAGES, "CREATE")
    stack = dev_account.stack(dev.stack_name)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert len(stack["Outputs"]) == len(document["Outputs"])


def test_every_type_is_used_by_a_stack(dev: Environment) -> None:
    topic = "arn:aws:sns:us-east-1:111111111111:ops"
    templates = [
        template.render(with_table(dev, "alarms", events_topic_arn=topic)),
        network_stack(dev),
        storage_stack(dev, owns_repositories=True),
        security_stack(dev, {}),
    ]
    used = {
        resource["Type"]
        for text in templates
        for resource in json.loads(text)["Resources"].values()
    }
    assert set(TYPES) == used


def test_the_properties_of_every_type_are_those_that_are_committed() -> None:
    """No specimen misses a property that is taken out: it has those that are there."""
    found = [line for name, kind in sorted(TYPES.items()) for line in listed(kind.properties, name)]
    committed = Path(__file__).with_name("properties.txt").read_text(encoding="utf-8")
    assert found == committed.splitlines()


def test_create_only_properties_and_names_are_properties_of_their_type() -> None:
    for kind in TYPES.values():
        assert kind.create_only | kind.required <= set(kind.properties), kind.name
        assert not kind.named or kind.named in kind.properties, kind.name
