"""``preflight`` and ``plan``: what a deployment would do, without one."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.access import chosen_access
from bidops_cfn.cli.images import Images, images_options
from bidops_cfn.cli.operation import Operation
from bidops_cfn.cli.output_file import check_folder, write
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.plan import Plan
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target

CHANGES = 10  # the exit code of --detailed-exitcode


@click.command()
@options.env("Check whether this environment can be deployed.", required=True)
@images_options
@options.sandbox("Look at a local AWS, started for this command.")
@options.output()
@options.pass_project
def preflight_command(
    project: Project,
    name: str,
    images: Images,
    form: str,
    *,
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

        return ready_to_deploy(runtime, images.take(project, runtime, target))

    given = partial(images.given, sandbox=sandbox)
    return Operation(project, [name], form, given, sandbox=sandbox).run(action)


@click.command()
@options.environments("Plan a deployment of this environment.")
@images_options
@options.file("Keep the change set, and write a plan that deploy --plan executes.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 10 when there are changes.")
@click.option(
    "--drift",
    is_flag=True,
    help="Compare with what is live as well as with what was deployed, and revert what drifted.",
)
@options.bucket
@options.sandbox("Plan against a local AWS, started for this command.")
@options.output()
@options.pass_project
def plan_command(
    project: Project,
    names: tuple[str, ...],
    *,
    every: bool,
    images: Images,
    file: Path | None,
    bucket: str | None,
    form: str,
    detailed_exitcode: bool,
    drift: bool,
    sandbox: bool,
) -> int:
    """Show what a deployment would change; execute nothing.

    Several environments are planned side by side, for the worst exit code. With --drift the change
    set brings back what was changed outside CloudFormation; the desired count of a service is
    scaling's own and stays.

    \b
    Examples:
      bidops-cfn plan --env test --image bff=1.4.2
      bidops-cfn plan --env prod --image bff=1.4.2 --out plan.json
      bidops-cfn plan --env prod --images-from test --images-profile test
      bidops-cfn plan --env dev --sandbox
      bidops-cfn plan --env prod --detailed-exitcode    10 when there are changes
      bidops-cfn plan --env dev --env test
      bidops-cfn plan --env prod --drift --out plan.json
    """
    chosen = options.choose_environments(project, names, every=every)
    name = chosen[0]
    if file is not None:
        options.require_one(chosen, f"--out {file}", "a plan is of one environment")
        if sandbox:
            raise UsageError(
                "--out and --sandbox exclude each other",
                "the local AWS ends with this command, and the change set of the plan with it",
                hint=f"Keep one running, and plan there: bidops-cfn sandbox --env {name}",
            )
        check_folder(file)

    def take(plan: Plan) -> str:
        from bidops_cfn.deploy.plan import format_plan

        if file is not None:
            write(file, format_plan(plan))
        words = ["deploy", "--env", name, *chosen_access().of(name).words, "--plan", str(file)]
        return f"Execute it: bidops-cfn {shlex.join(words)}"

    def action(runtime: Runtime, target: Target) -> Result:
        from dataclasses import replace

        from bidops_cfn.deploy.deploy import deploy
        from bidops_cfn.deploy.execution import Options, Purpose

        purpose = Purpose.SHOW if file is None else Purpose.KEEP
        target = images.take(project, runtime, target)
        how = Options(purpose=purpose, take=take, revert_drift=drift)
        result = deploy(runtime, target, how)
        if detailed_exitcode and result.outcome == "planned":
            return replace(result, exit_code=CHANGES)
        return result

    given = partial(images.given, sandbox=sandbox)
    return Operation(project, chosen, form, given, bucket, sandbox).run(action)
