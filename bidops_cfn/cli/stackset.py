"""``stackset``: the reviewed template for many accounts, by CloudFormation StackSets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.deploy_options import (
    ImagesFrom,
    given_images,
    image_option,
    output_option,
    sandbox_option,
    timeout_option,
    yes_option,
)
from bidops_cfn.cli.operation import operate
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@env_option(required=True, text="Hand over the template of this environment.")
@image_option()
@sandbox_option("Refused: a local AWS is one account.")
@timeout_option()
@yes_option()
@output_option()
@pass_project
def command(
    project: Project,
    *,
    name: str,
    images: tuple[str, ...],
    sandbox: bool,
    minutes: float | None,
    yes: bool,
    form: str,
) -> int:
    """Give every account of organizational units a stack of the reviewed template.

    [stackset] of the settings says which units, from which account, and how many may fail. Every
    image is named each time. Leaving (Ctrl-C, the time limit) never touches what goes on.

    \b
    Examples:
      bidops-cfn stackset --env prod --image bff=1.4.2 --image agentcore=1.4.2
      bidops-cfn stackset --env prod --image bff=1.4.2 --yes --output json
    """
    if sandbox:
        raise UsageError(
            "the sandbox has no stack sets",
            "it is one account, and a stack set is for many",
            hint=f"Try the stack itself there: bidops-cfn deploy --env {name} --sandbox",
        )

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.stack_set import deploy_stack_set

        limit = minutes or target.environment.deploy.timeout_minutes
        return deploy_stack_set(runtime, target, limit, yes=yes)

    return operate(
        project,
        name,
        form,
        action,
        images=lambda: given_images(images, ImagesFrom(None), sandbox=False),
    )
