"""NetworkStack as the sandbox has it: VPC, subnets, load balancer, groups and endpoints.

Beside it stands the one that a CDK project has, with a DatabaseStack: in them is what preflight
refutes. Nothing is exported, nothing said about the load balancer, every endpoint has a group of
its own, none is that of bedrock-agent-runtime, and the agent subnets lead to a NAT gateway.

::

    internet -> public subnets: load balancer :443
                private app:    BFF        -> endpoints, database
                private agent:  AgentCore  -> endpoints, database (no default route)
                private data:   databases
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import GetAtt, GetStackOutput, Output, Ref, Sub, Tags, Template, ec2
from troposphere import elasticloadbalancingv2 as elb

from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import DATABASE_PORT, HTTPS_PORT
from bidops_cfn_sandbox.models.table import backend_of
from bidops_cfn_sandbox.other_stacks import export, output
from bidops_cfn_sandbox.resource_type import Place

VPC_CIDR = "10.0.0.0/16"
ZONES = ("a", "b")
# Tier -> the third byte of its subnets' addresses, per zone (FR-031, FR-032).
TIERS = {
    "Public": (1, 2),
    "PrivateApp": (11, 12),
    "PrivateAgent": (21, 22),
    "PrivateData": (31, 32),
}
INTERFACE_ENDPOINTS = (
    "bedrock-agent-runtime",
    "bedrock-runtime",
    "ecr.api",
    "ecr.dkr",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "ssm",
)
CDK_ENDPOINTS = ("bedrock-runtime", "ecr.api", "ecr.dkr", "kms", "logs", "ssm")
# Image layers are in a bucket of ECR's; the rest is the account's.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
S3_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "ImageLayers",
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:GetObject"],
            "Resource": [
                Sub("arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*")
            ],
        },
        {
            "Sid": "OwnBuckets",
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
            "Resource": ["*"],
            "Condition": {"StringEquals": {"aws:ResourceAccount": Ref("AWS::AccountId")}},
        },
    ],
}
# An inline rule takes EC2's allow-all away; this one allows nothing.
NO_EGRESS = ec2.SecurityGroupRule(
    IpProtocol="icmp",
    FromPort=252,
    ToPort=86,
    CidrIp="255.255.255.255/32",
    Description="Allows nothing: takes the default allow-all away",
)
PLACES = {
    Imports.VPC_ID: (Ref("Vpc"),),
    Imports.PRIVATE_APP_SUBNETS: (Ref("PrivateAppA"), Ref("PrivateAppB")),
    Imports.PRIVATE_AGENT_SUBNETS: (Ref("PrivateAgentA"), Ref("PrivateAgentB")),
}


def network_stack(environment: Environment) -> str:
    """Return the template of NetworkStack."""
    template = Template(Description="NetworkStack of the sandbox")
    add_network(template, environment)
    port = None if environment.network.endpoint_rules else HTTPS_PORT
    add_group(template, "EndpointGroup", "Interface endpoints of AWS services", port)
    port = None if environment.network.database_rules else DATABASE_PORT
    add_group(template, "DatabaseGroup", "Database instances", port)
    for service in INTERFACE_ENDPOINTS:
        add_endpoint(template, service, "EndpointGroup")
    for value, parts in {
        **PLACES,
        Imports.PUBLIC_ALB_ARN: (Ref("PublicAlb"),),
        Imports.HTTPS_LISTENER_ARN: (Ref("HttpsListener"),),
        Imports.ALB_SECURITY_GROUP: (GetAtt("AlbGroup", "GroupId"),),
        Imports.ENDPOINT_SECURITY_GROUP: (GetAtt("EndpointGroup", "GroupId"),),
        Imports.DATABASE_SECURITY_GROUP: (GetAtt("DatabaseGroup", "GroupId"),),
    }.items():
        export(template, environment, value.value, *parts)
    return str(template.to_json())


def add_network(template: Template, environment: Environment) -> None:
    """Add VPC, subnets, the load balancer with its group, and the gateway endpoint of S3."""
    vpc = ec2.VPC(
        "Vpc",
        CidrBlock=VPC_CIDR,
        EnableDnsHostnames=True,
        EnableDnsSupport=True,
        Tags=Tags(Name=f"bidopsai-{environment.name}"),
    )
    endpoint = ec2.VPCEndpoint(
        "S3Endpoint",
        VpcId=Ref("Vpc"),
        VpcEndpointType="Gateway",
        ServiceName=Sub("com.amazonaws.${AWS::Region}.s3"),
        RouteTableIds=[Ref("PrivateAppRoutes"), Ref("PrivateAgentRoutes")],
        PolicyDocument=S3_POLICY,
    )
    template.add_resource([vpc, *_subnets(), *_load_balancer(environment), endpoint])


def _subnets() -> Iterator[Any]:
    yield ec2.InternetGateway("InternetGateway")
    yield ec2.VPCGatewayAttachment(
        "GatewayAttachment", InternetGatewayId=Ref("InternetGateway"), VpcId=Ref("Vpc")
    )
    for tier, bytes_ in TIERS.items():
        yield ec2.RouteTable(f"{tier}Routes", VpcId=Ref("Vpc"), Tags=Tags(Name=tier))
        for zone, third in zip(ZONES, bytes_, strict=True):
            subnet = f"{tier}{zone.upper()}"
            yield ec2.Subnet(
                subnet,
                VpcId=Ref("Vpc"),
                CidrBlock=f"10.0.{third}.0/24",
                AvailabilityZone=Sub(f"${{AWS::Region}}{zone}"),
                MapPublicIpOnLaunch=False,
                Tags=Tags(Name=subnet, Tier=tier),
            )
            yield ec2.SubnetRouteTableAssociation(
                f"{subnet}Routes", RouteTableId=Ref(f"{tier}Routes"), SubnetId=Ref(subnet)
            )
    yield ec2.Route(
        "PublicDefaultRoute",
        RouteTableId=Ref("PublicRoutes"),
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=Ref("InternetGateway"),
        DependsOn=["GatewayAttachment"],
    )


def add_group(
    template: Template, title: str, description: str, port: int | None, vpc: Any = None
) -> None:
    """Add a group that lets nothing out, and the whole VPC in on ``port`` where there is one."""
    template.add_resource(
        ec2.SecurityGroup(
            title,
            GroupDescription=description,
            VpcId=vpc or Ref("Vpc"),
            SecurityGroupIngress=[_tcp(port, VPC_CIDR, "The VPC")] if port else [],
            SecurityGroupEgress=[NO_EGRESS],
        )
    )


def _tcp(port: int, cidr: str, who: str) -> ec2.SecurityGroupRule:
    return ec2.SecurityGroupRule(
        IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp=cidr, Description=who
    )


def _load_balancer(environment: Environment) -> Iterator[Any]:
    # Without a rule of its own EC2 lets the group out everywhere; ours would take that away.
    egress = {"SecurityGroupEgress": [NO_EGRESS]} if environment.network.load_balancer_rules else {}
    yield ec2.SecurityGroup(
        "AlbGroup",
        GroupDescription="Public load balancer",
        VpcId=Ref("Vpc"),
        SecurityGroupIngress=[_tcp(port, "0.0.0.0/0", "Internet") for port in (80, HTTPS_PORT)],
        **egress,
    )
    yield elb.LoadBalancer(
        "PublicAlb",
        Scheme="internet-facing",
        Type="application",
        Subnets=[Ref("PublicA"), Ref("PublicB")],
        SecurityGroups=[Ref("AlbGroup")],
    )
    certificate = Sub(
        "arn:${AWS::Partition}:iam::${AWS::AccountId}:server-certificate/"
        f"bidopsai-{environment.name}"
    )
    not_found = elb.FixedResponseConfig(
        StatusCode="404", ContentType="text/plain", MessageBody="Not found"
    )
    yield elb.Listener(
        "HttpsListener",
        LoadBalancerArn=Ref("PublicAlb"),
        Port=HTTPS_PORT,
        Protocol="HTTPS",
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[elb.Certificate(CertificateArn=certificate)],
        DefaultActions=[elb.Action(Type="fixed-response", FixedResponseConfig=not_found)],
    )


def title_of(service: str) -> str:
    """Return a service of AWS as logical ids have it: ``EcrApi``."""
    return "".join(word.capitalize() for word in service.replace(".", "-").split("-"))


def add_endpoint(template: Template, service: str, group: str) -> None:
    """Add the interface endpoint of a service, with a group of the template."""
    template.add_resource(
        ec2.VPCEndpoint(
            f"{title_of(service)}Endpoint",
            VpcId=Ref("Vpc"),
            VpcEndpointType="Interface",
            ServiceName=Sub(f"com.amazonaws.${{AWS::Region}}.{service}"),
            SubnetIds=[Ref("PrivateAgentA"), Ref("PrivateAgentB")],
            SecurityGroupIds=[Ref(group)],
            PrivateDnsEnabled=True,
        )
    )


def cdk_network_stack(environment: Environment) -> str:
    """Return the template of NetworkStack as CDK has it: subnets are joined by commas."""
    template = Template(Description="NetworkStack of the sandbox, as CDK has it")
    add_network(template, environment)
    port = None if environment.network.endpoint_rules else HTTPS_PORT
    for service in CDK_ENDPOINTS:
        group = f"{title_of(service)}EndpointGroup"
        add_group(template, group, f"Interface endpoint of {service}", port)
        add_endpoint(template, service, group)
        template.add_output(
            Output(f"{title_of(service)}EndpointSecurityGroupId", Value=GetAtt(group, "GroupId"))
        )
    for value, parts in PLACES.items():
        output(template, environment, value.value, *parts)
    return str(template.to_json())


def cdk_database_stack(environment: Environment) -> str:
    """Return the template of DatabaseStack: the database's group, in NetworkStack's VPC."""
    template = Template(Description="DatabaseStack of the sandbox, as CDK has it")
    port = None if environment.network.database_rules else DATABASE_PORT
    vpc = GetStackOutput("NetworkStack", Imports.VPC_ID.value.output)
    add_group(template, "DatabaseGroup", "Database instances", port, vpc)
    group = GetAtt("DatabaseGroup", "GroupId")
    output(template, environment, Imports.DATABASE_SECURITY_GROUP.value, group)
    return str(template.to_json())


def open_agent_subnets(place: Place, public_subnet: str, route_table: str) -> None:
    """Lead the default route of the agent subnets to a NAT gateway in the public subnet."""
    ec2 = backend_of(place, "ec2")
    address = ec2.allocate_address("vpc")
    gateway = ec2.create_nat_gateway(public_subnet, address.allocation_id)
    ec2.create_route(route_table, "0.0.0.0/0", None, nat_gateway_id=gateway.id)
