"""What AWS answers of the account, by the names of its operations.

A call has a function of its parameters here, an answer that depends on none in ``PLAIN``, or the
answer of the scripted world. Every request and answer is held against botocore's model.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Unsupported
from bidops_cfn.settings.environment import Environment
from tests.verify.state import ACCOUNT, Json, State


class Account(State):
    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.answers: dict[str, Json] = {}  # by operation, instead of what stands below
        usual = dict(self.world.wire.handlers)
        for call in Call:
            self.world.wire.handlers[call] = partial(self._answer, call, usual.get(call))

    def _answer(self, call: Call, usual: Callable[..., Json] | None, **asked: Any) -> Json:
        name = call.value.name
        if name in self.answers:
            return copy.deepcopy(self.answers[name])
        if name in PLAIN:
            return copy.deepcopy(PLAIN[name](self))
        found = getattr(self, name, usual)
        if found is None:
            raise Unsupported(call, f"no {name} here")
        return copy.deepcopy(found(**asked))

    # What follows has the names of AWS's operations, and its parameters.
    # ruff: noqa: N802, N803

    def DescribeStacks(self, **_: Any) -> Json:
        one = {
            "StackId": f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/bidopsai-dev-compute/1",
            "StackName": "bidopsai-dev-compute", "StackStatus": "UPDATE_COMPLETE",
            "CreationTime": self.ago(9000), "Outputs": self.outputs,
        }  # fmt: skip
        return {"Stacks": [one]}

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

    def DescribeSecurityGroups(self, **_: Any) -> Json:
        def list_open(rules: list[Json]) -> list[Json]:
            return [
                {"IpProtocol": "tcp", "FromPort": one["FromPort"], "ToPort": one["ToPort"],
                 "IpRanges": [{"CidrIp": one["CidrIpv4"]}] if "CidrIpv4" in one else [],
                 "PrefixListIds": [{"PrefixListId": one["PrefixListId"]}]
                 if "PrefixListId" in one else []}
                for one in rules if not one["IsEgress"] and "ReferencedGroupInfo" not in one
            ]  # fmt: skip

        return {
            "SecurityGroups": [
                {"GroupId": group, "IpPermissions": list_open(rules)}
                for group, rules in self.rules.items()
            ]
        }

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

    def GetService(self, Id: str) -> Json:
        return {"Service": next(one for one in self.discovery.values() if one["Id"] == Id)}

    def ListOperations(self, Filters: list[Json], **_: Any) -> Json:
        wanted = Filters[0]["Values"]
        return {
            "Operations": [
                {"Id": task, "Status": "SUCCESS"}
                for name, tasks in self.registered.items()
                if self.discovery[name]["Id"] in wanted
                for task in tasks
            ]
        }

    def GetOperation(self, OperationId: str) -> Json:
        (moment,) = (one[OperationId] for one in self.registered.values() if OperationId in one)
        one = {
            "Id": OperationId,
            "Status": "SUCCESS",
            "Targets": {"INSTANCE": OperationId},
            "UpdateDate": moment,
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
        assert repositoryName.startswith("bidopsai/")
        return {"imageDetails": [{"imageTags": ["1.0.0"], "imagePushedAt": self.pushed}]}


# What an operation answers whatever is asked.
PLAIN: dict[str, Callable[[Account], Json]] = {
    "DescribeClusters": lambda it: {"clusters": [it.cluster]},
    "DescribeTargetGroups": lambda it: {"TargetGroups": [it.target_group]},
    "DescribeScalableTargets": lambda it: {"ScalableTargets": [it.scalable]},
    "DescribeScalingActivities": lambda it: {"ScalingActivities": it.activities},
    "DescribeAlarmHistory": lambda it: {"AlarmHistoryItems": it.history},
    "DescribeAlarms": lambda it: {"MetricAlarms": list(it.alarms.values())},
    "GetNamespace": lambda it: {"Namespace": it.namespace},
    "GetMetricStatistics": lambda it: {"Datapoints": [{"Minimum": one} for one in it.healthy]},
    "GetBucketVersioning": lambda it: it.versioning,
    "LookupEvents": lambda it: {
        "Events": [{"CloudTrailEvent": json.dumps(one)} for one in it.trail]
    },
}
