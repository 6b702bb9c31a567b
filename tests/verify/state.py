"""An account in which everything that ``verify`` asks for is as specified, until a test says not.

It has what the template makes, of every service of the model, and what stands around that; a test
changes it. ``account`` says what AWS answers of it.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from botocore.model import Shape

from bidops_cfn.cli.surroundings import assumptions
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES, Service
from bidops_cfn.spec.flows import reviewed_flows
from bidops_cfn.verify.surroundings import SUSPENSIONS
from bidops_cfn_sandbox.cloudformation.intrinsics import Scope
from bidops_cfn_sandbox.cloudformation.template import Template
from bidops_cfn_sandbox.resource_type import Made, Place
from tests.conftest import REPOSITORY
from tests.deploy.scripted.network import (
    ALB_GROUP,
    BALANCER,
    DATABASE_GROUP,
    ENDPOINT_GROUP,
    LISTENER,
)
from tests.deploy.scripted.wire import model
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE, as_parameters

Json = dict[str, Any]
ACCOUNT = "111111111111"
HERE = f"us-east-1:{ACCOUNT}"
STACK = "bidopsai-dev-compute"
ILL = "Task failed ELB health checks in (target-group x)"
CLUSTER = f"{STACK}-Cluster-1"
TARGETS = f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/bff/7a8b"
SUBNETS = {
    Imports.PRIVATE_APP_SUBNETS: ("subnet-app-a", "subnet-app-b"),
    Imports.PRIVATE_AGENT_SUBNETS: ("subnet-agent-a", "subnet-agent-b"),
}
GROUPS = {
    "network.AlbSecurityGroupId": ALB_GROUP,
    "network.VpcEndpointSecurityGroupId": ENDPOINT_GROUP,
    "network.DatabaseSecurityGroupId": DATABASE_GROUP,
    **{one.name: f"sg-{one.name}" for one in SERVICES},
    "S3": "pl-63a5400a",
}
# Physical ids by type, where a name is not the usual one.
IDS = {
    "AWS::EC2::SecurityGroup": "sg-{}",
    "AWS::ECS::Cluster": CLUSTER,
    "AWS::ECS::Service": f"arn:aws:ecs:{HERE}:service/{CLUSTER}/{{}}",
    "AWS::ECS::TaskDefinition": f"arn:aws:ecs:{HERE}:task-definition/bidopsai-dev-{{}}:4",
    "AWS::ElasticLoadBalancingV2::ListenerRule": f"{LISTENER}/5e6f",
    "AWS::ElasticLoadBalancingV2::TargetGroup": TARGETS,
    "AWS::ServiceDiscovery::PrivateDnsNamespace": "ns-1",
    "AWS::ServiceDiscovery::Service": "srv-{}",
}
ARNS = {
    "AWS::ECS::Cluster": f"arn:aws:ecs:{HERE}:cluster/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{HERE}:log-group:{{}}:*",
    "AWS::ServiceDiscovery::Service": f"arn:aws:servicediscovery:{HERE}:service/{{}}",
}


def make_rule(group: str, line: str) -> Json:
    """A live rule of a line as ``ingress 3000 from network.AlbSecurityGroupId``."""
    direction, port, _, peer = line.split(" ")
    there = GROUPS.get(peer, peer)
    if there.startswith("sg-"):
        end: Json = {"ReferencedGroupInfo": {"GroupId": there}}
    else:
        end = {"PrefixListId": there} if there.startswith("pl-") else {"CidrIpv4": there}
    number = {"FromPort": int(port), "ToPort": int(port)}
    return {
        "GroupId": group, "IsEgress": direction == "egress", "IpProtocol": "tcp", **number, **end,
    }  # fmt: skip


@functools.cache
def shape_of(service: str, name: str) -> Shape:
    return model(service).shape_for(name)


def as_answered(value: Any, shape: Shape) -> Any:
    """Properties of a template as AWS answers them, in the words of botocore's model."""
    if shape.type_name == "structure":
        names = {one.lower(): one for one in shape.members}
        known = ((names[key.lower()], one) for key, one in value.items() if key.lower() in names)
        return {name: as_answered(one, shape.members[name]) for name, one in known}
    if shape.type_name == "list":
        return [as_answered(one, shape.member) for one in value]
    return str(value) if shape.type_name == "string" else value


@functools.cache
def resolve(text: str, exports: tuple[tuple[str, str], ...]) -> tuple[Json, Mapping[str, Made]]:
    """The properties of a template's resources, and the resources, by logical id."""
    template = Template(text, json.loads(text))
    made = {}
    for name, one in template.resources.items():
        owner = next((each.name for each in SERVICES if name.startswith(each.title)), "")
        found = IDS.get(one["Type"], f"{STACK}-{name}-1").format(owner)
        arn = ARNS.get(one["Type"], "{}").format(found)
        full = found.rpartition(":")[2]
        attributes = {"Id": found, "GroupId": found, "Name": owner, "TargetGroupFullName": full}
        made[name] = Made(found, {**attributes, "Arn": arn})
    parameters = {
        **as_parameters(EVERY_IMAGE),
        **{f"{one.title}DesiredCount": 0 for one in SERVICES},
    }
    scope = Scope(
        template, Place(ACCOUNT, "us-east-1"), STACK, STACK, parameters, dict(exports),
        made.get, lambda *_: None,
    )  # fmt: skip
    properties: Json = {
        name: scope.resolve(one.get("Properties", {})) for name, one in template.resources.items()
    }
    properties["Outputs"] = scope.outputs()
    return properties, made


class State:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.world = World(environment)
        self.network, self.exports = self.world.network, self.world.exports
        self.world.assumptions = dict(assumptions(REPOSITORY / "templates" / "dev" / "REVIEW.md"))
        self.now: datetime = self.world.clock.now()
        self.template: Json = json.loads(self.world.text)["Resources"]
        self.properties, made = resolve(self.world.text, tuple(self.exports.items()))
        self.ids = {name: one.physical_id for name, one in made.items()}
        self.outputs: list[Json] = copy.deepcopy(self.properties["Outputs"])
        self.exports |= {one["ExportName"]: one["OutputValue"] for one in self.outputs}
        self.cluster: Json = {
            "clusterName": CLUSTER, "clusterArn": made["Cluster"].attributes["Arn"],
            "status": "ACTIVE",
            "settings": [{"name": "containerInsights", "value": environment.container_insights}],
            **self.made("ClusterCapacity", "ecs", "Cluster"),
        }  # fmt: skip
        self.services = {one.name: self._service(one) for one in SERVICES}
        self.definitions = {
            one.name: self.made(f"{one.title}TaskDefinition", "ecs", "TaskDefinition")
            | {"revision": 4, "status": "ACTIVE"}
            for one in SERVICES
        }
        self.tasks: dict[str, list[Json]] = {}
        self.stopped: dict[str, list[Json]] = {}
        for one in SERVICES:  # two that ran all day, and one for the one that was lost
            lost, new = self.task(one.name, 7), self.task(one.name, 8)
            lost |= {"stopCode": "EssentialContainerExited", "stoppingAt": self.ago(600)}
            new |= {"createdAt": self.ago(595), "startedAt": self.ago(560)}
            ill = self.task(one.name, 6) | {"stopCode": "ServiceSchedulerInitiated"}
            ill |= {"stoppingAt": self.ago(660), "stoppedReason": ILL}
            self.stopped[one.name] = [lost, ill]
            self.tasks[one.name] = [self.task(one.name, 1), self.task(one.name, 2, "b"), new]
            self.network.interfaces += [
                self.interface(f"{one.name}-{number}", f"sg-{one.name}", SubnetId=subnet)
                for number, subnet in enumerate(SUBNETS[one.subnets], 1)
            ]
        self.rules = {
            group: [
                make_rule(group, f"{one.direction} {one.port} "
                          f"{'to' if one.direction == 'egress' else 'from'} {one.peer}")
                for one in reviewed_flows() if GROUPS.get(one.owner) == group
            ]
            for group in GROUPS.values()
        }  # fmt: skip
        self.rules[ALB_GROUP] += [
            make_rule(ALB_GROUP, f"ingress {port} from 0.0.0.0/0") for port in (80, 443)
        ]
        self.network.rules, self.network.owned = self.rules[ALB_GROUP], self.rules
        self.target_group: Json = {
            **self.made("BffTargetGroup", "elbv2", "TargetGroup"),
            "TargetGroupArn": TARGETS, "LoadBalancerArns": [BALANCER],
        }  # fmt: skip
        self.listener_rule: Json = {
            **self.made("BffListenerRule", "elbv2", "Rule"),
            "RuleArn": self.ids["BffListenerRule"], "IsDefault": False,
        }  # fmt: skip
        self.network.listener_rules.append(self.listener_rule)
        self.scalable: Json = {
            "MinCapacity": 2, "MaxCapacity": 10,
            "SuspendedState": dict.fromkeys(SUSPENSIONS, False),
        }  # fmt: skip
        self.policies = {"CPUUtilization": 70.0, "MemoryUtilization": 80.0}
        self.cooldown = 300
        self.activities: list[Json] = [
            {
                "Cause": "monitor alarm TargetTracking-service/x-AlarmHigh-1 in state ALARM "
                "triggered policy cpu",
                "StartTime": self.ago(1000), "EndTime": self.ago(940), "StatusCode": "Successful",
            }
        ]  # fmt: skip
        self.history: list[Json] = [
            {"Timestamp": self.ago(1010), "HistorySummary": "Alarm updated from OK to ALARM"}
        ]
        self.alarms: dict[str, Json] = {
            name: self.made(name, "cloudwatch", "MetricAlarm")
            | {"AlarmName": self.ids[name], "StateValue": "OK", "ActionsEnabled": True}
            for name, one in self.template.items() if one["Type"] == "AWS::CloudWatch::Alarm"
        }  # fmt: skip
        self.namespace: Json = {
            "Id": "ns-1", "Name": environment.discovery.namespace, "Type": "DNS_PRIVATE"
        }  # fmt: skip
        self.discovery: dict[str, Json] = {}  # by name of the service
        self.registered: dict[str, dict[str, datetime]] = {}  # when each task was
        for one in SERVICES:
            if one.callers:
                key = f"{one.title}Discovery"
                self.discovery[one.name] = {
                    **self.made(key, "servicediscovery", "Service"),
                    "Id": self.ids[key], "Arn": made[key].attributes["Arn"],
                }  # fmt: skip
                self.registered[one.name] = {
                    each["taskArn"].rpartition("/")[2]: each["startedAt"] + timedelta(seconds=1)
                    for each in self.tasks[one.name]
                }
        roles = {name: one for name, one in self.properties.items() if name.endswith("Role")}
        self.roles = {
            self.ids[name]: {
                "trust": one["AssumeRolePolicyDocument"], "attached": [],
                "inline": {each["PolicyName"]: each["PolicyDocument"] for each in one["Policies"]},
            }
            for name, one in copy.deepcopy(roles).items()
        }  # fmt: skip
        self.decisions: dict[tuple[str, str], str] = {}  # (role, action) -> another than expected
        self.healthy = [2.0, 2.0, 1.0, 2.0, 2.0]
        self.rollouts: dict[str, Json] = {
            one.name: {
                "serviceDeploymentArn": f"{self.ids[f'{one.title}Service']}/1",
                "status": "SUCCESSFUL", "startedAt": self.ago(3600), "finishedAt": self.ago(3300),
            }
            for one in SERVICES
        }  # fmt: skip
        self.pushed = self.ago(3800)
        self.log_delay = 1.5
        self.lines = 3
        self.retention: Json = {"retentionInDays": 7}
        self.versioning: Json = {"Status": "Enabled"}
        self.trail: list[Json] = [
            {"userIdentity": {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/"
                              f"{self.ids['AgentCoreTaskRole']}/1"}}
        ]  # fmt: skip

    def ago(self, seconds: float) -> datetime:
        return self.now - timedelta(seconds=seconds)

    def made(self, logical_id: str, service: str, shape: str) -> Json:
        """A resource of the template, as AWS answers it."""
        found: Json = as_answered(self.properties[logical_id], shape_of(service, shape))
        return found

    def _service(self, service: Service) -> Json:
        name = service.name
        event = {
            "id": "e1",
            "createdAt": self.ago(700),
            "message": f"(service {name}) (port 3000) is unhealthy in (target-group x)",
        }
        gone = {
            "id": "e2",
            "createdAt": self.ago(660),
            "message": f"(service {name}) has stopped 1 running tasks: (task 6)",
        }
        return {
            "loadBalancers": [], "serviceRegistries": [],
            **self.made(f"{service.title}Service", "ecs", "Service"),
            "serviceArn": self.ids[f"{service.title}Service"], "serviceName": name,
            "status": "ACTIVE", "desiredCount": 3, "runningCount": 3, "pendingCount": 0,
            "events": [gone, event],
            "deployments": [{"id": "1", "status": "PRIMARY", "rolloutState": "COMPLETED"}],
        }  # fmt: skip

    def task(self, name: str, number: int, zone: str = "a") -> Json:
        interface = {"name": "networkInterfaceId", "value": f"eni-{name}-{number}"}
        return {
            "taskArn": f"arn:aws:ecs:{HERE}:task/{CLUSTER}/{name}{number}",
            "lastStatus": "RUNNING", "desiredStatus": "RUNNING",
            "availabilityZone": f"us-east-1{zone}",
            "capacityProviderName": "FARGATE_SPOT" if number < 3 else "FARGATE",
            "createdAt": self.ago(3500), "startedAt": self.ago(3450),
            "attachments": [{"type": "ElasticNetworkInterface", "details": [interface]}],
        }  # fmt: skip

    def interface(self, name: str, group: str, **more: Any) -> Json:
        return {
            "NetworkInterfaceId": f"eni-{name}", "Groups": [{"GroupId": group}],
            "Description": "", **more,
        }  # fmt: skip
