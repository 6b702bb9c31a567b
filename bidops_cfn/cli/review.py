"""``review``: the committed review files, one HTML page, or inputs for AWS's own provers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.committed import checked, refuse_stale, save_all, subjects
from bidops_cfn.cli.completion import complete_against
from bidops_cfn.cli.output_file import check_folder
from bidops_cfn.cli.terminal import told_after_a_while
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project


@click.command()
@options.env("Write this environment's iam.tsv, network.tsv, settings.tsv and REVIEW.md.")
@click.option("--all", "everything", is_flag=True, help="Write every review file of the project.")
@click.option("--check", is_flag=True, help="Write nothing, exit 1 with a diff if one is stale.")
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write one self-contained page about every environment, or about --env.",
)
@click.option(
    "--against",
    metavar="deployed|ENV|REV",
    shell_complete=complete_against,
    help="With --html: open on what changed since a revision, or beside what else diff takes.",
)
@click.option(
    "--aws-proofs",
    "proofs",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="With --env: write inputs for AWS's own provers, to run after a deployment.",
)
@options.pass_project
def review_command(
    project: Project,
    name: str | None,
    *,
    everything: bool,
    check: bool,
    page: Path | None,
    against: str | None,
    proofs: Path | None,
) -> None:
    """Write what a security team reads beside each committed template.

    The review is of templates/ENV/compute.json as it is committed: render first.

    \b
    Examples:
      bidops-cfn review --all                     write every review file
      bidops-cfn review --all --check             fail with a diff if one is stale
      bidops-cfn review --html review.html        one page, opens from disk
      bidops-cfn review --html review.html --against main
      bidops-cfn review --env prod --aws-proofs proofs/
    """
    if everything and name is not None:
        raise UsageError("two things to review", "give --env ENV or --all")
    chosen = everything or name is not None or page is not None
    options.require_choice(project, "review", chosen, "--env ENV, --all or --html FILE")
    if proofs is not None and name is None:
        raise UsageError("--aws-proofs goes with --env", "the inputs are about one account")
    if against is not None and page is None:
        raise UsageError("--against goes with --html", "diff shows the difference alone")
    if check and (page is not None or proofs is not None):
        raise UsageError("--check goes alone", "it compares the committed review files")
    for place in filter(None, (page, proofs)):
        check_folder(place)
    if page is not None:
        with told_after_a_while("Reading templates and asking the house rules ..."):
            text = html(project, name, against)
        save_all({page: text})
    if proofs is not None:
        from bidops_cfn.review.account import proof_files

        (subject,) = subjects(project, (name or "",))
        save_all({proofs / file: text for file, text in proof_files(subject).items()})
    if page is None and proofs is None:
        write_all(project, name, check=check)


def write_all(project: Project, name: str | None = None, *, check: bool) -> None:
    """Write the review files of one environment, or of the whole project, or compare them.

    Raises ``CheckFailed`` where one differs, or no command writes it.
    """
    with told_after_a_while("Reading templates and asking the house rules ..."):
        files = review_files(project, name)
    if not check:
        save_all(files, project)
        return
    refuse_stale(
        project,
        files,
        "review files are not what the templates say",
        "Write them and read what changed: bidops-cfn review --all && git diff templates",
        everything=name is None,
    )
    click.echo(f"{len(files)} review files are up to date.", err=True)


def review_files(project: Project, name: str | None) -> Mapping[Path, str]:
    """Return the review files of one environment, or of the whole project, with their text."""
    from bidops_cfn.review import committed

    found = subjects(project, (name,) if name else project.environments)
    files = [file for one in found for file in committed.environment_files(one)]
    if name is None:
        files += committed.repository_files(found, checked(project, found))
    return {project.templates / file: text for file, text in files}


def html(project: Project, name: str | None, against: str | None = None) -> str:
    """Return the page about one environment, or about all, with what changed ``against``."""
    from bidops_cfn.cli.versions import of_environment
    from bidops_cfn.review.difference.compared import compare
    from bidops_cfn.review.page import html_page

    found = subjects(project, (name,) if name else project.environments)
    changes = {
        one.name: compare(*of_environment(project, one.name, against))
        for one in found
        if against is not None and (name or one.name != against)
    }
    return html_page(found, checked(project, found), changes)
