"""``deploy``, for one account or several, and ``stackset``, for many."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.access import chosen_access
from bidops_cfn.cli.completion import complete_guarded_id
from bidops_cfn.cli.images import Images, images_options
from bidops_cfn.cli.local import farewell, require_known
from bidops_cfn.cli.operation import Operation, limit
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import GivenImages, Target


@click.command()
@options.environments("Deploy this environment.")
@images_options
@options.yes
@click.option("--no-execute", is_flag=True, hidden=True)
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Execute exactly the change set of this plan.",
)
@click.option(
    "--queue", "--wait", "wait", is_flag=True, help="Wait for an operation that runs, then deploy."
)
@click.option("--recreate", is_flag=True, help="Delete what a failed creation left, then create.")
@click.option(
    "--allow-replacement",
    "allowed",
    multiple=True,
    metavar="LOGICAL_ID",
    shell_complete=complete_guarded_id,
    help="Let this service, cluster, target group or namespace be replaced or removed; repeatable.",
)
@options.bucket
@options.sandbox("Deploy to a local AWS, started for this command.")
@options.rehearse
@options.timeout
@options.output()
@options.pass_project
def deploy_command(
    project: Project,
    names: tuple[str, ...],
    *,
    every: bool,
    images: Images,
    plan_file: Path | None,
    allowed: tuple[str, ...],
    bucket: str | None,
    minutes: float | None,
    form: str,
    yes: bool,
    no_execute: bool,
    wait: bool,
    recreate: bool,
    sandbox: bool,
    rehearsed: str | None,
) -> int:
    """Create or update an environment's stack, by a change set that you see first.

    Several environments are deployed side by side, after one question that names them all. The
    exit code is then the worst of theirs. Ctrl-C leaves what runs.

    \b
    Examples:
      bidops-cfn deploy --env dev --sandbox --yes
      bidops-cfn deploy --env dev --sandbox --yes --image bff=1.4.2
      bidops-cfn deploy --env dev --sandbox --yes --rehearse crash:bff
      bidops-cfn deploy --env test --image bff=1.4.2 --image agentcore=1.4.2
      bidops-cfn deploy --env prod --images-from test --images-profile test
      bidops-cfn deploy --env prod --plan plan.json
      bidops-cfn deploy --env prod --yes --output json > deploy.jsonl
      bidops-cfn deploy --env dev --env test --profile dev=me --profile test=me2
    """
    chosen = options.choose_environments(project, names, every=every)
    name = chosen[0]
    access = chosen_access().of(name, chosen)
    if plan_file is not None:
        options.require_one(chosen, f"--plan {plan_file}", "a plan is of one environment")
    if no_execute:
        click.echo(
            "Note: --no-execute will be removed; this keeps a change set, and writes a plan of it:"
            f" bidops-cfn plan --env {name} --out plan.json",
            err=True,
        )

    def given() -> GivenImages:
        from bidops_cfn.deploy.plan import read_plan
        from bidops_cfn.deploy.target import GivenImages

        if no_execute and recreate:
            raise UsageError(
                "--no-execute and --recreate exclude each other",
                "what a failed creation left would be deleted, and nothing created",
                hint=f"bidops-cfn deploy --env {name} --recreate",
            )
        if plan_file is None:
            return images.given(sandbox=sandbox)
        if images.typed or images.source or no_execute or wait or recreate or sandbox:
            raise UsageError(
                "--plan goes alone",
                "a plan holds its images, and its change set is executed as it is",
                hint=shlex.join(
                    ["bidops-cfn", "deploy", "--env", name, *access.words, "--plan", str(plan_file)]
                ),
            )
        return GivenImages(read_plan(plan_file).images)

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.deploy import deploy
        from bidops_cfn.deploy.execution import Options, Purpose
        from bidops_cfn.deploy.plan import execute_plan, read_plan

        how = Options(
            purpose=Purpose.KEEP if no_execute else Purpose.EXECUTE,
            yes=yes,
            wait=wait,
            recreate=recreate,
            allowed=frozenset(allowed),
            minutes=minutes or target.environment.deploy.timeout_minutes,
        )
        if plan_file is not None:
            return execute_plan(runtime, target, read_plan(plan_file), how)
        result = deploy(runtime, images.take(project, runtime, target), how)
        if sandbox and result.outcome == "deployed":
            return farewell(result)
        return result

    require_rehearsable(rehearsed, name, sandbox=sandbox)
    return Operation(project, chosen, form, given, bucket, sandbox, rehearsed).run(action)


def require_rehearsable(rehearsed: str | None, name: str, *, sandbox: bool) -> None:
    """Raise ``UsageError`` for a failure that is none, or outside of the sandbox."""
    if rehearsed is not None and not sandbox:
        raise UsageError(
            "--rehearse needs --sandbox",
            "nothing goes wrong on purpose in an account",
            hint=f"bidops-cfn deploy --env {name} --sandbox --rehearse {rehearsed}",
        )
    require_known(rehearsed)


@click.command()
@options.env("Hand over the template of this environment.", required=True)
@options.image
@options.sandbox("Refused: a local AWS is one account.")
@options.timeout
@options.yes
@options.output()
@options.pass_project
def stackset_command(
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

    from bidops_cfn.deploy.stack_set import deploy_stack_set

    return Operation(project, [name], form, Images(images).given).run(
        lambda runtime, target: deploy_stack_set(runtime, target, limit(target, minutes), yes=yes)
    )
