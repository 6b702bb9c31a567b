"""A deployed environment as an operator sees it: what AWS's APIs say about each service."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bidops_cfn.settings.environment import Environment
from tests.sandbox.account import Account


@dataclass(frozen=True)
class Deployment:
    """The compute stack of ``environment``, deployed in its ``account``."""

    account: Account
    environment: Environment
    ids: dict[str, str]
    exports: dict[str, str]

    def imported(self, stack: str, output: str) -> str:
        """Return what another stack exports for this environment."""
        return self.exports[f"bidopsai-{self.environment.name}-{stack}-{output}"]

    @property
    def cluster(self) -> dict[str, Any]:
        """The ECS cluster."""
        described = self.account.client("ecs").describe_clusters(
            clusters=[self.ids["Cluster"]], include=["SETTINGS", "TAGS"]
        )
        (cluster,) = described["clusters"]
        found: dict[str, Any] = cluster
        return found

    def service(self, title: str) -> dict[str, Any]:
        """Return the ECS service ``title``, ``Bff`` or ``AgentCore``."""
        return self.account.service(self.ids["Cluster"], self.ids[f"{title}Service"])

    def task_definition(self, title: str) -> dict[str, Any]:
        """Return the task definition that the service runs."""
        described = self.account.client("ecs").describe_task_definition(
            taskDefinition=self.service(title)["taskDefinition"]
        )
        found: dict[str, Any] = described["taskDefinition"]
        return found

    def container(self, title: str) -> dict[str, Any]:
        """Return the one container of the service's tasks."""
        (container,) = self.task_definition(title)["containerDefinitions"]
        found: dict[str, Any] = container
        return found

    def subnets(self, title: str) -> list[dict[str, Any]]:
        """Return the subnets that the service's tasks run in."""
        configured = self.service(title)["networkConfiguration"]["awsvpcConfiguration"]
        described = self.account.client("ec2").describe_subnets(SubnetIds=configured["subnets"])
        found: list[dict[str, Any]] = described["Subnets"]
        return found

    def security_group(self, title: str) -> str:
        """Return the id of the one security group of the service's tasks."""
        configured = self.service(title)["networkConfiguration"]["awsvpcConfiguration"]
        (group,) = configured["securityGroups"]
        return str(group)

    def flows(self, group: str, *, egress: bool) -> set[tuple[str, str, int, int]]:
        """Return what a security group allows: (peer, protocol, first port, last port)."""
        described = self.account.client("ec2").describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group]}]
        )
        return {
            (peer(rule), rule["IpProtocol"], rule["FromPort"], rule["ToPort"])
            for rule in described["SecurityGroupRules"]
            if rule["IsEgress"] == egress
        }

    def task_role(self, title: str) -> Role:
        """Return the role of the code in the service's tasks."""
        return Role(self.account, self.task_definition(title)["taskRoleArn"].split("/")[-1])

    def execution_role(self, title: str) -> Role:
        """Return the role that starts the service's tasks."""
        return Role(self.account, self.task_definition(title)["executionRoleArn"].split("/")[-1])

    def alarms(self) -> list[dict[str, Any]]:
        """Return the alarms of the stack, without those that scaling policies bring."""
        described = self.account.client("cloudwatch").describe_alarms()["MetricAlarms"]
        return [alarm for alarm in described if not alarm["AlarmName"].startswith("TargetTracking")]


@dataclass(frozen=True)
class Role:
    """An IAM role, by what its policies allow."""

    account: Account
    name: str

    def statements(self) -> Iterator[dict[str, Any]]:
        """Yield every statement of the role's inline policies."""
        iam = self.account.client("iam")
        for policy in iam.list_role_policies(RoleName=self.name)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=self.name, PolicyName=policy)["PolicyDocument"]
            yield from document["Statement"]

    def managed_policies(self) -> list[str]:
        """Return the managed policies attached to the role."""
        attached = self.account.client("iam").list_attached_role_policies(RoleName=self.name)
        return [policy["PolicyArn"] for policy in attached["AttachedPolicies"]]

    def actions(self) -> set[str]:
        """Return every action that a statement allows, as it is written."""
        return {
            action
            for statement in self.statements()
            if statement["Effect"] == "Allow"
            for action in listed(statement["Action"])
        }

    def resources(self, action: str) -> set[str]:
        """Return the resources on which ``action`` is allowed, as they are written."""
        return {
            resource
            for statement in self.statements()
            if statement["Effect"] == "Allow"
            and any(fnmatch.fnmatchcase(action, each) for each in listed(statement["Action"]))
            for resource in listed(statement["Resource"])
        }

    def allows(self, action: str, resource: str) -> bool:
        """Whether ``action`` on ``resource`` is allowed."""
        return any(fnmatch.fnmatchcase(resource, each) for each in self.resources(action))


def peer(rule: dict[str, Any]) -> str:
    """Return the other end of a security group rule: a group, a prefix list or an address block."""
    named = rule.get("ReferencedGroupInfo", {}).get("GroupId")
    return str(named or rule.get("PrefixListId") or rule.get("CidrIpv4") or rule.get("CidrIpv6"))


def listed(value: str | list[str]) -> list[str]:
    """Return one or several values as a list."""
    return [value] if isinstance(value, str) else value
