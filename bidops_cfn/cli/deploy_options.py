"""Options that several deploying commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from bidops_cfn.cli.completion import complete_image
from bidops_cfn.model import SERVICES

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
        metavar="SERVICE=TAG|DIGEST",
        shell_complete=complete_image,
        help="Image of a service; repeatable. On update, a service without one keeps its image.",
    )


def bucket_option() -> Callable[[F], F]:
    """Return the option ``--s3-bucket``."""
    return click.option(
        "--s3-bucket", "bucket", metavar="NAME", help="For a template too big for a request."
    )


def given_images(images: Sequence[str]) -> Mapping[str, str]:
    """Return what ``--image`` says, by service name; raise ``UsageError`` where it is wrong."""
    from bidops_cfn.deploy.target import parse_images

    return parse_images(images, SERVICES)
