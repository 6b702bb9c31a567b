"""What an environment finds in its account: credentials, the other stacks, and their contents."""

from __future__ import annotations

from bidops_cfn.errors import UsageError
from bidops_cfn.model import Environment
from bidops_cfn.sandbox.cloudformation.api import CloudFormation
from bidops_cfn.sandbox.cloudformation.errors import CloudFormationError
from bidops_cfn.sandbox.contents import (
    has_repositories,
    name_prefix_list,
    push_images,
    put_rollback_alarms,
    put_secrets,
)
from bidops_cfn.sandbox.credentials import open_account
from bidops_cfn.sandbox.network_stack import network_stack
from bidops_cfn.sandbox.place import Place
from bidops_cfn.sandbox.security_stack import security_stack
from bidops_cfn.sandbox.storage_stack import storage_stack


def furnish(cloudformation: CloudFormation, place: Place, environment: Environment) -> None:
    """Open the account of ``environment`` and deploy the other stacks into it.

    Raise UsageError when they cannot stand beside those of another environment.
    """
    open_account(place)
    name_prefix_list(place, environment.s3_prefix_list_id)
    put_rollback_alarms(environment, place)
    owns_repositories = not has_repositories(place)
    secret_arns = put_secrets(environment, place)
    for title, template in (
        ("network", network_stack(environment)),
        ("storage", storage_stack(environment, owns_repositories=owns_repositories)),
        ("security", security_stack(environment, secret_arns)),
    ):
        _deploy(cloudformation, place, f"bidopsai-{environment.name}-{title}", template)
    if owns_repositories:
        push_images(place)


def _deploy(cloudformation: CloudFormation, place: Place, name: str, template: str) -> None:
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
