"""The network, roles, quotas, topics and hooks of the account, as preflight asks for them."""

from __future__ import annotations

import json
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn_sandbox.network_stack import INTERFACE_ENDPOINTS
from tests.deploy.scripted.wire import ScriptedWire, page

Json = dict[str, Any]

VPC = "vpc-0a"
SUBNETS = {
    "subnet-app-a": ("10.0.11.0/24", "us-east-1a"),
    "subnet-app-b": ("10.0.12.0/24", "us-east-1b"),
    "subnet-agent-a": ("10.0.21.0/24", "us-east-1a"),
    "subnet-agent-b": ("10.0.22.0/24", "us-east-1b"),
}
ALB_GROUP, ENDPOINT_GROUP, DATABASE_GROUP = "sg-alb", "sg-endpoints", "sg-database"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/public/1a2b"
LISTENER = "arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/public/1a2b/3c4d"
EXPORTS = {
    "VpcId": VPC,
    "PrivateAppSubnetIds": "subnet-app-a,subnet-app-b",
    "PrivateAgentSubnetIds": "subnet-agent-a,subnet-agent-b",
    "PublicAlbArn": BALANCER,
    "HttpsListenerArn": LISTENER,
    "AlbSecurityGroupId": ALB_GROUP,
    "VpcEndpointSecurityGroupId": ENDPOINT_GROUP,
    "DatabaseSecurityGroupId": DATABASE_GROUP,
}
BOUNDED = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]}


def interface(group: str, number: int, **more: Any) -> Json:
    return {"NetworkInterfaceId": f"eni-{number}", "Groups": [{"GroupId": group}], **more}


def rule(*, egress: bool, port: int = 0, cidr: str = "0.0.0.0/0", protocol: str = "tcp") -> Json:
    ports = {} if protocol == "-1" else {"FromPort": port, "ToPort": port}
    return {
        "GroupId": ALB_GROUP,
        "IsEgress": egress,
        "IpProtocol": protocol,
        "CidrIpv4": cidr,
        **ports,
    }


def listener_rule(priority: int, host: str = "", path: str = "", **more: Any) -> Json:
    conditions: list[Json] = []
    if host:
        conditions.append({"Field": "host-header", "HostHeaderConfig": {"Values": [host]}})
    if path:
        conditions.append({"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}})
    return {
        "RuleArn": f"{LISTENER}/{priority}",
        "Priority": str(priority),
        "Conditions": conditions,
        "IsDefault": False,
        **more,
    }


class ScriptedNetwork:
    """Everything is as the contract says until a test changes it."""

    def __init__(self, wire: ScriptedWire) -> None:
        self.subnets = {
            name: {
                "SubnetId": name,
                "VpcId": VPC,
                "CidrBlock": cidr,
                "AvailabilityZone": zone,
                "AvailableIpAddressCount": 251,
            }
            for name, (cidr, zone) in SUBNETS.items()
        }
        local = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
        self.tables: dict[str, Json] = {
            tier: {
                "RouteTableId": f"rtb-{tier}",
                "VpcId": VPC,
                "Associations": [
                    {"Main": False, "SubnetId": f"subnet-{tier}-{zone}"} for zone in "ab"
                ],
                "Routes": [dict(local)],
            }
            for tier in ("app", "agent")
        }
        self.endpoints: dict[str, Json] = {
            name: {
                "VpcEndpointId": f"vpce-{name}",
                "VpcEndpointType": "Interface",
                "ServiceName": f"com.amazonaws.us-east-1.{name}",
                "State": "Available",
                "PrivateDnsEnabled": True,
                "SubnetIds": ["subnet-agent-a", "subnet-agent-b"],
                "Groups": [{"GroupId": ENDPOINT_GROUP}],
            }
            for name in INTERFACE_ENDPOINTS
        }
        self.endpoints["s3"] = {
            "VpcEndpointId": "vpce-s3",
            "VpcEndpointType": "Gateway",
            "ServiceName": "com.amazonaws.us-east-1.s3",
            "State": "Available",
            "RouteTableIds": ["rtb-app", "rtb-agent"],
            "PolicyDocument": json.dumps(BOUNDED),
        }
        self.dns = {"enableDnsSupport": True, "enableDnsHostnames": True}
        self.rules = [
            rule(egress=False, port=80),
            rule(egress=False, port=443),
            rule(egress=True, port=3000, cidr="10.0.0.0/16"),
        ]
        # Of the endpoints' and the database's group, where their owner writes them.
        self.owned = {
            ENDPOINT_GROUP: [rule(egress=False, port=443, cidr="10.0.0.0/16")],
            DATABASE_GROUP: [rule(egress=False, port=5432, cidr="10.0.0.0/16")],
        }
        self.interfaces = [
            interface(ALB_GROUP, 1, RequesterManaged=True, Description="ELB app/public/1a2b"),
            interface(ENDPOINT_GROUP, 2, InterfaceType="vpc_endpoint"),
            interface(DATABASE_GROUP, 3, RequesterManaged=True, Description="RDSNetworkInterface"),
        ]
        self.balancer: Json = {
            "Scheme": "internet-facing",
            "Type": "application",
            "VpcId": VPC,
            "State": {"Code": "active"},
            "SecurityGroups": [ALB_GROUP],
            "AvailabilityZones": [{"ZoneName": f"us-east-1{zone}"} for zone in "ab"],
        }
        self.listener: Json = {"Protocol": "HTTPS", "Port": 443}
        self.listener_rules: list[Json] = [
            {"RuleArn": f"{LISTENER}/default", "Priority": "default", "IsDefault": True}
        ]
        self.roles = {
            "AWSServiceRoleForECS",
            "AWSServiceRoleForApplicationAutoScaling_ECSService",
        }
        self.quotas = {"L-3032A538": 4000.0, "L-36FBB829": 4000.0}
        self.used: dict[str, float] = {"Standard/OnDemand": 4.0, "Standard/Spot": 2.0}
        self.topics: dict[str, int] = {}  # ARN -> confirmed subscriptions
        self.topic_policies: dict[str, str] = {}
        self.hooks: dict[str, Json] = {}  # name -> {"targets": [...], "configuration": {...}}
        self.models: dict[str, Json] = {}  # model -> what its access lacks
        self.page_size = 2
        wire.serve(self)

    def describe_subnets(self, SubnetIds: list[str]) -> Json:
        for one in SubnetIds:
            if one not in self.subnets:
                raise NotFound(
                    Call.DESCRIBE_SUBNETS,
                    f"The subnet ID '{one}' does not exist",
                    "InvalidSubnetID.NotFound",
                )
        return {"Subnets": [self.subnets[one] for one in SubnetIds]}

    def describe_route_tables(self, Filters: list[Json]) -> Json:
        assert Filters == [{"Name": "vpc-id", "Values": [VPC]}]
        return {"RouteTables": list(self.tables.values())}

    def describe_vpc_attribute(self, VpcId: str, Attribute: str) -> Json:
        key = f"{Attribute[0].upper()}{Attribute[1:]}"
        return {"VpcId": VpcId, key: {"Value": self.dns[Attribute]}}

    def describe_vpc_endpoints(self, Filters: list[Json]) -> Json:
        assert Filters == [{"Name": "vpc-id", "Values": [VPC]}]
        return {"VpcEndpoints": list(self.endpoints.values())}

    def describe_security_group_rules(self, Filters: list[Json]) -> Json:
        (group,) = Filters[0]["Values"]
        return {"SecurityGroupRules": self.rules if group == ALB_GROUP else self.owned[group]}

    def describe_network_interfaces(self, Filters: list[Json]) -> Json:
        wanted = set(Filters[0]["Values"])
        return {
            "NetworkInterfaces": [
                one
                for one in self.interfaces
                if wanted & {group["GroupId"] for group in one["Groups"]}
            ]
        }

    def describe_load_balancers(self, LoadBalancerArns: list[str]) -> Json:
        return {"LoadBalancers": [{"LoadBalancerArn": LoadBalancerArns[0], **self.balancer}]}

    def describe_listeners(self, ListenerArns: list[str]) -> Json:
        return {"Listeners": [{"ListenerArn": ListenerArns[0], **self.listener}]}

    def describe_rules(self, ListenerArn: str, Marker: str = "0") -> Json:
        assert ListenerArn.startswith(
            "arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/"
        )
        part, more = page(self.listener_rules, Marker, self.page_size, "NextMarker")
        return {"Rules": part, **more}

    def get_role(self, RoleName: str) -> Json:
        if RoleName not in self.roles:
            raise NotFound(Call.GET_ROLE, f"no role {RoleName}", "NoSuchEntity")
        return {"Role": {"RoleName": RoleName}}

    def get_service_quota(self, ServiceCode: str, QuotaCode: str) -> Json:
        assert ServiceCode == "fargate"
        kind = {"L-3032A538": "Standard/OnDemand", "L-36FBB829": "Standard/Spot"}[QuotaCode]
        return {
            "Quota": {
                "QuotaCode": QuotaCode,
                "Value": self.quotas[QuotaCode],
                "UsageMetric": {
                    "MetricNamespace": "AWS/Usage",
                    "MetricName": "ResourceCount",
                    "MetricDimensions": {
                        "Class": kind,
                        "Resource": "vCPU",
                        "Service": "Fargate",
                        "Type": "Resource",
                    },
                },
            }
        }

    def get_metric_statistics(self, Dimensions: list[Json], **_: Any) -> Json:
        kind = next(one["Value"] for one in Dimensions if one["Name"] == "Class")
        points = [{"Maximum": self.used[kind]}] if kind in self.used else []
        return {"Label": "ResourceCount", "Datapoints": points}

    def get_topic_attributes(self, TopicArn: str) -> Json:
        if TopicArn not in self.topics:
            raise NotFound(Call.GET_TOPIC_ATTRIBUTES, "Topic does not exist", "NotFound")
        policy = self.topic_policies.get(TopicArn, "")
        counted = {"SubscriptionsConfirmed": str(self.topics[TopicArn])}
        return {"Attributes": {**counted, "Policy": policy}}

    def get_foundation_model_availability(self, modelId: str) -> Json:
        return {
            "modelId": modelId,
            "agreementAvailability": {"status": "AVAILABLE"},
            "authorizationStatus": "AUTHORIZED",
            "entitlementAvailability": "AVAILABLE",
            "regionAvailability": "AVAILABLE",
            **self.models.get(modelId, {}),
        }

    def list_types(self, **_: str) -> Json:
        return {
            "TypeSummaries": [
                {"Type": "HOOK", "TypeName": name, "TypeArn": hook_arn(name)} for name in self.hooks
            ]
        }

    def describe_type(self, Arn: str) -> Json:
        hook = next(one for name, one in self.hooks.items() if hook_arn(name) == Arn)
        handlers = {"preCreate": {"targetNames": hook["targets"], "permissions": []}}
        return {"Arn": Arn, "Type": "HOOK", "Schema": json.dumps({"handlers": handlers})}

    def batch_describe_type_configurations(self, TypeConfigurationIdentifiers: list[Json]) -> Json:
        assert len(TypeConfigurationIdentifiers) == len(self.hooks)
        return {
            "TypeConfigurations": [
                {
                    "TypeArn": hook_arn(name),
                    "Configuration": json.dumps(
                        {
                            "CloudFormationConfiguration": {
                                "HookConfiguration": hook["configuration"]
                            }
                        }
                    ),
                }
                for name, hook in self.hooks.items()
            ]
        }


def hook_arn(name: str) -> str:
    kind = name.replace("::", "-")
    return f"arn:aws:cloudformation:us-east-1:111111111111:type/hook/{kind}"


def export_value(name: str) -> str:
    """A plausible value of an export of the other stacks."""
    if "Repository" in name:
        kind = name.rpartition("-")[2].removesuffix("EcrRepositoryUri").lower()
        return f"111111111111.dkr.ecr.us-east-1.amazonaws.com/bidopsai/{kind}"
    if name.endswith("ParameterArn"):
        return f"arn:aws:ssm:us-east-1:111111111111:parameter/bidopsai/{name}"
    return EXPORTS.get(name.rpartition("-")[2], f"value-of-{name}")
