"""Options that several deploying commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bidops_cfn.cli.completion import complete_image
from bidops_cfn.settings.services import SERVICES

if TYPE_CHECKING:
    from bidops_cfn.deploy.target import GivenImages

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


def bucket_option() -> Callable[[F], F]:
    """Return the option ``--s3-bucket``."""
    return click.option(
        "--s3-bucket", "bucket", metavar="NAME", help="For a template too big for a request."
    )


def sandbox_option(text: str) -> Callable[[F], F]:
    """Return the option ``--sandbox``."""
    return click.option("--sandbox", is_flag=True, help=text)


def given_images(images: Sequence[str]) -> GivenImages:
    """Return what ``--image`` says; raise ``UsageError`` where it is wrong."""
    from bidops_cfn.deploy.target import parse_images

    return parse_images(images, SERVICES)
