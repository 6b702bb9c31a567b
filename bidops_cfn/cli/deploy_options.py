"""Options that several deploying commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from bidops_cfn.cli.completion import (
    complete_environment,
    complete_image,
    complete_profile,
    complete_rehearsal,
)
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project
from bidops_cfn.settings.services import SERVICES

if TYPE_CHECKING:
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import GivenImages, Target

F = TypeVar("F", bound=Callable[..., Any])


def output_option(
    text: str = "Text for people on stderr, or one JSON object per line on stdout.",
) -> Callable[[F], F]:
    """Return the option ``--output``."""
    return click.option(
        "--output",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help=text,
    )


def service_option(text: str) -> Callable[[F], F]:
    """Return the option ``--service``."""
    return click.option(
        "--service",
        type=click.Choice([one.name for one in SERVICES]),
        help=text,
    )


def timeout_option() -> Callable[[F], F]:
    """Return the option ``--timeout``; without it the settings' limit holds."""
    return click.option(
        "--timeout",
        "minutes",
        type=click.FloatRange(min=0, min_open=True),
        metavar="MINUTES",
        help="Time limit, instead of deploy.timeout_minutes of the settings.",
    )


def yes_option() -> Callable[[F], F]:
    """Return the option ``--yes``."""
    return click.option("-y", "--yes", is_flag=True, help="Ask nothing.")


def image_option() -> Callable[[F], F]:
    """Return the option ``--image``."""
    return click.option(
        "--image",
        "images",
        multiple=True,
        metavar="SERVICE=TAG|DIGEST|URI",
        shell_complete=complete_image,
        help="Image of a service: a tag, a digest, or the repository's URI with one; repeatable."
        " On update, a service without one keeps its image.",
    )


@dataclass(frozen=True, slots=True)
class ImagesFrom:
    """Where the images come from that ``--image`` does not name; ``name`` is None for nowhere."""

    name: str | None
    profile: str | None = None

    def require_possible(self, *, sandbox: bool) -> None:
        """Raise ``UsageError`` for options that do not go together."""
        if self.name is None and self.profile is not None:
            raise UsageError(
                "--images-profile goes with --images-from",
                "it says whose credentials read that environment",
                hint=f"For example: --images-from test --images-profile {self.profile}",
            )
        if self.name is not None and sandbox:
            raise UsageError(
                "--images-from and --sandbox exclude each other",
                "the local AWS has no other environment, and none of its images",
                hint="Leave out one of them.",
            )

    def take(self, project: Project, runtime: Runtime, target: Target) -> Target:
        """Return the target with the images that run there; raises as ``take_running_images``."""
        if self.name is None:
            return target
        from bidops_cfn.cli.access import Access, chosen_access, make_client
        from bidops_cfn.cli.deploy_target import target as make_target
        from bidops_cfn.deploy.images_from import take_running_images
        from bidops_cfn.deploy.target import GivenImages
        from bidops_cfn.settings import load

        environment = load.load(project.params, self.name)
        typed = chosen_access().of(self.name).profiles
        access = Access((self.profile,) if self.profile else typed)
        source = make_target(project, environment, GivenImages(), None, access.words)
        there = replace(runtime, client=make_client(environment, access))
        return take_running_images(there, source, target)


def images_from_option() -> Callable[[F], F]:
    """Return the options ``--images-from`` and ``--images-profile``, passed on as ``origin``."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def passing(*args: Any, source: str | None, source_profile: str | None, **rest: Any) -> Any:
            return function(*args, origin=ImagesFrom(source, source_profile), **rest)

        profile = click.option(
            "--images-profile",
            "source_profile",
            metavar="NAME",
            shell_complete=complete_profile,
            help="Read that environment with the credentials of this profile.",
        )
        source = click.option(
            "--images-from",
            "source",
            metavar="ENV",
            shell_complete=complete_environment,
            help="Deploy what runs in this environment, digest for digest; --image decides first.",
        )
        return cast("F", source(profile(passing)))

    return decorate


def bucket_option() -> Callable[[F], F]:
    """Return the option ``--s3-bucket``."""
    return click.option(
        "--s3-bucket", "bucket", metavar="NAME", help="For a template too big for a request."
    )


def sandbox_option(text: str) -> Callable[[F], F]:
    """Return the option ``--sandbox``."""
    return click.option("--sandbox", is_flag=True, help=text)


def rehearse_option() -> Callable[[F], F]:
    """Return the option ``--rehearse``."""
    return click.option(
        "--rehearse",
        "rehearsed",
        metavar="WHAT",
        shell_complete=complete_rehearsal,
        help="Let it go wrong as on AWS: crash:SERVICE or unhealthy:SERVICE (new tasks exit, or"
        " fail their health checks), no-capacity, quota, slow (and succeed), hook, or throttle.",
    )


def require_sandbox(rehearsed: str | None, name: str, *, sandbox: bool) -> None:
    """Raise ``UsageError`` for a failure that is none, or outside of the sandbox."""
    from bidops_cfn.cli.local import require_known

    if rehearsed is not None and not sandbox:
        raise UsageError(
            "--rehearse needs --sandbox",
            "nothing goes wrong on purpose in an account",
            hint=f"bidops-cfn deploy --env {name} --sandbox --rehearse {rehearsed}",
        )
    require_known(rehearsed)


def given_images(images: Sequence[str], origin: ImagesFrom, *, sandbox: bool) -> GivenImages:
    """Return what ``--image`` says; raise ``UsageError`` where it or ``origin`` is wrong."""
    from bidops_cfn.deploy.target import parse_images

    origin.require_possible(sandbox=sandbox)
    return parse_images(images, SERVICES)
