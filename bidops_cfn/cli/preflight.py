"""``preflight``: the checks of a deployment, without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.completion import complete_image
from bidops_cfn.cli.operation import operate, output_option
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@env_option(required=True, text="Check whether this environment can be deployed.")
@click.option(
    "--image",
    "images",
    multiple=True,
    metavar="SERVICE=TAG|DIGEST",
    shell_complete=complete_image,
    help="Image of a service; repeatable. A service without one keeps its image.",
)
@output_option()
@pass_project
def command(project: Project, name: str, images: tuple[str, ...], form: str) -> int:
    """Run every check that a deployment begins with; change nothing.

    \b
    Examples:
      bidops-cfn preflight --env prod
      bidops-cfn preflight --env prod --image bff=1.4.2
    """

    def given() -> Mapping[str, str]:
        from bidops_cfn.deploy.images import parse
        from bidops_cfn.model import SERVICES

        return parse(images, SERVICES)

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.preflight.survey import ready_to_deploy

        return ready_to_deploy(runtime, target)

    return operate(project, name, form, action, images=given)
