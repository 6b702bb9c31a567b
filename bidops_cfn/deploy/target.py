"""What is to be deployed: an environment, its template as rendered and as committed, its images."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bidops_cfn.deploy.images import shown
from bidops_cfn.deploy.template import digest
from bidops_cfn.model import SERVICES, Environment, Service

TAKES_IMAGES = ("deploy", "plan", "preflight")


@dataclass(frozen=True)
class Target:
    """What an operation is about.

    ``rendered`` is the template rendered now, ``committed`` the reviewed one at ``path`` (None when
    there is none), ``findings`` judges it as ``check`` does, when it is called: that takes a while.
    ``recorded`` tells whether git holds the file as it is; None where there is no repository.
    ``images`` maps a service's name to the parameter's value; a service that is absent keeps its
    image. ``bucket`` takes a template that is too big for a request. ``local`` says that the AWS is
    one of our own, started for this command.
    """

    environment: Environment
    rendered: str
    committed: str | None
    path: str
    findings: Callable[[], Sequence[str]] = tuple
    recorded: Callable[[], bool | None] = lambda: None
    images: Mapping[str, str] = field(default_factory=dict)
    bucket: str | None = None
    local: bool = False
    services: Sequence[Service] = SERVICES

    @cached_property
    def template(self) -> dict[str, Any]:
        """The template, parsed."""
        parsed: dict[str, Any] = json.loads(self.rendered)
        return parsed

    @cached_property
    def sha256(self) -> str:
        """The digest of the template's text, as it is committed and sent."""
        return digest(self.rendered)

    def command(self, word: str, *options: str) -> str:
        """Return the command to type for this environment, ``bidops-cfn watch --env prod``.

        It names the images again where it takes some: retyped without, it would deploy the old one.
        """
        parts = ["bidops-cfn", word, "--env", self.environment.name, *options]
        if word in TAKES_IMAGES:
            for name, image in self.images.items():
                parts += ["--image", f"{name}={shown(image)}"]  # a plan file's may be anything
        if word == "deploy":
            parts += ["--sandbox"] * self.local
        if word in ("deploy", "plan") and self.bucket:
            parts += ["--s3-bucket", self.bucket]
        return shlex.join(parts)

    def creation(self, *options: str) -> str:
        """Return the command that creates the stack; a creation names an image for each service."""
        missing = [one.name for one in self.services if one.name not in self.images]
        images = [f"--image {name}=TAG" for name in missing]
        return " ".join([self.command("deploy", *options), *images])
