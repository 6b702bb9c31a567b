"""An account of a sandbox as a test sees it: boto3 clients, and stacks deployed by change sets."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import boto3

from bidops_cfn.deploy.template import prepare_body
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn_sandbox.contents import SANDBOX_IMAGE_TAG
from bidops_cfn_sandbox.server import Sandbox

IMAGES = {f"{one.title}Image": f":{SANDBOX_IMAGE_TAG}" for one in SERVICES}
NO_TASKS = {f"{one.title}DesiredCount": "0" for one in SERVICES}


class Account:
    """The account of ``environment`` in ``sandbox``."""

    # Its loader keeps the service descriptions, which are slow to read.
    session = boto3.Session()

    def __init__(self, sandbox: Sandbox, environment: Environment) -> None:
        self.environment = environment
        self.variables = sandbox.variables(environment)
        self._clients: dict[str, Any] = {}
        self._numbers = itertools.count(1)

    def client(self, service: str) -> Any:
        """Return the account's client of an AWS service."""
        if service not in self._clients:
            self._clients[service] = self.session.client(
                service,
                region_name=self.variables["AWS_REGION"],
                endpoint_url=self.variables["AWS_ENDPOINT_URL"],
                aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
            )
        return self._clients[service]

    def close(self) -> None:
        """Close the clients' connections."""
        for client in self._clients.values():
            client.close()

    @cached_property
    def cloudformation(self) -> Any:
        """The client of CloudFormation."""
        return self.client("cloudformation")

    def change_set(
        self, stack: str, template: str, parameters: Mapping[str, str], kind: str = "UPDATE"
    ) -> dict[str, Any]:
        """Create a change set as the tool sends it; return its description, with values."""
        made = self.cloudformation.create_change_set(
            StackName=stack,
            ChangeSetName=f"change-{next(self._numbers)}",
            ChangeSetType=kind,
            TemplateBody=prepare_body(template),
            Capabilities=["CAPABILITY_IAM"],
            Tags=[{"Key": key, "Value": tag} for key, tag in self.environment.tags.items()],
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
        )
        described: dict[str, Any] = self.cloudformation.describe_change_set(
            ChangeSetName=made["Id"], IncludePropertyValues=True
        )
        return described

    def deploy(
        self, stack: str, template: str, parameters: Mapping[str, str], kind: str = "UPDATE"
    ) -> dict[str, Any]:
        """Create and execute a change set; return its description from before."""
        described = self.change_set(stack, template, parameters, kind)
        assert described["Status"] == "CREATE_COMPLETE", described["StatusReason"]
        self.cloudformation.execute_change_set(ChangeSetName=described["ChangeSetId"])
        return described

    def stack(self, name: str) -> dict[str, Any]:
        """Return a stack as CloudFormation describes it."""
        described: dict[str, Any] = self.cloudformation.describe_stacks(StackName=name)
        found: dict[str, Any] = described["Stacks"][0]
        return found

    def resources(self, stack: str) -> dict[str, str]:
        """Return the physical ids of a stack's resources by logical id."""
        described = self.cloudformation.describe_stack_resources(StackName=stack)
        rows = described["StackResources"]
        return {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in rows}

    def failures(self, stack: str) -> list[tuple[str, str]]:
        """Return logical id and reason of everything of a stack that failed, oldest first."""
        found = self.cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        return [
            (event["LogicalResourceId"], event["ResourceStatusReason"])
            for event in reversed(found)
            if event["ResourceStatus"].endswith("_FAILED")
        ]

    def exports(self) -> dict[str, str]:
        """Return what stacks export, by name."""
        found = self.cloudformation.list_exports()["Exports"]
        return {item["Name"]: item["Value"] for item in found}

    def service(self, cluster: str, service: str) -> dict[str, Any]:
        """Return an ECS service as ECS describes it."""
        described = self.client("ecs").describe_services(cluster=cluster, services=[service])
        found: dict[str, Any] = described["services"][0]
        return found

    def container(self, task_definition: str) -> dict[str, Any]:
        """Return the one container of a task definition."""
        described = self.client("ecs").describe_task_definition(taskDefinition=task_definition)
        (container,) = described["taskDefinition"]["containerDefinitions"]
        found: dict[str, Any] = container
        return found


@contextmanager
def account(sandbox: Sandbox, environment: Environment) -> Iterator[Account]:
    """Hold the account of ``environment``, and close its clients afterwards."""
    held = Account(sandbox, environment)
    try:
        yield held
    finally:
        held.close()
