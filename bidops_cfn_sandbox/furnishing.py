"""What an environment finds in its account: credentials, the other stacks, and their contents.

The other stacks have one of two shapes. ``exports``: everything is exported under the names that
settings say. ``cdk``: four stacks as CDK makes them, whatever settings say (``cdk_stacks``). A
second environment of an account shares what stands there under the names that it wants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bidops_cfn.errors import UsageError
from bidops_cfn.settings.contract import Stack as Producer
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Export
from bidops_cfn.settings.services import SERVICES
from bidops_cfn_sandbox import cdk_stacks
from bidops_cfn_sandbox.cloudformation.api import CloudFormation
from bidops_cfn_sandbox.cloudformation.stack import Resource, Stack
from bidops_cfn_sandbox.contents import (
    SANDBOX_IMAGE_TAG,
    create_secrets,
    create_topics,
    has_repositories,
    name_prefix_list,
    open_account,
    push_images,
    put_parameters,
    put_rollback_alarms,
)
from bidops_cfn_sandbox.engine.answers import AwsError
from bidops_cfn_sandbox.exported import Give, export, list_not_exported, output, plain_export
from bidops_cfn_sandbox.models.security_groups import attach
from bidops_cfn_sandbox.models.table import backend_of
from bidops_cfn_sandbox.network_stack import network_stack
from bidops_cfn_sandbox.resource_type import Place
from bidops_cfn_sandbox.security_stack import SECRETS_KEY, security_stack
from bidops_cfn_sandbox.services import create_service_linked_roles
from bidops_cfn_sandbox.storage_stack import storage_stack

AWS_MANAGED_KEY = "alias/aws/ssm"
EXPORTS, CDK = "exports", "cdk"
APART = (
    "Environments that share an account and names need a sandbox each: bidops-cfn sandbox --env ENV"
)


def furnish(
    cloudformation: CloudFormation, place: Place, environment: Environment, neighbours: str
) -> None:
    """Open the account of ``environment`` and deploy the other stacks into it.

    Raise UsageError when they cannot stand beside those of another environment, or when settings
    refer to what stacks of this shape do not have.
    """
    open_account(place)
    name_prefix_list(place, environment.network.s3_prefix_list_id)
    put_rollback_alarms(environment, place)
    create_service_linked_roles(place)
    create_topics(environment, place)
    if neighbours == CDK:
        _furnish_as_cdk(cloudformation, place, environment)
    else:
        _furnish_with_exports(cloudformation, place, environment)


def _furnish_with_exports(
    cloudformation: CloudFormation, place: Place, environment: Environment
) -> None:
    other = tuple(list_not_exported(environment))
    if other:
        raise UsageError(
            f"the sandbox cannot set up the other stacks of {environment.name}",
            "its own export everything, each value once, and settings take some from elsewhere",
            details=other,
            hint=f"Stacks without exports: bidops-cfn sandbox --env {environment.name} "
            "--neighbours cdk",
        )
    stem = f"bidopsai-{environment.name}"
    exported = cloudformation.at(place).stacks.exports().keys()
    if not _wanted_exports(environment, Producer.NETWORK) <= exported:
        network = _deploy(cloudformation, place, f"{stem}-network", network_stack(environment))
        start_database(place, network, network)
    if not _wanted_exports(environment, Producer.STORAGE) <= exported:
        owns_repositories = not has_repositories(place)
        storage = storage_stack(environment, owns_repositories=owns_repositories)
        _deploy(cloudformation, place, f"{stem}-storage", storage)
        if owns_repositories:
            push_images(place)
    if not _wanted_exports(environment, Producer.SECURITY) <= exported:
        _deploy_secrets(cloudformation, place, environment, f"{stem}-security", export)


def _wanted_exports(environment: Environment, stack: Producer) -> set[str]:
    """Return the export names that settings want of a stack."""
    return {
        one.name
        for value in environment.contract_values
        for one in environment.references(value)
        if value.stack is stack and isinstance(one, Export)
    }


def _furnish_as_cdk(cloudformation: CloudFormation, place: Place, environment: Environment) -> None:
    stacks = cloudformation.at(place).stacks
    if stacks.find("NetworkStack") is not None:
        _share_secrets(environment, stacks.get("SecurityStack"))
        return
    text = cdk_stacks.network_stack(environment)
    network = _deploy(cloudformation, place, "NetworkStack", text)
    text = cdk_stacks.database_stack(environment)
    database = _deploy(cloudformation, place, "DatabaseStack", text)
    start_database(place, network, database)
    ids = (network[name].made.physical_id for name in ("PublicA", "PrivateAgentRoutes"))
    cdk_stacks.open_agent_subnets(place, *ids)
    text = storage_stack(environment, owns_repositories=True, give=plain_export)
    _deploy(cloudformation, place, "StorageStack", text)
    push_images(place)
    _deploy_secrets(cloudformation, place, environment, "SecurityStack", output)


def _share_secrets(environment: Environment, security: Stack) -> None:
    """Raise UsageError unless a SecurityStack that stands has every secret of the settings."""
    known = {one["OutputKey"] for one in security.outputs}
    wanted = {one.output for one in environment.contract_values if one.stack is Producer.SECURITY}
    if lacking := sorted(wanted - known):
        raise UsageError(
            f"the sandbox cannot set up SecurityStack for {environment.name}",
            f"another environment of the account has it, without {', '.join(lacking)}",
            hint=APART,
        )


def _deploy_secrets(
    cloudformation: CloudFormation, place: Place, environment: Environment, name: str, give: Give
) -> None:
    text = security_stack(environment, create_secrets(environment, place), give)
    made = _deploy(cloudformation, place, name, text)
    has_key = environment.security.secrets_key_output is not None
    key = made[SECRETS_KEY].made.physical_id if has_key else AWS_MANAGED_KEY
    put_parameters(environment, place, key)


def start_database(
    place: Place, network: Mapping[str, Resource], database: Mapping[str, Resource]
) -> None:
    """Put a database's network interface into the network's room for it, with its own group."""
    subnet = network["PrivateDataA"].made.physical_id
    groups = [database["DatabaseGroup"].made.physical_id]
    attach(backend_of(place, "ec2"), subnet, groups, "RDSNetworkInterface")


def deploy_environment(
    cloudformation: CloudFormation, environment: Environment, template: str
) -> None:
    """Deploy the stack of ``environment`` as well, with the first image of each repository."""
    request = {
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Tags": [{"Key": key, "Value": value} for key, value in environment.tags.items()],
        "Parameters": [
            {"ParameterKey": f"{one.title}Image", "ParameterValue": f":{SANDBOX_IMAGE_TAG}"}
            for one in SERVICES
        ],
    }
    place = Place(environment.account_id, environment.region)
    _deploy(cloudformation, place, environment.stack_name, template, **request)


def _deploy(
    cloudformation: CloudFormation, place: Place, name: str, template: str, **request: Any
) -> Mapping[str, Resource]:
    what = f"the sandbox cannot set up {name}"
    request |= {"StackName": name, "TemplateBody": template}
    try:
        cloudformation.act(place, "CreateStack", request)
    except AwsError as error:
        raise UsageError(what, error.message, hint=APART) from error
    made = cloudformation.at(place).stacks.get(name)
    if made.status != "CREATE_COMPLETE":
        failed = (one for one in made.events[::-1] if one["ResourceStatus"].endswith("_FAILED"))
        raise UsageError(what, next((one["ResourceStatusReason"] for one in failed), made.status))
    return made.resources
