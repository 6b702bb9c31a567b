"""The options that say which images are deployed, and what they mean together."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.completion import complete_environment, complete_profile
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project
from bidops_cfn.settings.services import SERVICES

if TYPE_CHECKING:
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import GivenImages, Target

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Images:
    """What was typed, and the environment ``source`` whose images are taken beside that."""

    typed: tuple[str, ...]
    source: str | None = None
    profile: str | None = None

    def given(self, *, sandbox: bool = False) -> GivenImages:
        """Return what ``--image`` says; raise ``UsageError`` where an option is wrong."""
        from bidops_cfn.deploy.target import parse_images

        if self.source is None and self.profile is not None:
            raise UsageError(
                "--images-profile goes with --images-from",
                "it says whose credentials read that environment",
                hint=f"For example: --images-from test --images-profile {self.profile}",
            )
        if self.source is not None and sandbox:
            raise UsageError(
                "--images-from and --sandbox exclude each other",
                "the local AWS has no other environment, and none of its images",
                hint="Leave out one of them.",
            )
        return parse_images(self.typed, SERVICES)

    def take(self, project: Project, runtime: Runtime, target: Target) -> Target:
        """Return the target with the images of ``source``; raises as ``take_running_images``."""
        if self.source is None:
            return target
        from bidops_cfn.cli.access import Access, chosen_access, make_client
        from bidops_cfn.cli.surroundings import make_target
        from bidops_cfn.deploy.running_images import take_running_images
        from bidops_cfn.deploy.target import GivenImages
        from bidops_cfn.settings import load

        environment = load.load(project.params, self.source)
        typed = chosen_access().of(self.source).profiles
        access = Access((self.profile,) if self.profile else typed)
        source = make_target(project, environment, GivenImages(), None, access.words)
        there = replace(runtime, client=make_client(environment, access))
        return take_running_images(there, source, target)


def images_options(function: F) -> F:
    """Give a command the three options, whose values it gets as ``images``."""

    @functools.wraps(function)
    def passing(
        *args: Any, images: tuple[str, ...], source: str | None, profile: str | None, **rest: Any
    ) -> Any:
        return function(*args, images=Images(images, source, profile), **rest)

    profile = click.option(
        "--images-profile",
        "profile",
        metavar="NAME",
        callback=options.refuse_empty,
        shell_complete=complete_profile,
        help="Read that environment with the credentials of this profile.",
    )
    source = click.option(
        "--images-from",
        "source",
        metavar="ENV",
        callback=options.refuse_empty,
        shell_complete=complete_environment,
        help="Deploy what runs in this environment, digest for digest; --image decides first.",
    )
    return cast("F", options.image(source(profile(passing))))
