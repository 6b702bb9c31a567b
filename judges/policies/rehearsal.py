"""A whole life of a stack in the sandbox, written down: our calls, and what CloudFormation did."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from bidops_cfn.settings import load
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.contents import SANDBOX_IMAGE_TAG, push_image
from bidops_cfn_sandbox.resource_type import Place
from bidops_cfn_sandbox.server import Sandbox
from judges.policies.recorder import Recorded, record
from judges.policies.service_requests import Step

REPOSITORY = Path(__file__).parents[2]
NEW_TAG = "2.0.0"
COMMAND = (sys.executable, "-m", "bidops_cfn")
LIMIT_SECONDS = 120


@dataclass(frozen=True)
class Rehearsal:
    """What happened: the environment, the calls, the steps, the physical ids by logical id."""

    environment: Environment
    calls: tuple[Recorded, ...]
    steps: tuple[Step, ...]
    physical: Mapping[str, str]
    outcomes: Mapping[str, int]


def copy_project(folder: Path, name: str) -> Environment:
    """Copy the project to ``folder``, with a service role for the environment ``name``."""
    for part in ("params", "templates"):
        shutil.copytree(REPOSITORY / part, folder / part)
    settings = folder / "params" / f"{name}.toml"
    text = settings.read_text(encoding="utf-8")
    if "\nrole_arn" not in text:
        account = load.load(folder / "params", name).account_id
        role = f'role_arn = "arn:aws:iam::{account}:role/cloudformation/bidopsai"'
        settings.write_text(text.replace("[deploy]\n", f"[deploy]\n{role}\n", 1), encoding="utf-8")
    return load.load(folder / "params", name)


def rehearse(folder: Path, name: str, command: Sequence[str] = COMMAND) -> Rehearsal:
    """Create, look, update, fail and roll back, and delete the stack of ``name`` in a sandbox.

    ``command`` starts the tool.
    """
    environment = copy_project(folder, name)
    images = [f"--image={one}={SANDBOX_IMAGE_TAG}" for one in environment.services]
    outcomes: dict[str, int] = {}
    with Sandbox([environment]) as sandbox, record(sandbox.endpoint) as recorder:
        variables = sandbox.variables(environment)

        def run(label: str, *arguments: str) -> None:
            word, *options = arguments
            outcomes[label] = subprocess.run(
                [*command, word, "--env", name, *options],
                cwd=folder,
                env={**without_aws(), **variables, "AWS_ENDPOINT_URL": recorder.endpoint},
                capture_output=True,
                timeout=LIMIT_SECONDS,
                check=False,
            ).returncode

        client = boto3.client("cloudformation", **connect(variables))
        push_image(Place(environment.account_id, environment.region), "bidopsai/app", NEW_TAG)
        run("preflight", "preflight", *images)
        run("create", "deploy", *images, "--yes")
        run("no changes", "deploy", "--yes")
        run("status", "status")
        run("watch", "watch")
        run("plan", "plan", f"--image=bff={NEW_TAG}")
        run("update", "deploy", f"--image=bff={NEW_TAG}", "--yes")
        stack = client.describe_stacks(StackName=environment.stack_name)["Stacks"][0]["StackId"]
        physical = list_physical(client, stack)
        fail_an_update(client, environment, folder)
        run("rollback refused", "rollback", "--yes")
        run("cancel refused", "cancel", "--yes")
        if environment.deploy.termination_protection:
            client.update_termination_protection(
                StackName=environment.stack_name, EnableTerminationProtection=False
            )
        run("destroy", "destroy", "--yes")
        steps = list_steps(client, stack)
        client.close()
        return Rehearsal(environment, tuple(recorder.calls), steps, physical, outcomes)


def fail_an_update(client: Any, environment: Environment, folder: Path) -> None:
    """Update the stack with a port that no container has: CloudFormation rolls it back."""
    path = folder / "templates" / environment.name / "compute.json"
    template = json.loads(path.read_text(encoding="utf-8"))
    service = template["Resources"]["BffService"]["Properties"]
    service["LoadBalancers"][0]["ContainerPort"] = 3999
    made = client.create_change_set(
        StackName=environment.stack_name,
        ChangeSetName="fails",
        TemplateBody=json.dumps(template, separators=(",", ":")),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[
            {"ParameterKey": key, "UsePreviousValue": True} for key in template["Parameters"]
        ],
    )
    client.execute_change_set(ChangeSetName=made["Id"])


def list_physical(client: Any, stack: str) -> dict[str, str]:
    """Return the physical ids of a stack's resources by logical id."""
    found = client.describe_stack_resources(StackName=stack)["StackResources"]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


def list_steps(client: Any, stack: str) -> tuple[Step, ...]:
    """Return what CloudFormation did with resources, oldest first, from the stack's events."""
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    return tuple(
        dict.fromkeys(
            Step(
                event["ResourceStatus"].partition("_")[0],
                event["ResourceType"],
                event["LogicalResourceId"],
                event["PhysicalResourceId"],
            )
            for event in reversed(events)
            if event["ResourceType"] != "AWS::CloudFormation::Stack"
            and event.get("PhysicalResourceId")
            and not event["ResourceStatus"].endswith(("_FAILED", "_SKIPPED"))
        )
    )


def without_aws() -> dict[str, str]:
    """Return the process's variables without any that leads an AWS client somewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYTHONPATH": str(REPOSITORY),
    }


def connect(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what a boto3 client needs to work in the sandbox."""
    return {
        "endpoint_url": variables["AWS_ENDPOINT_URL"],
        "region_name": variables["AWS_REGION"],
        "aws_access_key_id": variables["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": variables["AWS_SECRET_ACCESS_KEY"],
    }
