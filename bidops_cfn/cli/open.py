"""``open``: where the AWS console shows an environment's stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.deploy_options import output_option, service_option
from bidops_cfn.cli.operation import operate
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@click.argument("what", type=click.Choice(["stack", "service", "logs", "alarms"]), default="stack")
@env_option(required=True, text="Show where this environment's stack is.")
@service_option("Show this service, or its logs, alone.")
@click.option("--browser", is_flag=True, help="Open each address in a browser, too.")
@output_option("Lines of text, or one JSON object per line, on stdout.")
@pass_project
def command(
    project: Project, *, what: str, name: str, service: str | None, browser: bool, form: str
) -> int:
    """Print where the AWS console shows the stack, its services, their logs, or its alarms.

    \b
    Examples:
      bidops-cfn open --env prod
      bidops-cfn open logs --env prod --service bff --browser
      bidops-cfn open alarms --env prod --output json
    """
    if service and what not in ("service", "logs"):
        raise click.UsageError(f"--service goes with service and logs, not with {what}.")

    def action(runtime: Runtime, target: Target) -> Result:
        import webbrowser

        from bidops_cfn.deploy.links import show_links

        visit = webbrowser.open if browser else None
        return show_links(runtime, target, what, service or "", visit)

    return operate(project, name, form, action, reading=True)
