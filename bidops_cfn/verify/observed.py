"""The account as it is now: what each check may ask, and what is missing said as such.

Every method asks AWS and raises a ``Fault``, or ``Unobserved`` where the answer has nothing of it.
Each answer is fetched once however many checks ask for it (``KeptAnswers``), and it is noted who
asked for which (``NotedCalls``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Lock

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import AroundClient, Client, Json, once, paginate, start
from bidops_cfn.deploy.preflight.context import DeploymentContext, Unseen
from bidops_cfn.deploy.stack import Stack, StackResource, list_stack_resources
from bidops_cfn.deploy.tasks import describe_tasks
from bidops_cfn.deploy.verdict import GONE
from bidops_cfn.settings.contract import Import, Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Service
from bidops_cfn.verify.finding import Inactive, Unobserved

# They tell where to look, and show nothing by themselves.
LOCATING = (
    Call.DESCRIBE_STACKS,
    Call.LIST_STACK_RESOURCES,
    Call.DESCRIBE_OTHER_STACKS,
)


def describe_no_interface(service: Service) -> str:
    """Return why nothing is known of where the tasks of a service are."""
    return f"cannot tell: no network interface of {service.name} to look at"


@dataclass(frozen=True)
class Observed:
    """The stack in its account; measures look at what happened from ``since`` until ``now``."""

    context: DeploymentContext
    stack: Stack
    since: datetime
    now: datetime

    @property
    def client(self) -> Client:
        """What asks AWS."""
        return self.context.client

    @property
    def environment(self) -> Environment:
        """The settings."""
        return self.context.environment

    @property
    def services(self) -> Sequence[Service]:
        """The services that there should be."""
        return self.context.target.services

    def arn(self, service: str, tail: str) -> str:
        """Return the ARN of ``tail`` in the environment's region and account."""
        one = self.environment
        return f"arn:{one.partition}:{service}:{one.region}:{one.account_id}:{tail}"

    @once
    def resources(self) -> Sequence[StackResource]:
        """The resources of the stack; their ids last as long as a command does."""
        return list(list_stack_resources(self.client, self.stack.id))

    def find(self, logical_id: str) -> str:
        """Return the physical id of a resource of the stack."""
        for one in self.resources:
            if one.logical_id == logical_id and one.physical_id:
                return one.physical_id
        raise Unobserved(f"the stack has no {logical_id}")

    def values(self, value: Import) -> tuple[str, ...]:
        """Return what the other stacks have for a contract value."""
        try:
            return self.context.find_values(value)
        except Unseen as unseen:
            raise Unobserved(str(unseen)) from unseen

    def value(self, value: Import) -> str:
        """Return what the other stacks have for a value that is one id, name or ARN."""
        return self.values(value)[0]

    def first(self, call: Call, key: str, what: str, /, **parameters: object) -> Json:
        """Return the first item of an answer; ``what`` is said where there is none."""
        items: Sequence[Json] = self.client(call, **parameters).get(key) or ()
        if not items:
            raise Unobserved(f"AWS shows no {what}")
        return items[0]

    @property
    def cluster(self) -> Json:
        """The ECS cluster, with its settings."""
        name = self.find(logical_ids.CLUSTER)
        return self.first(
            Call.DESCRIBE_CLUSTERS, "clusters", "cluster", clusters=[name], include=["SETTINGS"]
        )

    def service(self, service: Service) -> Json:
        """Return the ECS service; ``Inactive`` where it was deleted."""
        arn, cluster = self.find(logical_ids.ecs_service(service)), self.find(logical_ids.CLUSTER)
        answer = self.client(Call.DESCRIBE_SERVICES, cluster=cluster, services=[arn])
        found: Json = next(iter(answer.get("services") or ()), {})
        missing = any(one.get("reason") == "MISSING" for one in answer.get("failures") or ())
        if missing or found.get("status") == "INACTIVE":  # a deleted one is shown for a while
            raise Inactive(f"{service.name}: {GONE}")
        if found.get("status") != "ACTIVE":
            raise Unobserved(f"the service {service.name} is {found.get('status', 'not shown')}")
        return found

    def placement(self, service: Service) -> Json:
        """Return subnets, groups and public addresses that the service gives its tasks."""
        found: Json = self.service(service)["networkConfiguration"]["awsvpcConfiguration"]
        return found

    def definition(self, service: Service) -> Json:
        """Return the task definition that the service runs; ``Unobserved`` during a rollout."""
        deployments = self.service(service).get("deployments") or ()
        if [one.get("rolloutState") for one in deployments] != ["COMPLETED"]:
            why = "tasks of more than one revision may run" if deployments else "it is not shown"
            raise Unobserved(f"the rollout of {service.name} is not completed: {why}")
        arn = self.service(service)["taskDefinition"]
        answer = self.client(Call.DESCRIBE_TASK_DEFINITION, taskDefinition=arn)
        found: Json = answer["taskDefinition"]
        return found

    def container(self, service: Service) -> Json:
        """Return the container of the service's name in its task definition."""
        for one in self.definition(service).get("containerDefinitions", ()):
            if one.get("name") == service.name:
                found: Json = one
                return found
        raise Unobserved(f"the task definition has no container {service.name}")

    def tasks(self, service: Service, status: str = "RUNNING") -> list[Json]:
        """Return the service's tasks that should be in ``status``."""
        cluster = self.find(logical_ids.CLUSTER)
        name = self.service(service)["serviceName"]
        asked = {"cluster": cluster, "serviceName": name, "desiredStatus": status}
        arns = list(paginate(self.client, Call.LIST_TASKS, "taskArns", **asked))
        return list(describe_tasks(self.client, cluster, arns))

    def running(self, service: Service) -> list[Json]:
        """Return the service's tasks that run; ``Unobserved`` where none does."""
        found = [one for one in self.tasks(service) if one.get("lastStatus") == "RUNNING"]
        if not found:
            raise Unobserved(f"no task of {service.name} runs")
        return found

    def group(self, service: Service) -> str:
        """Return the id of the service's security group."""
        return self.find(logical_ids.security_group(service))

    def rules(self, group: str) -> list[Json]:
        """Return the live rules of a group, of both directions."""
        found = self.context.network.list_rules(group)
        if not found:
            raise Unobserved(f"EC2 shows no rule of {group}")
        return found

    def task_interfaces(self, service: Service) -> list[Json]:
        """Return the network interfaces of the service's tasks."""
        found = self.context.network.list_interfaces([self.group(service)])
        if not found:
            raise Unobserved(describe_no_interface(service))
        return found

    def subnets(self, tier: Imports) -> Sequence[Json]:
        """Return the imported subnets of a tier."""
        found = self.context.network.subnets[tier]
        if not found:
            raise Unobserved(f"EC2 shows none of the subnets of {tier.value.output}")
        return found

    def log_group(self, service: Service) -> Json:
        """Return the service's log group."""
        name = self.find(logical_ids.log_group(service))
        groups = paginate(
            self.client, Call.DESCRIBE_LOG_GROUPS, "logGroups", logGroupNamePrefix=name
        )
        found: Json | None = next((one for one in groups if one["logGroupName"] == name), None)
        if found is None:
            raise Unobserved(f"CloudWatch Logs shows no group {name}")
        return found

    def target_group(self, service: Service) -> Json:
        """Return the public service's target group."""
        arn = self.find(logical_ids.target_group(service))
        return self.first(
            Call.DESCRIBE_TARGET_GROUPS, "TargetGroups", "target group", TargetGroupArns=[arn]
        )

    def is_recent(self, moment: datetime | None) -> bool:
        """Tell whether a moment lies in the time that is looked at."""
        return moment is not None and self.since <= moment <= self.now


class KeptAnswers(AroundClient):
    """A client that makes a call once, and gives every caller its answer or its fault."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._lock = Lock()
        self._kept: dict[tuple[Call, str], Future[Json]] = {}
        self._elsewhere: dict[str, Client] = {}

    def at(self, region: str) -> Client:
        """Return a client in another region, which keeps its answers too."""
        with self._lock:
            return self._elsewhere.setdefault(region, KeptAnswers(self._client.at(region)))

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Return the answer, asking for it when this is the first time."""
        key = call, repr(sorted(parameters.items()))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = start(partial(self._client, call, **parameters))
        return self._kept[key].result()


class NotedCalls(AroundClient):
    """A client that notes which calls were made through it, in its own region: others locate."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._made: dict[Call, None] = {}

    @property
    def told(self) -> tuple[str, ...]:
        """The calls that show something, in the order in which they were made."""
        made = list(self._made)
        showing = [one for one in made if one not in LOCATING]
        return tuple(one.text for one in showing or made)

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Make the call and note it."""
        self._made[call] = None
        return self._client(call, **parameters)


def list_details(task: Json, name: str) -> Iterator[str]:
    """Yield what ECS tells of a task's attachments, as its ``privateIPv4Address``."""
    details = (one for each in task.get("attachments", ()) for one in each.get("details", ()))
    yield from (one["value"] for one in details if one.get("name") == name)


def find_stop(task: Json) -> datetime | None:
    """Return when a task of ``DescribeTasks`` began to stop, as far as ECS tells."""
    moments = (task.get(key) for key in ("stoppingAt", "executionStoppedAt", "stoppedAt"))
    return next((one for one in moments if one is not None), None)
