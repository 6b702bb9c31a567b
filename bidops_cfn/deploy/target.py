"""What is to be deployed: an environment, its template as rendered and as committed, its images."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bidops_cfn.deploy.template import digest
from bidops_cfn.model import SERVICES, Environment, Service


@dataclass(frozen=True)
class Target:
    """What an operation is about.

    ``rendered`` is the template rendered now, ``committed`` the reviewed one at ``path`` (None when
    there is none), ``findings`` judges it as ``check`` does, when it is called: that takes a while.
    ``images`` maps a service's name to the parameter's value; a service that is absent keeps its
    image. ``bucket`` takes a template that is too big for a request.
    """

    environment: Environment
    rendered: str
    committed: str | None
    path: str
    findings: Callable[[], Sequence[str]] = tuple
    images: Mapping[str, str] = field(default_factory=dict)
    bucket: str | None = None
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
        """Return the command to type for this environment, ``bidops-cfn watch --env prod``."""
        return " ".join(("bidops-cfn", word, "--env", self.environment.name, *options))
