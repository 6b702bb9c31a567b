"""``policy``: the IAM policy of a role that deploys an environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.committed import read_template, save
from bidops_cfn.cli.completion import complete_role
from bidops_cfn.cli.output_file import show
from bidops_cfn.cli.terminal import fold
from bidops_cfn.errors import UsageError
from bidops_cfn.printable import one_line
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.permissions.place import Place
    from bidops_cfn.permissions.role import Role

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"


class RoleName(click.ParamType):  # type: ignore[type-arg] # generic since click 8.3 only
    """The word of a role; a wrong one is answered with the nearest."""

    name = "role"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Role:
        """Return the role that ``value`` names; raises ``UsageError`` with all and the nearest."""
        from difflib import get_close_matches

        from bidops_cfn.permissions.role import Role

        try:
            return Role(value)
        except ValueError as error:
            environment = (ctx.params.get("name") if ctx else None) or "ENV"
            near = get_close_matches(value.lower(), list(Role), n=1)
            hint = f"bidops-cfn policy --env {environment} --role {near[0] if near else 'ROLE'}"
            raise UsageError(
                f'unknown role "{value}"',
                f"roles are {', '.join(Role)}",
                hint=f"Did you mean: {hint}" if near else f"Name one: {hint}",
                details=[f"{one}: {one.summary}" for one in Role],
            ) from error

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return the roles, for a command line that names none."""
        from bidops_cfn.permissions.role import Role

        return f"Choose from: {', '.join(Role)}"


@click.command()
@options.env("The environment whose account, region and stack bound the policy.", required=True)
@click.option(
    "--role",
    type=RoleName(),
    metavar="ROLE",
    required=True,
    help="reader, planner, deployer or cloudformation.",
    shell_complete=complete_role,
)
@click.option(
    "--s3-bucket",
    "bucket",
    metavar="NAME",
    help="With --role deployer: the bucket of deploy --s3-bucket.",
)
@click.option(
    "--part",
    type=click.IntRange(min=1),
    metavar="N",
    help="Only the Nth of the managed policies that a large one takes.",
)
@options.file("Write to FILE instead of stdout.")
@options.renamed("--output-file", "--out", "file", click.Path(path_type=Path))
@options.pass_project
def policy_command(
    project: Project,
    name: str,
    role: Role,
    *,
    bucket: str | None,
    part: int | None,
    file: Path | None,
) -> None:
    """Print the IAM policy of a role, narrowed to an environment's account, region and stack.

    \b
    Roles:
      reader          looks, and changes nothing: preflight, status, watch
      planner         plan: makes change sets and executes none; for pull requests
      deployer        types the commands: a person or a pipeline
      cloudformation  is assumed by CloudFormation: deploy.role_arn in settings

    \b
    Examples:
      bidops-cfn policy --env prod --role deployer > deployer.json
      bidops-cfn policy --env prod --role cloudformation --out service-role.json
      bidops-cfn policy --env prod --role cloudformation --part 1
    """
    from bidops_cfn.permissions.policy import format_document
    from bidops_cfn.permissions.role import build_policy

    check_bucket(bucket, role, name)
    found = build_policy(role, read_place(project, name), bucket)
    printed = format_document(found.part(part))
    if file is None:
        show(printed)
    else:
        save(file, printed)
    for note in found.notes:
        click.echo(fold(one_line(f"Note: {note}")), err=True)


def check_bucket(bucket: str | None, role: Role, environment: str) -> None:
    """Raise ``UsageError`` for a bucket that the role does not use, or that no bucket can be."""
    import re

    if bucket is None:
        return
    if role != "deployer":
        raise UsageError(
            "--s3-bucket goes with --role deployer",
            f"the role {role} reaches no bucket",
            hint=f"Leave it out: bidops-cfn policy --env {environment} --role {role}",
        )
    if not re.fullmatch(BUCKET, bucket):
        raise UsageError(
            f'"{bucket}" is no name of a bucket',
            "3 to 63 small letters, digits, dots and hyphens; a wildcard would widen the policy",
            hint="Name the bucket that deploy --s3-bucket gets, without s3://.",
        )


def read_place(project: Project, name: str) -> Place:
    """Return the environment with its committed template: what is deployed is what is reviewed."""
    from bidops_cfn.permissions import place as places
    from bidops_cfn.settings import load

    environment = load.load(project.params, name)
    path = project.template(name)
    return places.read_place(environment, read_template(path, name), project.shown(path))
