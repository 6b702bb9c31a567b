"""Specimens: resources that set every property of their type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sandbox.models.specimen import allow, filled, resource

GROUP_TYPE = "AWS::ElasticLoadBalancingV2::TargetGroup"
RULE_TYPE = "AWS::ElasticLoadBalancingV2::ListenerRule"


def target_group(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    given = {
        "Name": "specimen",
        "VpcId": exports["VpcId"],
        "TargetType": "ip",
        "IpAddressType": "ipv4",
        "Protocol": "HTTP",
        "ProtocolVersion": "HTTP1",
        "Port": 3000,
        "TargetGroupAttributes": {"Key": "deregistration_delay.timeout_seconds", "Value": "60"},
    }
    return filled(GROUP_TYPE, **{**given, **changed})


def rule(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    return {
        "ListenerArn": exports["HttpsListenerArn"],
        "Priority": 9,
        "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["a.example"]}}],
        "Actions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
        "Tags": [{"Key": "Owner", "Value": "platform"}],
        **changed,
    }


def balanced(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    return {
        "Targets": resource(GROUP_TYPE, target_group(exports)),
        "Rule": resource(RULE_TYPE, rule(exports, **changed)),
    }


TARGET_TYPE = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY_TYPE = "AWS::ApplicationAutoScaling::ScalingPolicy"
TARGET: dict[str, Any] = {
    "ResourceId": {"Fn::Sub": "service/${Cluster}/${Service.Name}"},
    "ServiceNamespace": "ecs",
    "ScalableDimension": "ecs:service:DesiredCount",
    "MinCapacity": 2,
    "MaxCapacity": 10,
    "RoleARN": "arn:aws:iam::111111111111:role/scaling",
}
TRACKING = {
    "TargetValue": 70.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
}
POLICY = filled(
    POLICY_TYPE,
    PolicyName="cpu",
    PolicyType="TargetTrackingScaling",
    ScalingTargetId={"Ref": "Target"},
    TargetTrackingScalingPolicyConfiguration=TRACKING,
    **dict.fromkeys(("ResourceId", "ScalableDimension", "ServiceNamespace")),
)
BASE = {
    "Cluster": resource("AWS::ECS::Cluster", {}),
    "Task": resource(
        "AWS::ECS::TaskDefinition",
        {"Memory": "512", "ContainerDefinitions": [{"Name": "a", "Image": "a"}]},
    ),
    "Service": resource(
        "AWS::ECS::Service", {"Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}}
    ),
}


def scaling(**changed: Any) -> dict[str, Any]:
    return {
        **BASE,
        "Target": resource(TARGET_TYPE, {**TARGET, **changed}),
        "Policy": resource(POLICY_TYPE, POLICY),
    }


def alarm(*without: str, **given: Any) -> dict[str, Any]:
    return filled(ALARM_TYPE, AlarmName="specimen", **dict.fromkeys(without), **given)


ALARM_TYPE = "AWS::CloudWatch::Alarm"
ONE_METRIC = alarm("Metrics", "ExtendedStatistic", Threshold=70.5)
PERCENTILE = alarm("Metrics", "Statistic", ExtendedStatistic="p99")
OF_ONE = (
    "Dimensions",
    "ExtendedStatistic",
    "MetricName",
    "Namespace",
    "Period",
    "Statistic",
    "Unit",
)
MATH = alarm(*OF_ONE)
EVENT_RULE = filled(
    "AWS::Events::Rule",
    Name="specimen",
    EventPattern={"source": ["aws.ecs"], "detail": {"stopCode": ["SpotInterruption"]}},
    State="DISABLED",
    Targets={"Arn": "arn:aws:sns:us-east-1:111111111111:ops"},
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
BOUNDARY = "arn:aws:iam::111111111111:policy/boundary"
MANAGED = "arn:aws:iam::111111111111:policy/managed"


def role(**changed: Any) -> dict[str, Any]:
    given = {
        "RoleName": "specimen",
        "Path": "/bidops/",
        "AssumeRolePolicyDocument": TRUST,
        "PermissionsBoundary": BOUNDARY,
        "ManagedPolicyArns": [MANAGED],
        "Policies": {"PolicyName": "one", "PolicyDocument": allow("s3:GetObject")},
    }
    return filled("AWS::IAM::Role", **{**given, **changed})


# Every kind of condition and of action that a listener rule has.
ACTIONS: tuple[list[dict[str, Any]], ...] = (
    [
        {
            "Type": "forward",
            "Order": 1,
            "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": {"Ref": "Targets"}, "Weight": 1}]
            },
        }
    ],
    [
        {
            "Type": "fixed-response",
            "FixedResponseConfig": {
                "StatusCode": "404",
                "ContentType": "text/plain",
                "MessageBody": "no",
            },
        }
    ],
    [
        {
            "Type": "redirect",
            "RedirectConfig": {
                "Protocol": "HTTPS",
                "Host": "b.example",
                "Port": "443",
                "Path": "/",
                "Query": "q",
                "StatusCode": "HTTP_301",
            },
        }
    ],
)
RULES: tuple[dict[str, Any], ...] = (
    {},
    *(
        {"Conditions": [one]}
        for one in (
            {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a/*", "/b/*"]}},
            {"Field": "path-pattern", "Values": ["/c/*"]},
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X", "Values": ["y"]}},
            {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}},
            {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/16"]}},
        )
    ),
    *({"Actions": one} for one in ACTIONS),
)


STRATEGY = [
    {"CapacityProvider": "FARGATE", "Weight": 70},
    {"CapacityProvider": "FARGATE_SPOT", "Weight": 30, "Base": 3},
]
CLUSTER = filled("AWS::ECS::Cluster", ClusterName="specimen")
ASSOCIATION: dict[str, Any] = {
    "Cluster": {"Ref": "Cluster"},
    "CapacityProviders": ["FARGATE", "FARGATE_SPOT"],
    "DefaultCapacityProviderStrategy": STRATEGY,
}
LOGGED = {"awslogs-group": "g", "awslogs-stream-prefix": "app", "mode": "non-blocking"}
CONTAINER: dict[str, Any] = {
    "Name": "app",
    "Image": "app:1",
    "Environment": [{"Name": "PORT", "Value": 3000}],
    "LogConfiguration": {"LogDriver": "awslogs", "Options": LOGGED},
    "PortMappings": {"ContainerPort": 3000, "HostPort": 3000, "Protocol": "tcp"},
    "Privileged": False,
}
TASK = filled(
    "AWS::ECS::TaskDefinition",
    Family="specimen",
    Cpu="512",
    Memory="1024",
    NetworkMode="awsvpc",
    PidMode="task",
    RequiresCompatibilities=["FARGATE"],
    ContainerDefinitions=CONTAINER,
)


def service(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    """Return a service that sets everything but a launch type, and the port of a registry."""
    network = {
        "SecurityGroups": [exports["DatabaseSecurityGroupId"]],
        "Subnets": exports["PrivateAppSubnetIds"].split(","),
    }
    balanced = {"ContainerName": "app", "ContainerPort": 3000, "TargetGroupArn": {"Ref": "Targets"}}
    given = {
        "Cluster": {"Ref": "Cluster"},
        "ServiceName": "specimen",
        "TaskDefinition": {"Ref": "Task"},
        "DesiredCount": "2",
        "CapacityProviderStrategy": STRATEGY,
        "LaunchType": None,
        "LoadBalancers": balanced,
        "NetworkConfiguration": {"AwsvpcConfiguration": network},
        "ServiceRegistries": [{"RegistryArn": "arn:aws:servicediscovery:::service/srv-1"}],
    }
    return filled("AWS::ECS::Service", **{**given, **changed})


def resources(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    """Return everything that a service with a load balancer needs, and the service."""
    return {
        "Cluster": resource("AWS::ECS::Cluster", CLUSTER),
        "Capacity": resource("AWS::ECS::ClusterCapacityProviderAssociations", ASSOCIATION),
        "Task": resource("AWS::ECS::TaskDefinition", TASK),
        "Targets": resource(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            {"Port": 3000, "Protocol": "HTTP", "TargetType": "ip", "VpcId": exports["VpcId"]},
        ),
        "Rule": resource(
            "AWS::ElasticLoadBalancingV2::ListenerRule",
            {
                "ListenerArn": exports["HttpsListenerArn"],
                "Priority": 7,
                "Conditions": [{"Field": "path-pattern", "Values": ["/*"]}],
                "Actions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
            },
        ),
        "Service": resource(
            "AWS::ECS::Service", service(exports, **changed), DependsOn=["Capacity", "Rule"]
        ),
    }


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
SUBNET_ROUTES = {"RouteTableId": {"Ref": "Table"}, "SubnetId": {"Ref": "Subnet"}}
GATEWAY_ENDPOINT = {
    "VpcId": {"Ref": "Vpc"},
    "ServiceName": "com.amazonaws.us-east-1.s3",
    "RouteTableIds": [{"Ref": "Table"}],
}
NETWORK: dict[str, Any] = {
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


def namespace(exports: Mapping[str, str]) -> dict[str, Any]:
    kind = "AWS::ServiceDiscovery::PrivateDnsNamespace"
    return filled(kind, Name="specimen.internal", Vpc=exports["VpcId"])


def endpoint(exports: Mapping[str, str]) -> dict[str, Any]:
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


def balancer(exports: Mapping[str, str]) -> dict[str, Any]:
    return filled(
        BALANCER_TYPE,
        Name="specimen",
        Scheme="internal",
        Type="application",
        SecurityGroups=[exports["DatabaseSecurityGroupId"]],
        Subnets=exports["PrivateAppSubnetIds"].split(","),
        LoadBalancerAttributes={"Key": "idle_timeout.timeout_seconds", "Value": "90"},
    )


def around_listener(exports: Mapping[str, str]) -> dict[str, Any]:
    return {
        "Targets": resource(GROUP_TYPE, target_group(dict(exports))),
        "Balancer": resource(BALANCER_TYPE, balancer(exports)),
    }


def listeners() -> list[dict[str, Any]]:
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
