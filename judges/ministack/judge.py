"""The judge: deploy each environment's stack beside stacks as CDK makes them, to MiniStack.

What its CloudFormation lacks is left out, with all that refers to it, until the rest is created.
What was left out has to be what ``known.toml`` lists.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from bidops_cfn import logical_ids
from bidops_cfn.compute import template
from bidops_cfn.deploy.template import find_references
from bidops_cfn.project import Project
from bidops_cfn.settings import load
from bidops_cfn.settings.contract import Import, ImportNames, Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Export, Reference, StackOutput
from bidops_cfn.settings.services import SERVICES
from bidops_cfn_sandbox.network_stack import (
    CDK_ENDPOINTS,
    cdk_database_stack,
    cdk_network_stack,
    title_of,
)
from bidops_cfn_sandbox.other_stacks import (
    output,
    plain_export,
    secret_names,
    security_stack,
    storage_stack,
)
from judges.judgement import Judge, Judgement
from judges.ministack.server import run_ministack, tell_missing
from judges.rule_packs import REPOSITORY

KNOWN = Path(__file__).with_name("known.toml")
UNKNOWN_TYPES = re.compile(r"Unrecognized resource types: \[(.*)\]")
OPERATION_SECONDS = 120
Json = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """The account of an environment in MiniStack, which knows it by the access key."""

    address: str
    environment: Environment

    def client(self, service: str) -> Any:
        """Return a client of ``service``."""
        return boto3.client(
            service,
            region_name=self.environment.region,
            endpoint_url=self.address,
            aws_access_key_id=self.environment.account_id,
            aws_secret_access_key="nothing checks it",
        )

    def create(self, name: str, text: str, images: Mapping[str, str] | None = None) -> Json:
        """Create a stack, keep what could be made of it, and return its description."""
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=text,
            DisableRollback=True,
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[
                {"ParameterKey": key, "ParameterValue": image}
                for key, image in (images or {}).items()
            ],
        )
        deadline = time.monotonic() + OPERATION_SECONDS
        while time.monotonic() < deadline:
            found: Json = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            if not found["StackStatus"].endswith("_IN_PROGRESS"):
                return found
            time.sleep(0.1)
        raise RuntimeError(f"{name} is still {found['StackStatus']}")

    def failures(self, name: str) -> Mapping[str, str]:
        """Return why resources of a stack failed, by logical id."""
        events = self.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return {
            event["LogicalResourceId"]: event.get("ResourceStatusReason", "no reason")
            for event in events
            if event["ResourceStatus"].endswith("_FAILED") and event["LogicalResourceId"] != name
        }


def judge() -> list[Judgement]:
    """Deploy every environment; hold what failed anywhere against the list."""
    project = Project(REPOSITORY)
    judged: list[Judgement] = []
    lacking: set[str] = set()
    with tempfile.TemporaryDirectory() as folder, run_ministack(Path(folder)) as address:
        for name in project.environments:
            account = Account(address, load.load(project.params, name))
            mapped = replace(account.environment, imports=create_neighbours(account))
            created, problems = deploy(account, json.loads(template.render(mapped)))
            lacking |= problems
            judged.append(hold_references(account, mapped, created))
    listed = tomllib.loads(KNOWN.read_text(encoding="utf-8"))["known"]
    return [*judged, compare(lacking, {what for one in listed for what in one["what"]})]


def compare(lacking: set[str], listed: set[str]) -> Judgement:
    """Return whether what MiniStack does not make of the stacks is what the list says."""
    findings = [
        *(f"new: {one}" for one in sorted(lacking - listed)),
        *(f"gone: {one}" for one in sorted(listed - lacking)),
    ]
    question = "what it does not make is what the list says"
    return Judgement(question, len(lacking | listed), tuple(findings))


def create_neighbours(account: Account) -> ImportNames:
    """Create the other stacks as CDK makes them, and return how their values are come by."""
    environment = account.environment
    manager = account.client("secretsmanager")
    secrets = {
        value: manager.create_secret(Name=name, SecretString="nothing")["ARN"]
        for value, name in secret_names(environment).items()
    }
    texts = {
        "NetworkStack": cdk_network_stack(environment),
        "DatabaseStack": cdk_database_stack(environment),
        "StorageStack": storage_stack(environment, owns_repositories=True, give=plain_export),
        "SecurityStack": security_stack(environment, secrets, output),
    }
    found: dict[str, Reference] = {}
    for name, text in texts.items():
        stack = account.create(name, text)
        if stack["StackStatus"] != "CREATE_COMPLETE":
            raise RuntimeError(f"{name}: {account.failures(name) or stack['StackStatus']}")
        for one in stack["Outputs"]:
            export = one.get("ExportName")
            key = one["OutputKey"]
            found[key] = Export(export) if export else StackOutput(name, key)
    constants = find_load_balancer(account)
    groups = tuple(found[f"{title_of(one)}EndpointSecurityGroupId"] for one in CDK_ENDPOINTS)
    return ImportNames(
        exceptions={
            value.key: groups
            if value is Imports.ENDPOINT_SECURITY_GROUP.value
            else (constants.get(value) or found[value.output],)
            for value in environment.contract_values
        }
    )


def find_load_balancer(account: Account) -> Mapping[Import, Constant]:
    """Return what no output says: the load balancer, its listener and its group."""
    client = account.client("elbv2")
    (balancer,) = client.describe_load_balancers()["LoadBalancers"]
    arn = balancer["LoadBalancerArn"]
    (listener,) = client.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    (group,) = balancer["SecurityGroups"]
    return {
        Imports.PUBLIC_ALB_ARN.value: Constant(arn),
        Imports.HTTPS_LISTENER_ARN.value: Constant(listener["ListenerArn"]),
        Imports.ALB_SECURITY_GROUP.value: Constant(group),
    }


def deploy(account: Account, whole: Json) -> tuple[Mapping[str, str], set[str]]:
    """Create as much of a stack as can be; return its physical ids, and what is lacking.

    Every attempt leaves something out, so it ends.
    """
    lacking: set[str] = set()
    left_out: set[str] = set()
    resources = whole["Resources"]
    cloudformation = account.client("cloudformation")
    images = {logical_ids.image(one): ":1.0.0" for one in SERVICES}
    for attempt in range(len(resources)):
        name = f"attempt-{attempt}"
        text = json.dumps(leave_out(whole, left_out))
        try:
            account.create(name, text, images)
        except ClientError as error:
            unknown = UNKNOWN_TYPES.search(str(error))
            if not unknown:
                raise RuntimeError(str(error)) from error
            types = unknown[1].split(", ")
            lacking |= {f"no type {one}" for one in types}
            left_out |= {one for one, held in resources.items() if held["Type"] in types}
            continue
        failed = account.failures(name)
        if not failed:
            made = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
            return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in made}, lacking
        lacking |= {f"{one} fails: {why}" for one, why in failed.items()}
        left_out |= failed.keys()
        cloudformation.delete_stack(StackName=name)
    raise RuntimeError("nothing of the stack can be created")


def leave_out(whole: Json, left_out: set[str]) -> Json:
    """Return a template without some resources, and without all that refers to them."""
    gone = set(left_out)
    kept = dict(whole["Resources"])
    while more := {one for one in kept if one in gone or find_references(kept[one]) & gone}:
        gone |= more
        kept = {one: held for one, held in kept.items() if one not in more}
    outputs = {
        name: one for name, one in whole["Outputs"].items() if not find_references(one) & gone
    }
    return {
        **whole,
        "Resources": {one: dict(trim(held, gone)) for one, held in kept.items()},
        "Outputs": outputs,
    }


def trim(resource: Json, gone: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield what a resource has, without the order of creation that names what is gone."""
    for key, value in resource.items():
        if key != "DependsOn":
            yield key, value
        elif left := [
            one for one in ([value] if isinstance(value, str) else value) if one not in gone
        ]:
            yield key, left


def hold_references(account: Account, mapped: Environment, created: Mapping[str, str]) -> Judgement:
    """Return whether outputs that are read arrive in what was created: groups are in the VPC."""
    (reference,) = mapped.references(Imports.VPC_ID.value)
    stack = account.client("cloudformation").describe_stacks(StackName="NetworkStack")["Stacks"][0]
    vpc = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}["VpcId"]
    ids = [logical_ids.security_group(one) for one in SERVICES]
    groups = account.client("ec2").describe_security_groups(
        GroupIds=[created[one] for one in ids if one in created]
    )["SecurityGroups"]
    findings = tuple(
        f"{one['GroupName']} is in {one['VpcId']}, {reference.source} is {vpc}"
        for one in groups
        if one["VpcId"] != vpc
    )
    question = f"{mapped.name}: outputs that are read arrive; {len(created)} resources are made"
    return Judgement(question, len(groups), findings)


MINISTACK = Judge(
    "ministack",
    "MiniStack's CloudFormation",
    tell_missing,
    judge,
    "in judges/ministack/known.toml: list what is new with the reason why it says nothing of the "
    "template (or correct the template), and remove what is gone",
)
