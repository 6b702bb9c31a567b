"""Commands that try the specification on what runs: ``verify`` and ``drill``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.operation import Operation
from bidops_cfn.cli.options import (
    FACTS,
    choose_environments,
    env_option,
    environments_option,
    form_option,
    output_option,
    pass_project,
    require_one,
    service_option,
    since_option,
    yes_option,
)
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@environments_option("Verify this environment's stack.")
@since_option(
    "24h",
    "Measure what happened from so long ago (90m, 2d), or from this time (2026-03-01T23:30Z).",
)
@form_option(
    ("text", "json", "junit", "markdown"), "For people, for programs, or as a document, on stdout."
)
@pass_project
def verify_command(
    project: Project,
    *,
    names: tuple[str, ...],
    every: bool,
    since: timedelta | datetime,
    form: str,
) -> int:
    """Compare the running stack with the specification, row by row; change nothing.

    There is a row for each requirement, scenario and assumption of the proofs. It holds, fails, or
    is not observed, and says why; nothing holds without an answer of AWS. Exits 1 when a row fails,
    7 when AWS does not tell.

    \b
    Examples:
      bidops-cfn verify --env prod
      bidops-cfn verify --env dev --env test --profile dev=me --profile test=me2
      bidops-cfn verify --env prod --since 7d | grep -v ^holds
      bidops-cfn verify --env prod --output junit > verify.xml
      bidops-cfn verify --env prod --output json | jq 'select(.outcome=="fails")'
    """
    chosen = choose_environments(project, names, every=every)
    if form not in ("text", "json"):
        require_one(chosen, f"--output {form}", "a document is about one environment")

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.verify.survey import verify

        return verify(runtime, target, since)

    return Operation(project, chosen, form, action, reading=True).run()


@click.command()
@click.argument("what", type=click.Choice(["task-loss"]), expose_value=False)
@env_option("Drill a service of this environment's stack.", required=True)
@service_option("The service that loses a task.", first=True)
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
@yes_option
@output_option(FACTS)
@pass_project
def drill_command(
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

    return Operation(project, [name], form, action, reading=True).run()
