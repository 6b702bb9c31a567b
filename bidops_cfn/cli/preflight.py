"""``preflight``: the checks of a deployment, without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.deploy_options import (
    ImagesFrom,
    given_images,
    image_option,
    images_from_option,
    output_option,
    sandbox_option,
)
from bidops_cfn.cli.operation import operate
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@env_option(required=True, text="Check whether this environment can be deployed.")
@image_option()
@images_from_option()
@sandbox_option("Look at a local AWS, started for this command.")
@output_option()
@pass_project
def command(
    project: Project,
    name: str,
    images: tuple[str, ...],
    form: str,
    *,
    origin: ImagesFrom,
    sandbox: bool,
) -> int:
    """Run every check that a deployment begins with; change nothing.

    \b
    Examples:
      bidops-cfn preflight --env prod
      bidops-cfn preflight --env prod --image bff=1.4.2
      bidops-cfn preflight --env prod --images-from test --images-profile test
      bidops-cfn preflight --env dev --sandbox
    """

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.preflight.survey import ready_to_deploy

        return ready_to_deploy(runtime, origin.take(project, runtime, target))

    return operate(
        project,
        name,
        form,
        action,
        images=lambda: given_images(images, origin, sandbox=sandbox),
        sandbox=sandbox,
    )
