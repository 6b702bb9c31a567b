"""``deploy``: preflight, change set, table, consent, execution, verdict."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.operation import ended, output, output_option, runtime, target, variables
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result


@click.command()
@env_option(required=True, text="Deploy this environment.")
@click.option(
    "--image",
    "images",
    multiple=True,
    metavar="SERVICE=TAG|DIGEST",
    help="Image of a service; repeatable. On update, a service without one keeps its image.",
)
@click.option("-y", "--yes", is_flag=True, help="Execute without asking.")
@click.option("--no-execute", is_flag=True, help="Make and show the change set, and keep it.")
@click.option("--sandbox", is_flag=True, help="Deploy to a local AWS, started for this command.")
@output_option()
@pass_project
def command(
    project: Project,
    name: str,
    images: tuple[str, ...],
    *,
    yes: bool,
    no_execute: bool,
    sandbox: bool,
    form: str,
) -> int:
    """Create or update an environment's stack, by a change set that you see first.

    \b
    Examples:
      bidops-cfn deploy --env dev --sandbox --yes
      bidops-cfn deploy --env test --image bff=1.4.2 --image agentcore=1.4.2
      bidops-cfn deploy --env prod --image bff=sha256:... --output json
    """
    shown = output(form)

    def action() -> Result:
        from bidops_cfn import params
        from bidops_cfn.deploy.deployment import Options, deploy
        from bidops_cfn.deploy.images import parse
        from bidops_cfn.model import SERVICES

        given = parse(images, SERVICES)
        environment = params.load(project.params, name)
        with ExitStack() as stack:
            if sandbox:
                from bidops_cfn.cli.local import started

                local = stack.enter_context(started(shown, environment))
                stack.enter_context(variables(local.variables(environment)))
                given = {**local.images(environment), **given}
            surroundings = stack.enter_context(runtime(shown, environment))
            return deploy(
                surroundings,
                target(project, environment, given),
                Options(
                    yes=yes,
                    execute=not no_execute,
                    minutes=environment.deploy.timeout_minutes,
                ),
            )

    return ended(shown, name, action)
