"""The two sides of a difference: committed, rendered, deployed, at a revision, or in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.model import Environment
    from bidops_cfn.review.difference.compared import Version

DEPLOYED = "deployed"
Sides = tuple["Version", "Version"]


def of_files(old: Path, new: Path) -> Sides:
    """Return two files as they are."""
    return _parsed(str(old), _text(old)), _parsed(str(new), _text(new))


def of_environment(project: Project, name: str, against: str | None) -> Sides:
    """Return the environment's fresh render, and what it is to be compared with."""
    from bidops_cfn import params, template
    from bidops_cfn.review.names import Names

    if against in project.environments:
        return _of_two(project, name, against)
    environment = params.load(project.params, name)
    shown = Names.of(environment).shown
    new = _parsed(f"{name} as rendered", template.render(environment), shown)
    return _old(project, environment, against), new


def _old(project: Project, environment: Environment, against: str | None) -> Version:
    name = environment.name
    if against is None:
        from bidops_cfn.cli.review_subjects import read

        return _parsed(f"{name} as committed", read(project.template(name), name))
    if against == DEPLOYED:
        return _parsed(f"{name} as deployed", _deployed(environment))
    from bidops_cfn.cli.git import at_revision

    file = project.template(name).relative_to(project.root).as_posix()
    text = at_revision(project.root, against, file)
    missing = f"{name} at {against}, where it is not yet"
    return _parsed(f"{name} at {against}" if text else missing, text or "{}")


def _of_two(project: Project, name: str, against: str | None) -> Sides:
    """Return two environments with their names made equal: what differs beyond them."""
    from bidops_cfn import params, template
    from bidops_cfn.review.difference.compared import Version
    from bidops_cfn.review.difference.renamed import renamed

    found = []
    for environment in params.load_all(project.params, (against or name, name)):
        one = _parsed(environment.name, template.render(environment))
        same = renamed(one.template, environment)
        label = f"{environment.name} as rendered"
        found.append(Version(label, one.sha256, same, lambda text: text.replace("import ", "")))
    return found[0], found[1]


def _deployed(environment: Environment) -> str:
    from bidops_cfn.deploy.boto_client import BotoClient, find_configured_region
    from bidops_cfn.deploy.stack import find_stack, get_template

    client = BotoClient(find_configured_region() or environment.region)
    found = find_stack(client, environment.stack_name)
    if found is None:
        raise UsageError(
            f"nothing is deployed of {environment.name}",
            f"there is no stack {environment.stack_name} in {client.region}",
            hint=f"Deploy it first: bidops-cfn deploy --env {environment.name}",
        )
    return get_template(client, found.id)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read {file}",
            getattr(error, "strerror", None) or str(error),
            hint="Name two templates: bidops-cfn diff OLD NEW",
        ) from error


def _parsed(label: str, text: str, shown: Callable[[str], str] = str) -> Version:
    """Return a template, which may be JSON or YAML; raises ``UsageError`` where it is neither."""
    from bidops_cfn.review.difference.compared import version
    from bidops_cfn.review.subject import parse

    if text.lstrip().startswith("{"):
        return version(label, text, parse(text, label), shown)
    from bidops_cfn.check import template_file
    from bidops_cfn.check.finding import Finding

    found = template_file.parse(text)
    if isinstance(found, Finding):
        raise UsageError(
            f"cannot read {label}",
            f"line {found.line}: {found.message}",
            hint="A template is a JSON or YAML object: bidops-cfn render --env ENV --output FILE",
        )
    return version(label, text, found.plain, shown)
