"""``init-env``: a new environment from an existing one, in one command."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.committed import checked, read_template, save_all, subjects
from bidops_cfn.cli.completion import complete_environment
from bidops_cfn.cli.output_file import show, write
from bidops_cfn.errors import SettingsError, UsageError
from bidops_cfn.printable import printable
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.settings.environment import Environment


@click.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--from",
    "source",
    required=True,
    metavar="ENV",
    help="The environment whose settings are copied.",
    shell_complete=complete_environment,
)
@click.option(
    "--neighbours",
    is_flag=True,
    help="Look at the account's stacks too, and print the [imports] that they offer, with a GAP for"
    " each value that no output has by name.",
)
@options.pass_project
def init_env_command(project: Project, name: str, source: str, neighbours: bool) -> None:
    """Add the environment NAME: its settings, its template and its review files.

    The settings are those of ENV, with its name replaced by NAME wherever it stands as a word.
    What was renamed and what both share is then listed, for you to look at.

    \b
    Examples:
      bidops-cfn init-env staging --from test
      bidops-cfn init-env staging --from test --neighbours
    """
    import tempfile

    from bidops_cfn.settings import load

    refuse_name(project, name)
    with tempfile.TemporaryDirectory() as folder:
        draft = drafted(project, Path(folder), source, name)
        proposed = list(proposals(loaded(draft, source, name))) if neighbours else []
        save_all({project.root / path: text for path, text in made(draft, name).items()}, project)
        refused = list(refusals(draft, name))
    old, new = load.read(project.params, source), load.read(project.params, name)
    environments = load.load_all(project.params, project.environments)
    for line in (*report(source, name, old, new, environments), *refused):
        click.echo(line, err=True)
    click.echo(f"\nLook at params/{name}.toml, then:", err=True)
    click.echo(f"  bidops-cfn render --all --review && bidops-cfn check --env {name}", err=True)
    if proposed:
        click.echo(
            f"\nWhat the account's stacks offer, for [imports] of params/{name}.toml:", err=True
        )
        show("\n".join(proposed))


def proposals(environment: Environment) -> Iterator[str]:
    """Yield the lines of [imports] that the stacks of the environment's account offer."""
    from bidops_cfn.cli.access import chosen_access, make_client
    from bidops_cfn.deploy.preflight.neighbours import propose, search

    client = make_client(environment, chosen_access().of(environment.name))
    yield from propose(environment, search(client, environment))


def refuse_name(project: Project, name: str) -> None:
    """Raise ``UsageError`` when no environment can be called ``name``, or one is."""
    from bidops_cfn.settings.texts import ENVIRONMENT

    if not re.fullmatch(ENVIRONMENT.pattern, name):
        raise UsageError(
            f'"{name}" cannot name an environment',
            f"a name is {ENVIRONMENT.allowed}",
            hint="Choose another name: bidops-cfn init-env NAME --from ENV",
        )
    settings = project.params / f"{name}.toml"
    if settings.exists():
        raise UsageError(
            f"there is an environment {name} already",
            f"{project.shown(settings)} exists",
            hint="Choose another name, or edit that file.",
        )


def drafted(project: Project, folder: Path, source: str, name: str) -> Project:
    """Return a copy of the project in ``folder``, with settings and template of ``name``.

    The project itself is written to once all of it is known to work.
    """
    from bidops_cfn.compute import template
    from bidops_cfn.settings import load
    from bidops_cfn.settings.toml_text import copied

    load.load(project.params, source)
    load.load_all(project.params, project.environments)
    draft = Project(folder)
    for one in project.environments:
        settings = (project.params / f"{one}.toml").read_text(encoding="utf-8")
        write(draft.params / f"{one}.toml", settings, folders=True)
        write(draft.template(one), read_template(project.template(one), one), folders=True)
        if one == source:
            write(draft.params / f"{name}.toml", copied(settings, source, name))
    set_free_priorities(draft, loaded(draft, source, name))
    write(draft.template(name), template.render(loaded(draft, source, name)), folders=True)
    return draft


def set_free_priorities(draft: Project, added: Environment) -> None:
    """Give the listener rules of ``added`` priorities that nothing else on the listener has."""
    from bidops_cfn.settings import load
    from bidops_cfn.settings.contract import Imports
    from bidops_cfn.settings.names import shares
    from bidops_cfn.settings.toml_text import with_number

    others = load.load_all(draft.params, [n for n in draft.environments if n != added.name])
    near = [one for one in others if shares(one, added, Imports.HTTPS_LISTENER_ARN)]
    file = draft.params / f"{added.name}.toml"
    for service, _, _, free in taken_priorities(added, near):
        path = f"services.{service}.listener.priority"
        write(file, with_number(file.read_text(encoding="utf-8"), path, free))


def taken_priorities(
    added: Environment, others: Sequence[Environment]
) -> Iterator[tuple[str, int, str, int]]:
    """Yield each priority that another environment of the account has: service, it, whose, free."""
    rules = [
        (settings.listener.priority, one.name)
        for one in others
        if (one.account_id, one.region) == (added.account_id, added.region)
        for settings in one.services.values()
        if settings.listener
    ]
    ours = {one.listener.priority for one in added.services.values() if one.listener}
    owners, given = dict(rules), ours.union(priority for priority, _ in rules)
    for service, settings in added.services.items():
        if settings.listener and (priority := settings.listener.priority) in owners:
            numbers = (*range(priority, 50_001), *range(1, priority))
            free = next(number for number in numbers if number not in given)
            given.add(free)
            yield service, priority, owners[priority], free


def loaded(draft: Project, source: str, name: str) -> Environment:
    """Return the environment that was copied; raises ``SettingsError`` where the copy is none."""
    from bidops_cfn.settings import load

    try:
        return load.load(draft.params, name)
    except SettingsError as error:
        raise SettingsError(
            f"the settings of {source} do not hold under the name {name}",
            "nothing was written",
            details=error.details,
            hint=f"Copy params/{source}.toml by hand, and change what is meant for {source} alone.",
        ) from error


def made(draft: Project, name: str) -> Mapping[Path, str]:
    """Return every file that the environment adds or changes, by its path in the project.

    The settings come last: with them the environment exists, and cannot be added again.
    """
    from bidops_cfn.review.committed import environment_files, repository_files

    found = subjects(draft, draft.environments)
    (added,) = (one for one in found if one.name == name)
    reviews = dict([*environment_files(added), *repository_files(found, checked(draft, found))])
    template, settings = draft.template(name), draft.params / f"{name}.toml"
    files = {template: added.text}
    files |= {draft.templates / file: text for file, text in reviews.items()}
    files[settings] = settings.read_text(encoding="utf-8")
    return {path.relative_to(draft.root): text for path, text in files.items()}


def report(
    source: str,
    name: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    environments: Sequence[Environment],
) -> Iterator[str]:
    """Yield what was renamed, what is shared, and what it needs from others."""
    from bidops_cfn.settings import toml_text
    from bidops_cfn.settings.environment import settings_file
    from bidops_cfn.settings.services import SERVICES

    yield f"\nNamed after {name}:"
    yield from listed(toml_text.renamed(old, new))
    yield f"\nShared with {source}; change what is meant for {source} alone:"
    yield from listed(toml_text.shared(old, new, settings_file(SERVICES)))
    added = next(one for one in environments if one.name == name)
    yield from priorities(added, [one for one in environments if one is not added])
    yield f"\nNetworkStack, StorageStack and SecurityStack of {name} have to stand, or [imports]"
    yield "has to name the exports of those that do; templates/contract.json lists them."


def refusals(draft: Project, name: str) -> Iterator[str]:
    """Yield what the house rules find in the new environment's template, and what to change."""
    from bidops_cfn.facts.proofs.spot import SAVING_PERCENT
    from bidops_cfn.facts.template_under_review import under_review
    from bidops_cfn.rules import house_rules
    from bidops_cfn.rules.cluster import Base, choose_bases
    from bidops_cfn.settings import load

    file = draft.template(name)
    judged = under_review(json.loads(file.read_text("utf-8")), file, draft.root, name)
    found = [(rule, rule.findings(judged)) for rule in house_rules()]
    if any(findings for _, findings in found):
        yield f"\ncheck --env {name} refuses it until this is changed:"
    for rule, findings in found:
        for one in findings:
            yield printable(f"  {rule.id} {one.logical_id}: {one.text}")
        if findings and isinstance(rule, Base):
            environment = load.load(draft.params, name)
            bases, discount = choose_bases(environment), environment.capacity.spot_discount_percent
            yield (
                f"    Set {bases} in params/{name}.toml"
                if bases
                else f"    No base saves {SAVING_PERCENT} % at "
                f"capacity.spot_discount_percent = {discount}"
            )
        elif findings:
            yield f"    {rule.fix.replace('<environment>', name)}"


def listed(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield ``account_id = "222222222222"`` for each setting."""
    for path, value in settings.items():
        yield f"  {path} = {printable(json.dumps(value, ensure_ascii=False))}"


def priorities(added: Environment, others: Sequence[Environment]) -> Iterator[str]:
    """Yield what to do about listener rules that another environment of the account has too."""
    for service, priority, other, free in taken_priorities(added, others):
        yield (
            f"\n{added.name} and {other} share an account. If they share a load "
            f"balancer too, AWS refuses a second\nrule of priority {priority}: "
            f"set services.{service}.listener.priority = {free}"
        )
