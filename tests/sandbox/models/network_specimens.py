"""Specimens of what the other stacks hold: networks, balancers, repositories, buckets, keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sandbox.models.specimen import allow, filled, resource
from tests.sandbox.models.specimens import ACTIONS, GROUP_TYPE, target_group

Resources = dict[str, Any]
BALANCER_TYPE = "AWS::ElasticLoadBalancingV2::LoadBalancer"
TAGS = [{"Key": "Owner", "Value": "platform"}]
VPC = {
    "CidrBlock": "10.9.0.0/16",
    "EnableDnsHostnames": True,
    "EnableDnsSupport": True,
    "Tags": TAGS,
}
TABLE = {"VpcId": {"Ref": "Vpc"}, "Tags": TAGS}
SUBNET = {
    "VpcId": {"Ref": "Vpc"},
    "CidrBlock": "10.9.1.0/24",
    "AvailabilityZone": "us-east-1b",
    "MapPublicIpOnLaunch": True,
    "Tags": TAGS,
}
ATTACHMENT = {"VpcId": {"Ref": "Vpc"}, "InternetGatewayId": {"Ref": "Gateway"}}
ROUTE = {
    "RouteTableId": {"Ref": "Table"},
    "DestinationCidrBlock": "0.0.0.0/0",
    "GatewayId": {"Ref": "Gateway"},
}
ASSOCIATION = {"RouteTableId": {"Ref": "Table"}, "SubnetId": {"Ref": "Subnet"}}
GATEWAY_ENDPOINT = {
    "VpcId": {"Ref": "Vpc"},
    "ServiceName": "com.amazonaws.us-east-1.s3",
    "RouteTableIds": [{"Ref": "Table"}],
}
NETWORK: Resources = {
    "Vpc": resource("AWS::EC2::VPC", VPC),
    "Table": resource("AWS::EC2::RouteTable", TABLE),
    "Subnet": resource("AWS::EC2::Subnet", SUBNET),
    "Gateway": resource("AWS::EC2::InternetGateway", {"Tags": TAGS}),
}
ATTACHED = {**NETWORK, "Attachment": resource("AWS::EC2::VPCGatewayAttachment", ATTACHMENT)}
REPOSITORY = filled(
    "AWS::ECR::Repository", RepositoryName="specimen", ImageTagMutability="IMMUTABLE"
)
KEY = filled("AWS::KMS::Key", KeyPolicy=allow("kms:*"))
ENCRYPTION = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
BUCKET = filled(
    "AWS::S3::Bucket",
    BucketName="specimen",
    BucketEncryption={"ServerSideEncryptionConfiguration": ENCRYPTION},
    VersioningConfiguration={"Status": "Enabled"},
)
LOG_GROUP = filled("AWS::Logs::LogGroup", LogGroupName="specimen")
SPACE = {"Ref": "Space"}
DISCOVERY = filled(
    "AWS::ServiceDiscovery::Service", NamespaceId=SPACE, DnsConfig={"NamespaceId": SPACE}
)


def namespace(exports: Mapping[str, str]) -> Resources:
    kind = "AWS::ServiceDiscovery::PrivateDnsNamespace"
    return filled(kind, Name="specimen.internal", Vpc=exports["VpcId"])


def endpoint(exports: Mapping[str, str]) -> Resources:
    return {
        "VpcId": exports["VpcId"],
        "ServiceName": "com.amazonaws.us-east-1.sqs",
        "VpcEndpointType": "Interface",
        "SubnetIds": exports["PrivateAppSubnetIds"].split(","),
        "SecurityGroupIds": [exports["DatabaseSecurityGroupId"]],
        "PrivateDnsEnabled": True,
        "PolicyDocument": allow("sqs:*"),
        "Tags": TAGS,
    }


def balancer(exports: Mapping[str, str]) -> Resources:
    return filled(
        BALANCER_TYPE,
        Name="specimen",
        Scheme="internal",
        Type="application",
        SecurityGroups=[exports["DatabaseSecurityGroupId"]],
        Subnets=exports["PrivateAppSubnetIds"].split(","),
        LoadBalancerAttributes={"Key": "idle_timeout.timeout_seconds", "Value": "90"},
    )


def around_listener(exports: Mapping[str, str]) -> Resources:
    return {
        "Targets": resource(GROUP_TYPE, target_group(dict(exports))),
        "Balancer": resource(BALANCER_TYPE, balancer(exports)),
    }


def listeners() -> list[Resources]:
    """A listener for each kind of action, the plain forward included."""
    plain = [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}]
    certificate = "arn:aws:iam::111111111111:server-certificate/c"
    return [
        {
            "LoadBalancerArn": {"Ref": "Balancer"},
            "Port": 8443,
            "Protocol": "HTTPS",
            "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "Certificates": [{"CertificateArn": certificate}],
            "DefaultActions": actions,
        }
        for actions in (plain, *ACTIONS)
    ]
