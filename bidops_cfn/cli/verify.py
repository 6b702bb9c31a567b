"""Commands that try the specification on what runs: ``verify`` and ``drill``."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.operation import Action, Operation, operates
from bidops_cfn.project import Project


@click.command()
@options.environments("Verify this environment's stack.")
@options.since(
    "24h",
    "Measure what happened from so long ago (90m, 2d), or from this time (2026-03-01T23:30Z).",
)
@options.form(
    ("text", "json", "junit", "markdown"), "For people, for programs, or as a document, on stdout."
)
@options.pass_project
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
    chosen = options.choose_environments(project, names, every=every)
    if form not in ("text", "json"):
        options.require_one(chosen, f"--output {form}", "a document is about one environment")

    from bidops_cfn.verify.survey import verify

    return Operation(project, chosen, form, reading=True).run(
        lambda runtime, target: verify(runtime, target, since)
    )


@click.command()
@click.argument("what", type=click.Choice(["task-loss"]), expose_value=False)
@options.env("Drill a service of this environment's stack.", required=True)
@options.service("The service that loses a task.", first=True)
@click.option(
    "--zone", is_flag=True, help="Start the AWS FIS experiment of drill.fis_template instead."
)
@click.option(
    "--timeout",
    "minutes",
    type=options.Number(min=0, min_open=True),
    metavar="MINUTES",
    default=5.0,
    show_default=True,
    help="How long to measure at most.",
)
@options.yes
@operates(reading=True)
def drill_command(service: str, minutes: float, *, zone: bool, yes: bool) -> Action:
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
    from bidops_cfn.verify.drill import drill_task_loss

    return lambda runtime, target: drill_task_loss(
        runtime, target, service, minutes, zone=zone, yes=yes
    )
