"""The images that tests deploy: the one place that names a tag for every service."""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.settings.services import SERVICES

TAGS = {"bff": "1.4.2"}  # of others 2.0.0
EVERY_IMAGE = {one.name: f":{TAGS.get(one.name, '2.0.0')}" for one in SERVICES}


NAMES = tuple(EVERY_IMAGE)
LISTED = ", ".join(sorted(NAMES))  # as a command lists all of them


def as_parameters(images: Mapping[str, str]) -> dict[str, str]:
    """Return ``images`` by the names of the template's parameters."""
    return {f"{one.title}Image": images[one.name] for one in SERVICES if one.name in images}


def as_options(images: Mapping[str, str]) -> tuple[str, ...]:
    """Return ``images``, which are tags, as options of a command."""
    return tuple(
        part for name, tag in images.items() for part in ("--image", f"{name}={tag.lstrip(':')}")
    )


def typed(images: Mapping[str, str]) -> str:
    """Return the options for ``images`` as a command to type has them, ``TAG`` for what is not."""
    return " ".join(as_options({name: images.get(name, "TAG") for name in NAMES}))
