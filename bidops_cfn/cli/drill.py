"""``drill``: what a service makes of a loss, tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.deploy_options import output_option, yes_option
from bidops_cfn.cli.operation import operate
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.project import Project
from bidops_cfn.settings.services import SERVICES

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@click.argument("what", type=click.Choice(["task-loss"]), expose_value=False)
@env_option(required=True, text="Drill a service of this environment's stack.")
@click.option(
    "--service",
    type=click.Choice([one.name for one in SERVICES]),
    default=SERVICES[0].name,
    show_default=True,
    help="The service that loses a task.",
)
@click.option(
    "--zone", is_flag=True, help="Start the AWS FIS experiment of drill.fis_template instead."
)
@click.option(
    "--timeout",
    "minutes",
    type=click.FloatRange(min=0, min_open=True),
    metavar="MINUTES",
    default=5.0,
    show_default=True,
    help="How long to measure at most.",
)
@yes_option()
@output_option("Lines of text, or one JSON object per line, on stdout.")
@pass_project
def command(
    project: Project,
    *,
    name: str,
    service: str,
    zone: bool,
    minutes: float,
    yes: bool,
    form: str,
) -> int:
    """Stop one task of a service, and measure how soon and how well it is replaced.

    SC-002, SC-003, SC-005 and SC-011, as far as the service has a load balancer and is found by
    name. Production wants its name typed; --yes does not do. Ctrl-C leaves the rest to ECS, and
    stops an experiment. Exits 1 when a figure fails.

    \b
    Examples:
      bidops-cfn drill task-loss --env test
      bidops-cfn drill task-loss --env test --service agentcore --yes
      bidops-cfn drill task-loss --env test --zone --timeout 20
    """

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.verify.drill import drill_task_loss

        return drill_task_loss(runtime, target, service, minutes, zone=zone, yes=yes)

    return operate(project, name, form, action, reading=True)
