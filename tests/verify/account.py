"""An account in which everything that ``verify`` asks for is as specified, until a test says not.

Each call of AWS has an answer, or a function of its parameters; a test changes what they are made
of. Every request and answer is held against botocore's model.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bidops_cfn.cli.surroundings import assumptions
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Unsupported
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.spec.flows import reviewed_flows
from bidops_cfn.spec.permissions import allow_list
from tests.conftest import REPOSITORY
from tests.deploy.scripted.world import World

Json = dict[str, Any]
ACCOUNT = "111111111111"
HERE = f"us-east-1:{ACCOUNT}"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/R/n"
CLUSTER = "bidopsai-dev-compute-Cluster-1"
BALANCER = f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/public/1a2b"
LISTENER = f"arn:aws:elasticloadbalancing:{HERE}:listener/app/public/1a2b/3c4d"
RULE = f"{LISTENER}/5e6f"
TARGETS = f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/bff/7a8b"
VPC = "vpc-1"
SUBNETS = {
    "PrivateApp": {"subnet-1": "10.0.11.0/24", "subnet-2": "10.0.12.0/24"},
    "PrivateAgent": {"subnet-3": "10.0.21.0/24", "subnet-4": "10.0.22.0/24"},
}
TIERS = {one.name: one.subnets.value.output.removesuffix("SubnetIds") for one in SERVICES}
REPOSITORIES = {
    one.name: one.repository.value.output.removesuffix("EcrRepositoryUri").lower()
    for one in SERVICES
}
GROUPS = {
    "network.AlbSecurityGroupId": "sg-alb",
    "network.VpcEndpointSecurityGroupId": "sg-endpoints",
    "network.DatabaseSecurityGroupId": "sg-database",
    **{one.name: f"sg-{one.name}" for one in SERVICES},
    "S3": "pl-63a5400a",
}
BOUNDED = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]}


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


class Account:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.world = World(environment)
        self.world.assumptions = dict(assumptions(REPOSITORY / "templates" / "dev" / "REVIEW.md"))
        self.now: datetime = self.world.clock.now()
        self.template: Json = json.loads(self.world.text)["Resources"]
        self.ids = {name: self._name(name, one["Type"]) for name, one in self.template.items()}
        self.exports = self._export()
        self.cluster: Json = {
            "clusterName": CLUSTER,
            "clusterArn": f"arn:aws:ecs:{HERE}:cluster/{CLUSTER}",
            "status": "ACTIVE",
            "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
            "defaultCapacityProviderStrategy": self._strategy(),
            "settings": [{"name": "containerInsights", "value": environment.container_insights}],
        }
        self.services = {one.name: self._service(one.name, one.title) for one in SERVICES}
        self.definitions = {one.name: self._definition(one.name, one.title) for one in SERVICES}
        self.tasks = {
            name: [self._task(name, number, subnet) for number, subnet in enumerate(nets, 1)]
            for name, nets in ((one, SUBNETS[TIERS[one]]) for one in TIERS)
        }
        self.stopped: dict[str, list[Json]] = {}
        for name in TIERS:
            lost, new = self._task(name, 7), self._task(name, 8)
            lost |= {"stopCode": "EssentialContainerExited", "stoppingAt": self.ago(600)}
            new |= {"createdAt": self.ago(595), "startedAt": self.ago(560)}
            self.stopped[name] = [lost]
            self.tasks[name].append(new)
        self.rules = {
            group: [
                make_rule(group, f"{one.direction} {one.port} "
                          f"{'to' if one.direction == 'egress' else 'from'} {one.peer}")
                for one in reviewed_flows() if GROUPS[one.owner] == group
            ]
            for group in GROUPS.values() if group.startswith("sg-")
        }  # fmt: skip
        self.rules["sg-alb"] += [
            make_rule("sg-alb", f"ingress {port} from 0.0.0.0/0") for port in (80, 443)
        ]
        self.interfaces = [
            self._interface(
                "alb", "sg-alb", Description="ELB app/public/1a2b", RequesterManaged=True
            ),
            self._interface("endpoint", "sg-endpoints", InterfaceType="vpc_endpoint"),
            self._interface(
                "rds", "sg-database", Description="RDSNetworkInterface", RequesterManaged=True
            ),
            *(
                self._interface(f"{name}-{number}", GROUPS[name], SubnetId=subnet)
                for name in TIERS for number, subnet in enumerate(SUBNETS[TIERS[name]], 1)
            ),
        ]  # fmt: skip
        self.subnets = {
            name: {
                "SubnetId": name, "VpcId": VPC, "CidrBlock": cidr,
                "AvailabilityZone": f"us-east-1{zone}",
            }
            for tier in SUBNETS.values()
            for zone, (name, cidr) in zip("ab", tier.items(), strict=True)
        }  # fmt: skip
        self.routes: list[Json] = [
            {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
        ]
        self.endpoint: Json = {
            "VpcEndpointId": "vpce-s3", "VpcEndpointType": "Gateway", "State": "Available",
            "ServiceName": "com.amazonaws.us-east-1.s3", "PolicyDocument": json.dumps(BOUNDED),
        }  # fmt: skip
        self.target_group: Json = {
            "TargetGroupArn": TARGETS, "TargetType": "ip", "Protocol": "HTTP", "Port": 3000,
            "LoadBalancerArns": [BALANCER], "HealthCheckEnabled": True,
            "HealthCheckPath": "/api/health", "HealthCheckIntervalSeconds": 30,
            "UnhealthyThresholdCount": 3, "HealthyThresholdCount": 2,
        }  # fmt: skip
        listener = environment.services["bff"].listener
        assert listener is not None
        self.listener_rule: Json = {
            "RuleArn": RULE, "Priority": str(listener.priority), "IsDefault": False,
            "Conditions": [
                {"Field": "host-header", "HostHeaderConfig": {"Values": list(listener.hosts)}}
            ],
            "Actions": [{"Type": "forward", "TargetGroupArn": TARGETS}],
        }  # fmt: skip
        self.scalable: Json = {"MinCapacity": 2, "MaxCapacity": 10}
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
        self.alarms = self._alarms()
        self.discovery: Json = {
            "Id": "srv-1", "Arn": f"arn:aws:servicediscovery:{HERE}:service/srv-1",
            "Name": "agentcore", "NamespaceId": "ns-1",
            "DnsConfig": {"DnsRecords": [{"Type": "A", "TTL": 5}]},
        }  # fmt: skip
        self.namespace: Json = {
            "Id": "ns-1", "Name": environment.discovery.namespace, "Type": "DNS_PRIVATE"
        }  # fmt: skip
        self.registered = {
            one["taskArn"].rpartition("/")[2]: one["startedAt"] + timedelta(seconds=1)
            for one in self.tasks["agentcore"]
        }
        self.roles = {
            self.ids[name]: self._role(name) for name in self.ids if name.endswith("Role")
        }
        self.decisions: dict[tuple[str, str], str] = {}  # (role, action) -> another than expected
        self.healthy = [2.0, 2.0, 1.0, 2.0, 2.0]
        self.rollouts: dict[str, Json] = {
            name: {
                "serviceDeploymentArn": f"arn:aws:ecs:{HERE}:service-deployment/{CLUSTER}/{name}/1",
                "status": "SUCCESSFUL", "startedAt": self.ago(3600), "finishedAt": self.ago(3300),
            }
            for name in TIERS
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
        self.answers: dict[str, Json] = {}  # by operation, instead of what stands below
        for call in Call:
            self.world.wire.handlers[call] = partial(self._answer, call)

    def ago(self, seconds: float) -> datetime:
        return self.now - timedelta(seconds=seconds)

    def _name(self, name: str, type_: str) -> str:
        service = name.removesuffix("Service").lower()
        known = {
            "Cluster": CLUSTER,
            "Namespace": "ns-1",
            "BffTargetGroup": TARGETS,
            "BffListenerRule": RULE,
            "AgentCoreDiscovery": "srv-1",
            **{f"{one.title}SecurityGroup": GROUPS[one.name] for one in SERVICES},
        }
        if type_ == "AWS::ECS::Service":
            return f"arn:aws:ecs:{HERE}:service/{CLUSTER}/{service}"
        return known.get(name, f"bidopsai-dev-compute-{name}-1")

    def _export(self) -> dict[str, str]:
        stem = "bidopsai-dev-"
        found = {
            **{f"{stem}{key.replace('.', '-')}": one for key, one in GROUPS.items() if "." in key},
            **{f"{stem}network-{tier}SubnetIds": ",".join(nets) for tier, nets in SUBNETS.items()},
            f"{stem}network-VpcId": VPC,
            f"{stem}network-PublicAlbArn": BALANCER,
            f"{stem}network-HttpsListenerArn": LISTENER,
            f"{stem}storage-KnowledgeBaseBucketName": "knowledge",
        }
        for one in REPOSITORIES.values():
            key = f"{stem}storage-{one.capitalize()}EcrRepositoryUri"
            found[key] = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/bidopsai/{one}"
        for settings in self.environment.services.values():
            for output in settings.secrets.values():
                found[f"{stem}security-{output}"] = f"arn:aws:ssm:{HERE}:parameter/{output}"
        compute = {
            "ClusterArn": f"arn:aws:ecs:{HERE}:cluster/{CLUSTER}",
            "NamespaceId": "ns-1",
            **{f"{one.title}ServiceArn": self.ids[f"{one.title}Service"] for one in SERVICES},
            **{f"{one.title}TaskDefinitionArn": self._revision(one.name) for one in SERVICES},
        }
        return found | {f"{stem}compute-{key}": value for key, value in compute.items()}

    def _strategy(self) -> list[Json]:
        return [
            {"capacityProvider": "FARGATE", "weight": 70, "base": 0},
            {"capacityProvider": "FARGATE_SPOT", "weight": 30, "base": 1},
        ]

    def _revision(self, name: str) -> str:
        return f"arn:aws:ecs:{HERE}:task-definition/bidopsai-dev-{name}:4"

    def _service(self, name: str, title: str) -> Json:
        place = {"subnets": list(SUBNETS[TIERS[name]]), "securityGroups": [GROUPS[name]]}
        balancers = [{"targetGroupArn": TARGETS, "containerName": "bff", "containerPort": 3000}]
        registry = {"registryArn": f"arn:aws:servicediscovery:{HERE}:service/srv-1"}
        event = {
            "id": "e1",
            "createdAt": self.ago(700),
            "message": f"(service {name}) (port 3000) is unhealthy in (target-group x)",
        }
        gone = {
            "id": "e2",
            "createdAt": self.ago(660),
            "message": f"(service {name}) has stopped 1 running tasks: (task 7)",
        }
        return {
            "serviceArn": self.ids[f"{title}Service"], "serviceName": name, "status": "ACTIVE",
            "desiredCount": 3, "runningCount": 3, "pendingCount": 0,
            "taskDefinition": self._revision(name),
            "capacityProviderStrategy": self._strategy(),
            "networkConfiguration": {
                "awsvpcConfiguration": {**place, "assignPublicIp": "DISABLED"}
            },
            "deploymentConfiguration": {
                "minimumHealthyPercent": 50, "maximumPercent": 200,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            },
            "loadBalancers": balancers if name == "bff" else [],
            "availabilityZoneRebalancing": "ENABLED",
            "serviceRegistries": [] if name == "bff" else [registry],
            "events": [gone, event],
        }  # fmt: skip

    def _definition(self, name: str, title: str) -> Json:
        settings = self.environment.services[name]
        service = next(one for one in SERVICES if one.name == name)
        plain = {
            "AWS_REGION": "us-east-1",
            "ENVIRONMENT": "dev",
            **service.environment,
            **settings.environment,
        }
        for one in SERVICES:
            if name in one.callers:
                host = f"{one.name}.{self.environment.discovery.namespace}"
                plain[one.url_variable] = f"http://{host}:{one.port}"
        container = {
            "name": name,
            "essential": True,
            "image": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/bidopsai/"
            f"{REPOSITORIES[name]}:1.0.0@sha256:{'a' * 64}",
            "portMappings": [{"containerPort": service.port}],
            "environment": [{"name": key, "value": value} for key, value in plain.items()],
            "secrets": [
                {"name": key, "valueFrom": f"arn:aws:ssm:{HERE}:parameter/{output}"}
                for key, output in settings.secrets.items()
            ],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": self.ids[f"{title}LogGroup"],
                    "awslogs-stream-prefix": name,
                },
            },
        }
        return {
            "family": f"bidopsai-dev-{name}", "revision": 4, "status": "ACTIVE",
            "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
            "cpu": "512", "memory": "1024", "containerDefinitions": [container],
        }  # fmt: skip

    def _task(self, name: str, number: int, subnet: str = "") -> Json:
        zone = self_zone(subnet)
        interface = {"name": "networkInterfaceId", "value": f"eni-{name}-{number}"}
        return {
            "taskArn": f"arn:aws:ecs:{HERE}:task/{CLUSTER}/{name}{number}",
            "lastStatus": "RUNNING", "desiredStatus": "RUNNING", "availabilityZone": zone,
            "capacityProviderName": "FARGATE_SPOT" if number < 3 else "FARGATE",
            "createdAt": self.ago(3500), "startedAt": self.ago(3450),
            "attachments": [{"type": "ElasticNetworkInterface", "details": [interface]}],
        }  # fmt: skip

    def _interface(self, name: str, group: str, **more: Any) -> Json:
        return {
            "NetworkInterfaceId": f"eni-{name}", "Groups": [{"GroupId": group}],
            "Description": "", **more,
        }  # fmt: skip

    def _alarms(self) -> list[Json]:
        def metric(name: str, service: str) -> Json:
            names = [{"Name": "ServiceName", "Value": service}]
            return {"MetricStat": {"Metric": {"MetricName": name, "Dimensions": names}}}

        counts = ("DesiredTaskCount", "RunningTaskCount")
        deficits = [
            {"AlarmName": self.ids[f"{one.title}TaskDeficitAlarm"], "StateValue": "OK",
             "ActionsEnabled": True,
             "Metrics": [metric(each, one.name) for each in counts]}
            for one in SERVICES
        ]  # fmt: skip
        group = {"Name": "TargetGroup", "Value": "targetgroup/bff/7a8b"}
        unhealthy = {
            "AlarmName": self.ids["BffUnhealthyTargetsAlarm"],
            "StateValue": "OK",
            "MetricName": "UnHealthyHostCount",
            "Dimensions": [group],
        }
        return [*deficits, unhealthy]

    def _role(self, name: str) -> Json:
        properties = self.template[name]["Properties"]
        return {
            "trust": properties["AssumeRolePolicyDocument"]
            | {
                "Statement": [
                    {
                        "Effect": "Allow", "Action": "sts:AssumeRole",
                        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
                    }
                ]
            },
            "inline": {"permissions": {"Statement": self._permissions(name)}},
            "attached": [],
        }  # fmt: skip

    def _permissions(self, name: str) -> list[Json]:
        """The reviewed permissions of a role, written out."""
        title, kind = (
            name.removesuffix("Role")
            .replace("Task", " task")
            .replace("Execution", " execution")
            .split()
        )
        service = title.lower()
        settings, stem = self.environment.services[service], f"arn:aws:ssm:{HERE}:parameter"
        path = f"{stem}{settings.configuration_path}"
        where = {
            "everything": ["*"],
            "repository": [f"arn:aws:ecr:{HERE}:repository/bidopsai/{REPOSITORIES[service]}"],
            "log group": [f"arn:aws:logs:{HERE}:log-group:{self.ids[f'{title}LogGroup']}:*"],
            "mounted parameters": [f"{stem}/{one}" for one in settings.secrets.values()],
            "configuration": [path, f"{path}/*"],
            "models": [f"arn:aws:bedrock:*::foundation-model/{one}"
                       for one in settings.bedrock.models],
            "profiles": [f"arn:aws:bedrock:{HERE}:inference-profile/{one}"
                         for one in settings.bedrock.inference_profiles],
            "agents": [f"arn:aws:bedrock:{HERE}:agent-alias/{one}"
                       for one in settings.bedrock.agent_aliases],
            "bucket": ["arn:aws:s3:::knowledge"],
            "objects": ["arn:aws:s3:::knowledge/*"],
        }  # fmt: skip
        return [
            {"Effect": "Allow", "Action": one["actions"], "Resource": where[one["on"]]}
            for one in allow_list()[service][kind] if where.get(one["on"])
        ]  # fmt: skip

    def _answer(self, call: Call, **asked: Any) -> Json:
        name = call.value.name
        if name in self.answers:
            return copy.deepcopy(self.answers[name])
        if name in PLAIN:
            return copy.deepcopy(PLAIN[name](self))
        found = getattr(self, name, None)
        if found is None:
            raise Unsupported(call, f"no {name} here")
        return copy.deepcopy(found(**asked))

    # What follows has the names of AWS's operations, and its parameters.
    # ruff: noqa: N802, N803

    def DescribeStacks(self, **_: Any) -> Json:
        stem = "bidopsai-dev-compute-"
        outputs = [
            {"OutputKey": key.removeprefix(stem), "OutputValue": value, "ExportName": key}
            for key, value in self.exports.items() if key.startswith(stem)
        ]  # fmt: skip
        name = "bidopsai-dev-compute"
        return {
            "Stacks": [
                {
                    "StackId": f"arn:aws:cloudformation:{HERE}:stack/{name}/1", "StackName": name,
                    "StackStatus": "UPDATE_COMPLETE", "CreationTime": self.ago(9000),
                    "Outputs": outputs,
                }
            ]
        }  # fmt: skip

    def ListStackResources(self, **_: Any) -> Json:
        return {
            "StackResourceSummaries": [
                {
                    "LogicalResourceId": name, "PhysicalResourceId": self.ids[name],
                    "ResourceType": one["Type"], "ResourceStatus": "CREATE_COMPLETE",
                    "LastUpdatedTimestamp": self.ago(9000),
                }
                for name, one in self.template.items() if name in self.ids
            ]
        }  # fmt: skip

    def DescribeServices(self, services: list[str], **_: Any) -> Json:
        name = services[0].rpartition("/")[2]
        return {"services": [self.services[name]] if name in self.services else []}

    def DescribeTaskDefinition(self, taskDefinition: str) -> Json:
        name = taskDefinition.rpartition("bidopsai-dev-")[2].partition(":")[0]
        return {"taskDefinition": self.definitions[name]}

    def ListTasks(self, serviceName: str, desiredStatus: str, **_: Any) -> Json:
        found = (self.tasks if desiredStatus == "RUNNING" else self.stopped)[serviceName]
        return {"taskArns": [one["taskArn"] for one in found]}

    def DescribeTasks(self, tasks: list[str], **_: Any) -> Json:
        known = [one for each in (self.tasks, self.stopped) for few in each.values() for one in few]
        return {"tasks": [one for one in known if one["taskArn"] in tasks]}

    def DescribeSecurityGroupRules(self, Filters: list[Json], **_: Any) -> Json:
        return {"SecurityGroupRules": self.rules[Filters[0]["Values"][0]]}

    def DescribeSecurityGroups(self, **_: Any) -> Json:
        def list_open(rules: list[Json]) -> list[Json]:
            return [
                {"IpProtocol": "tcp", "FromPort": one["FromPort"], "ToPort": one["ToPort"],
                 "IpRanges": [{"CidrIp": one["CidrIpv4"]}]}
                for one in rules if not one["IsEgress"] and "CidrIpv4" in one
            ]  # fmt: skip

        return {
            "SecurityGroups": [
                {"GroupId": group, "IpPermissions": list_open(rules)}
                for group, rules in self.rules.items()
            ]
        }

    def DescribeNetworkInterfaces(self, Filters: list[Json], **_: Any) -> Json:
        wanted = set(Filters[0]["Values"])
        having = [
            one for one in self.interfaces if wanted & {each["GroupId"] for each in one["Groups"]}
        ]
        return {"NetworkInterfaces": having}

    def DescribeSubnets(self, SubnetIds: list[str], **_: Any) -> Json:
        return {"Subnets": [self.subnets[one] for one in SubnetIds if one in self.subnets]}

    def DescribeRouteTables(self, **_: Any) -> Json:
        return {
            "RouteTables": [
                {"RouteTableId": "rtb-1", "Associations": [{"Main": True}], "Routes": self.routes}
            ]
        }

    def DescribeManagedPrefixLists(self, **_: Any) -> Json:
        name = "com.amazonaws.us-east-1.s3"
        return {"PrefixLists": [{"PrefixListId": "pl-63a5400a", "PrefixListName": name}]}

    def DescribeScalingPolicies(self, **_: Any) -> Json:
        return {
            "ScalingPolicies": [
                {
                    "TargetTrackingScalingPolicyConfiguration": {
                        "TargetValue": target,
                        "ScaleInCooldown": self.cooldown, "ScaleOutCooldown": self.cooldown,
                        "PredefinedMetricSpecification": {
                            "PredefinedMetricType": f"ECSServiceAverage{metric}"
                        },
                    }
                }
                for metric, target in self.policies.items()
            ]
        }  # fmt: skip

    def DescribeLogGroups(self, logGroupNamePrefix: str, **_: Any) -> Json:
        return {"logGroups": [{"logGroupName": logGroupNamePrefix, **self.retention}]}

    def FilterLogEvents(self, nextToken: str = "", **_: Any) -> Json:
        if not nextToken:  # a page may be empty before the last
            return {"events": [], "nextToken": "1"}
        moment = int(self.ago(60).timestamp() * 1000)
        line = {"timestamp": moment, "ingestionTime": moment + int(self.log_delay * 1000)}
        return {"events": [line] * self.lines}

    def GetOperation(self, OperationId: str) -> Json:
        one = {
            "Id": OperationId,
            "Status": "SUCCESS",
            "Targets": {"INSTANCE": OperationId},
            "UpdateDate": self.registered[OperationId],
        }
        return {"Operation": one}

    def GetRole(self, RoleName: str) -> Json:
        trust = json.dumps(self.roles[RoleName]["trust"])
        return {"Role": {"RoleName": RoleName, "AssumeRolePolicyDocument": trust}}

    def ListRolePolicies(self, RoleName: str) -> Json:
        return {"PolicyNames": list(self.roles[RoleName]["inline"])}

    def GetRolePolicy(self, RoleName: str, PolicyName: str) -> Json:
        return {"PolicyDocument": json.dumps(self.roles[RoleName]["inline"][PolicyName])}

    def ListAttachedRolePolicies(self, RoleName: str) -> Json:
        attached = self.roles[RoleName]["attached"]
        return {"AttachedPolicies": [{"PolicyArn": one} for one in attached]}

    def SimulatePrincipalPolicy(
        self,
        PolicySourceArn: str,
        ActionNames: list[str],
        ResourceArns: list[str],
        Marker: str = "0",
        **_: Any,
    ) -> Json:
        """As IAM does it: a result an action with each resource's below, and few on a page."""
        role = PolicySourceArn.rpartition("/")[2]
        may = {
            action for document in self.roles[role]["inline"].values()
            for one in document["Statement"] for action in one["Action"]
        }  # fmt: skip
        usual = "allowed" if may.issuperset(ActionNames) else "implicitDeny"

        def decide(action: str) -> Json:
            decided = self.decisions.get((role, action), usual)
            several = [
                {"EvalResourceName": where, "EvalResourceDecision": decided}
                for where in ResourceArns
            ]
            return {
                "EvalActionName": action, "EvalResourceName": ResourceArns[0],
                "EvalDecision": decided,
                "ResourceSpecificResults": several if len(several) > 1 else [],
            }  # fmt: skip

        begin, end = int(Marker), int(Marker) + 4
        more = {"IsTruncated": True, "Marker": str(end)} if end < len(ActionNames) else {}
        return {"EvaluationResults": [decide(one) for one in ActionNames[begin:end]], **more}

    def ListServiceDeployments(self, service: str, **_: Any) -> Json:
        one = self.rollouts.get(service.rpartition("/")[2])
        return {"serviceDeployments": [one] if one else []}

    def DescribeServiceDeployments(self, serviceDeploymentArns: list[str]) -> Json:
        return {"serviceDeployments": [self.rollouts[serviceDeploymentArns[0].split("/")[2]]]}

    def DescribeImages(self, repositoryName: str, **_: Any) -> Json:
        assert repositoryName.removeprefix("bidopsai/") in REPOSITORIES.values()
        return {"imageDetails": [{"imageTags": ["1.0.0"], "imagePushedAt": self.pushed}]}


def self_zone(subnet: str) -> str:
    """The zone of a task: by its subnet, the first where it is not said."""
    return "us-east-1b" if subnet in ("subnet-2", "subnet-4") else "us-east-1a"


# What an operation answers whatever is asked.
PLAIN: dict[str, Callable[[Account], Json]] = {
    "GetCallerIdentity": lambda _: {"Account": ACCOUNT, "Arn": CALLER, "UserId": "A"},
    "ListExports": lambda it: {
        "Exports": [{"Name": key, "Value": one} for key, one in it.exports.items()]
    },
    "DescribeClusters": lambda it: {"clusters": [it.cluster]},
    "DescribeVpcEndpoints": lambda it: {"VpcEndpoints": [it.endpoint]},
    "DescribeTargetGroups": lambda it: {"TargetGroups": [it.target_group]},
    "DescribeRules": lambda it: {"Rules": [it.listener_rule]},
    "DescribeScalableTargets": lambda it: {"ScalableTargets": [it.scalable]},
    "DescribeScalingActivities": lambda it: {"ScalingActivities": it.activities},
    "DescribeAlarmHistory": lambda it: {"AlarmHistoryItems": it.history},
    "DescribeAlarms": lambda it: {"MetricAlarms": it.alarms},
    "GetService": lambda it: {"Service": it.discovery},
    "GetNamespace": lambda it: {"Namespace": it.namespace},
    "ListOperations": lambda it: {
        "Operations": [{"Id": one, "Status": "SUCCESS"} for one in it.registered]
    },
    "GetMetricStatistics": lambda it: {"Datapoints": [{"Minimum": one} for one in it.healthy]},
    "GetBucketVersioning": lambda it: it.versioning,
    "LookupEvents": lambda it: {
        "Events": [{"CloudTrailEvent": json.dumps(one)} for one in it.trail]
    },
}
