"""The two sides of a difference: committed, rendered, deployed, at a revision, or in a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bidops_cfn.cli.committed import at_revision, committed_bytes, read_template
from bidops_cfn.errors import SettingsError, UsageError
from bidops_cfn.project import Project
from bidops_cfn.review.difference.compared import Version
from bidops_cfn.review.environments import renamed, stand_ins
from bidops_cfn.review.settings_facts import (
    Rows,
    between_environments,
    import_names,
    rows_in,
    rows_of,
)
from bidops_cfn.review.subject import Names, Subject, parse
from bidops_cfn.settings import load
from bidops_cfn.settings.environment import Environment

DEPLOYED = "deployed"
SETTINGS = "settings.tsv"
Sides = tuple[Version, Version]


def of_files(old: Path, new: Path) -> Sides:
    """Return two files as they are."""
    return _parsed(str(old), _text(old)), _parsed(str(new), _text(new))


def of_environment(project: Project, name: str, against: str | None) -> Sides:
    """Return the environment's fresh render, and what it is to be compared with, not itself.

    Each side goes by its own settings: by those that were committed with it, where it was.
    """
    from bidops_cfn.compute import template

    if against == name:
        raise UsageError(
            f"{name} is compared with itself",
            "that shows no difference, whatever changed",
            hint=f"What is committed is compared without --against: bidops-cfn diff --env {name}",
        )
    if against in project.environments:
        return _of_two(project, name, against)
    environment = load.load(project.params, name)
    text = template.render(environment)
    new = _parsed(f"{name} as rendered", text, _shown(environment), _rows(environment, text))
    if against is not None and committed_bytes(project.template(name)) != text.encode():
        file = project.shown(project.template(name))
        new = replace(new, doubt=f"{file} is not what is rendered: bidops-cfn render --all")
    return _old(project, environment, against), new


def _old(project: Project, environment: Environment, against: str | None) -> Version:
    name = environment.name
    if against == DEPLOYED:
        return _deployed(environment)
    file = project.template(name)
    if against is None:
        label, text = f"{name} as committed", read_template(file, name)
        beside = file.with_name(SETTINGS)
        settings = rows_in(_text(beside)) if beside.exists() else {}
    else:
        files = (
            one.relative_to(project.root).as_posix() for one in (file, file.with_name(SETTINGS))
        )
        found, beside_it = (at_revision(project.root, against, one) for one in files)
        label = f"{name} at {against}" if found else f"{name} at {against}, where it is not yet"
        text, settings = found or "{}", rows_in(beside_it or "")
        settings = settings or _rows_at(project, environment, against, text)
    return _parsed(label, text, _shown(environment, settings), settings)


def _rows_at(project: Project, environment: Environment, revision: str, text: str) -> Rows:
    """Return the settings of the file that a revision has; none where that is wrong today."""
    file = (project.params / f"{environment.name}.toml").relative_to(project.root).as_posix()
    written = at_revision(project.root, revision, file)
    try:
        return _rows(load.load_text(file, environment.name, written), text) if written else {}
    except SettingsError:
        return {}


def _of_two(project: Project, name: str, against: str | None) -> Sides:
    """Return two environments with their names made equal: what differs beyond them."""
    from bidops_cfn.compute import template

    found = []
    for environment in load.load_all(project.params, (against or name, name)):
        text = template.render(environment)
        label = f"{environment.name} as rendered"
        one = _parsed(label, text, lambda shown: shown.replace("import ", ""))
        same = renamed(one.template, environment)
        rows = between_environments(_rows(environment, text), stand_ins(environment))
        found.append(Version(label, text, same, one.shown, rows))
    return found[0], found[1]


def _shown(environment: Environment, settings: Rows | None = None) -> Callable[[str], str]:
    """Return how texts read, by the imports of ``settings`` if these are others than today's."""
    if settings:
        environment = replace(environment, imports=import_names(settings))
    return Names.of(environment).shown


def _rows(environment: Environment, text: str) -> Rows:
    return rows_of(Subject(environment, text))


def _deployed(environment: Environment) -> Version:
    from bidops_cfn.cli.access import chosen_access, make_client
    from bidops_cfn.deploy.stack import find_stack, get_template

    client = make_client(environment, chosen_access().of(environment.name))
    found = find_stack(client, environment.stack_name)
    if found is None:
        raise UsageError(
            f"{environment.name} is not deployed",
            f"there is no stack {environment.stack_name} in {client.region}",
            hint=f"Deploy it first: bidops-cfn deploy --env {environment.name}",
        )
    known = {
        "account_id": found.id.split(":")[4],
        "region": client.region,
        "stack_name": found.name,
        "deploy.termination_protection": str(found.termination_protection).lower(),
        "deploy.role_arn": found.role_arn or "none",
        "deploy.rollback_alarms": json.dumps(found.rollback_alarms),
        "deploy.monitoring_minutes": str(found.monitoring_minutes),
        **{f"tags.{name}": value for name, value in found.tags.items()},
    }
    if environment.deploy.notification_topics is not None:  # else the stack keeps those it has
        known["deploy.notification_topics"] = json.dumps(found.notification_topics)
    text = get_template(client, found.id)
    return _parsed(f"{environment.name} as deployed", text, _shown(environment), known)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read {file}",
            getattr(error, "strerror", None) or str(error),
            hint="Name two templates: bidops-cfn diff OLD NEW",
        ) from error


def _parsed(
    label: str, text: str, shown: Callable[[str], str] = str, settings: Rows | None = None
) -> Version:
    """Return a template, which may be JSON or YAML; raises ``UsageError`` where it is neither."""
    if text.lstrip().startswith("{"):
        return Version(label, text, parse(text, label), shown, settings or {})
    from bidops_cfn.check import template_file
    from bidops_cfn.check.report import Finding

    found = template_file.parse(text)
    if isinstance(found, Finding):
        raise UsageError(
            f"cannot read {label}",
            f"line {found.line}: {found.message}",
            hint="A template is a JSON or YAML object: bidops-cfn render --env ENV --out FILE",
        )
    return Version(label, text, found.plain, shown, settings or {})
