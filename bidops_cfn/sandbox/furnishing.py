"""What an environment finds in its account: credentials, the other stacks, and their contents."""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.errors import UsageError
from bidops_cfn.model import Environment
from bidops_cfn.sandbox.cloudformation.api import CloudFormation
from bidops_cfn.sandbox.cloudformation.errors import CloudFormationError
from bidops_cfn.sandbox.cloudformation.stack import Resource
from bidops_cfn.sandbox.contents import (
    create_secrets,
    has_repositories,
    name_prefix_list,
    push_images,
    put_parameters,
    put_rollback_alarms,
)
from bidops_cfn.sandbox.credentials import open_account
from bidops_cfn.sandbox.interfaces import attach
from bidops_cfn.sandbox.network_stack import network_stack
from bidops_cfn.sandbox.place import Place
from bidops_cfn.sandbox.security_stack import SECRETS_KEY, security_stack
from bidops_cfn.sandbox.service_linked_roles import create_service_linked_roles
from bidops_cfn.sandbox.storage_stack import storage_stack
from bidops_cfn.sandbox.topics import create_topics

AWS_MANAGED_KEY = "alias/aws/ssm"


def furnish(cloudformation: CloudFormation, place: Place, environment: Environment) -> None:
    """Open the account of ``environment`` and deploy the other stacks into it.

    Raise UsageError when they cannot stand beside those of another environment.
    """
    open_account(place)
    name_prefix_list(place, environment.s3_prefix_list_id)
    put_rollback_alarms(environment, place)
    owns_repositories = not has_repositories(place)
    secret_arns = create_secrets(environment, place)
    create_service_linked_roles(place)
    create_topics(environment, place)
    stem = f"bidopsai-{environment.name}"
    network = _deploy(cloudformation, place, f"{stem}-network", network_stack(environment))
    start_database(place, network)
    storage = storage_stack(environment, owns_repositories=owns_repositories)
    _deploy(cloudformation, place, f"{stem}-storage", storage)
    security = security_stack(environment, secret_arns)
    made = _deploy(cloudformation, place, f"{stem}-security", security)
    has_key = environment.secrets_key_output is not None
    key_id = made[SECRETS_KEY].made.physical_id if has_key else AWS_MANAGED_KEY
    put_parameters(environment, place, key_id)
    if owns_repositories:
        push_images(place)


def start_database(place: Place, network: Mapping[str, Resource]) -> None:
    """Put the network interface of a database where NetworkStack has room for it."""
    subnet, group = (network[name].made.physical_id for name in ("PrivateDataA", "DatabaseGroup"))
    attach(place, subnet, [group], "RDSNetworkInterface")


def _deploy(
    cloudformation: CloudFormation, place: Place, name: str, template: str
) -> Mapping[str, Resource]:
    what = f"the sandbox cannot set up {name}"
    try:
        cloudformation.act(place, "CreateStack", {"StackName": name, "TemplateBody": template})
    except CloudFormationError as error:
        raise UsageError(
            what,
            error.message,
            hint="Environments that share an account and export names need a sandbox each:"
            " bidops-cfn sandbox --env ENV",
        ) from error
    made = cloudformation.at(place).stacks.get(name)
    if made.status != "CREATE_COMPLETE":
        failed = (event for event in made.events if event.status.endswith("_FAILED"))
        raise UsageError(what, next((e.reason for e in failed if e.reason), made.status))
    return made.resources
