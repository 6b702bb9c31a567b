"""``render``: an environment's template to stdout or a file, or all committed ones at once."""

from __future__ import annotations

from pathlib import Path

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.committed import refuse_stale, save, save_all
from bidops_cfn.cli.output_file import show
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project

FORMS = ("json", "yaml")


class FormOrFile(click.ParamType):  # type: ignore[type-arg] # generic since click 8.3 only
    """A form of the template; anything else is a file, which ``--output`` named once."""

    name = "form"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | Path:
        """Return the form, or the path, which has a slash or an ending."""
        is_path = "/" in value or "." in value
        if value not in FORMS and not is_path:
            self.fail(f"{value!r} is not one of 'json', 'yaml'; --out names a file", param, ctx)
        return Path(value) if is_path else value


@click.command()
@options.env("Render this environment's template.")
@click.option("--all", "everything", is_flag=True, help="Write every committed template.")
@click.option("--review", is_flag=True, help="With --all: the review files too.")
@click.option("--check", is_flag=True, help="With --all: write nothing, exit 1 if one is stale.")
@options.file("With --env: write to FILE instead of stdout.")
@click.option(
    "--output",
    type=FormOrFile(),
    metavar="[json|yaml]",
    default="json",
    show_default=True,
    help="With --env: the form of the template. JSON is what is committed and deployed.",
)
@click.option("--format", "old_form", type=click.Choice(FORMS), hidden=True)
@options.pass_project
def render_command(
    project: Project,
    name: str | None,
    *,
    everything: bool,
    review: bool,
    check: bool,
    file: Path | None,
    output: str | Path,
    old_form: str | None,
) -> None:
    """Write an environment's template, made from params/ENV.toml.

    \b
    Examples:
      bidops-cfn render --env test > out.json    one template, to a pipe or a file
      bidops-cfn render --env dev --output yaml  the same template, easier to read
      bidops-cfn render --all                    write templates/*/compute.json
      bidops-cfn render --all --review           write all that is committed
      bidops-cfn render --all --check            fail with a diff if one is stale
    """
    form = old_form or (output if isinstance(output, str) else "json")
    if old_form is not None:
        options.note_renaming("--format", "--output")
    if isinstance(output, Path):
        options.note_renaming("--output FILE", "--out FILE")
        file = output
    options.require_choice(project, "render", everything + (name is not None), "--env ENV or --all")
    if everything:
        if file is not None or form != "json":
            raise UsageError(
                "--out and --output go with --env",
                "--all writes templates/",
                hint="For one environment: bidops-cfn render --env ENV --out FILE",
            )
        write_all(project, check=check)
        if review:  # of templates that are there now; where one is stale, that was said alone
            from bidops_cfn.cli.review import write_all as write_reviews

            write_reviews(project, check=check)
        return
    if check or review:
        option = "--check" if check else "--review"
        raise UsageError(
            f"{option} goes with --all",
            "it is about the committed files of every environment",
            hint=f"For all environments: bidops-cfn render --all {option}",
        )
    text = rendered(project, name or "", form)
    if file is None:
        show(text)
    else:
        save(file, text)


def write_all(project: Project, *, check: bool) -> None:
    """Write every committed template and the schema, or compare them.

    Raises ``CheckFailed`` where one differs, or no command writes it.
    """
    from bidops_cfn.compute import template
    from bidops_cfn.settings import load
    from bidops_cfn.settings.services import SERVICES

    environments = load.load_all(project.params, project.environments)
    files = {project.template(one.name): template.render(one) for one in environments}
    files[project.params / "params.schema.json"] = load.json_schema(SERVICES)
    if not check:
        save_all(files, project)
        return
    refuse_stale(
        project,
        files,
        "committed files are not what the settings say",
        "Render them and look at the difference: bidops-cfn render --all && git diff",
    )
    click.echo(f"{len(files)} committed files are up to date.", err=True)


def rendered(project: Project, name: str, form: str) -> str:
    """Return the template of the environment ``name`` as JSON or YAML text."""
    from bidops_cfn.compute import template
    from bidops_cfn.settings import load

    text = template.render(load.load(project.params, name))
    if form == "yaml":
        from cfn_flip import to_yaml

        yaml: str = to_yaml(text)
        return yaml
    return text
