"""What the shell offers for a value that is being typed: names that this project knows.

A completion runs at every press of the tab key and must never fail: it reads settings' names, the
model and committed files, imports nothing large, and offers nothing where there is no project.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bidops_cfn.errors import UsageError
from bidops_cfn.printable import printable
from bidops_cfn.project import Project, find

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def project(context: click.Context) -> Project | None:
    """Return the project that is typed in: that of ``--project`` or of the current folder."""
    folder = context.find_object(str) or context.find_root().params.get("project")
    try:
        return find(Path(os.path.realpath(folder or os.curdir)))
    except (UsageError, OSError):
        return None


def offer(known: Callable[[click.Context], Iterable[str]]) -> Complete:
    """Return what completes a word with those of ``known`` that start with what was typed."""

    def complete(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        return [one for one in known(ctx) if one.startswith(incomplete) and printable(one) == one]

    return complete


def environments(context: click.Context) -> tuple[str, ...]:
    """Return the environments of the project that is typed in."""
    found = project(context)
    return found.environments if found else ()


complete_environment = offer(environments)
# A git revision is typed.
complete_against = offer(lambda context: ("deployed", *environments(context)))


@offer
def complete_image(_context: click.Context) -> list[str]:
    """Return ``bff=`` and the like; the tag or digest is typed."""
    from bidops_cfn.settings.services import SERVICES

    return [f"{one.name}=" for one in SERVICES]


@offer
def complete_rehearsal(_context: click.Context) -> list[str]:
    """Return what the sandbox can rehearse."""
    from bidops_cfn.cli.local import rehearsals

    return rehearsals()


@offer
def complete_role(_context: click.Context) -> list[str]:
    """Return the roles that a policy can be printed for."""
    from bidops_cfn.permissions.role import Role

    return list(map(str, Role))


@offer
def complete_profile(_context: click.Context) -> list[str]:
    """Return the profiles of the AWS configuration, which is a file of the user's."""
    from configparser import Error, RawConfigParser

    parser = RawConfigParser(strict=False)
    for variable, name in (
        ("AWS_CONFIG_FILE", "config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    ):
        with suppress(Error, OSError, UnicodeDecodeError):
            parser.read(Path(os.environ.get(variable) or f"~/.aws/{name}").expanduser())
    kinds = ("sso-session ", "services ", "plugins")
    return sorted(
        {one.removeprefix("profile ") for one in parser.sections() if not one.startswith(kinds)}
    )


def resource_types(context: click.Context) -> Mapping[str, str]:
    """Return the type of each resource in the committed template of ``--env``."""
    import json

    found = project(context)
    try:
        name = context.params.get("name") or next(iter(context.params.get("names") or ()), None)
        text = found.template(str(name)).read_bytes() if found else b"{}"
        return {name: str(one["Type"]) for name, one in json.loads(text)["Resources"].items()}
    except (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError):
        return {}


complete_logical_id = offer(resource_types)


@offer
def complete_guarded_id(context: click.Context) -> list[str]:
    """Return the logical ids whose replacement has to be allowed."""
    from bidops_cfn.spec.resource_types import GUARDED

    return [name for name, kind in resource_types(context).items() if kind in GUARDED]


def complete_requirement(
    _ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the requirements and scenarios of the specification, each with its title."""
    from click.shell_completion import CompletionItem

    from bidops_cfn.review.requirements import requirements

    typed = incomplete.upper()
    return [
        CompletionItem(one.id, help=one.title)
        for one in requirements().values()
        if one.id.startswith(typed)
    ]
