"""What is to be deployed: an environment, its template as rendered and as committed, its images.

The template joins an imported repository URI with an image reference, so that an image parameter
holds ``:1.4.2``, ``@sha256:<64 hexadecimal digits>`` or one behind the other, where the digest
decides and the tag says what was chosen. ``--image`` takes them without the sign in front, or
behind the repository's URI, which preflight compares with the imported one.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.template import compute_digest, find_stack_references
from bidops_cfn.errors import UsageError
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Export, StackOutput
from bidops_cfn.settings.services import SERVICES, Service

TAKES_IMAGES = ("deploy", "plan", "preflight", "stackset")
IMAGE_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
IMAGE_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
REPOSITORY_URI = re.compile(
    r"(?P<registry>\d{12})\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.(?P<suffix>[^/]+)"
    r"/(?P<name>[^:@]+)"
)
FULL_IMAGE = re.compile(rf"(?P<repository>{REPOSITORY_URI.pattern})(?P<image>[:@].*)")


@dataclass(frozen=True, slots=True)
class GivenImages:
    """What ``--image`` says by service: parameter values, and URIs of repositories where given."""

    values: Mapping[str, str] = field(default_factory=dict)
    repositories: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """What is to be deployed.

    ``rendered`` is the template rendered now, ``committed`` the reviewed one at ``path`` (None when
    there is none), ``findings`` judges it as ``check`` does, when it is called: that takes a while.
    ``recorded`` tells whether git holds the file as it is; None where there is no repository.
    ``assumptions`` are those of the proofs as the review numbers them: ``A4`` -> what is assumed.
    ``images`` maps a service's name to the parameter's value; a service that is absent keeps its
    image. ``repositories`` maps it to the URI that was named with its image, ``sources`` to that of
    the repository in which its image is known to be; ``planned`` says that the images are a plan's.
    ``bucket`` takes a template that is too big for a request, ``access`` are ``--profile`` and
    ``--region`` where they were given. ``local`` says that the AWS is a local one, started for this
    command.
    """

    environment: Environment
    rendered: str
    committed: str | None
    path: str
    findings: Callable[[], Sequence[str]] = tuple
    recorded: Callable[[], bool | None] = lambda: None
    assumptions: Callable[[], Mapping[str, str]] = dict
    images: Mapping[str, str] = field(default_factory=dict)
    repositories: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    planned: bool = False
    bucket: str | None = None
    access: tuple[str, ...] = ()
    local: bool = False
    services: Sequence[Service] = SERVICES

    @cached_property
    def template(self) -> dict[str, Any]:
        """The template, parsed."""
        parsed: dict[str, Any] = json.loads(self.rendered)
        return parsed

    @cached_property
    def references(self) -> tuple[Export | StackOutput, ...]:
        """What the template takes from other stacks."""
        return find_stack_references(self.template)

    @cached_property
    def sha256(self) -> str:
        """The digest of the template's text, as it is committed and sent."""
        return compute_digest(self.rendered)

    def command(self, word: str, *options: str) -> str:
        """Return the command to type for this environment, ``bidops-cfn watch --env prod``."""
        parts = ["bidops-cfn", word, "--env", self.environment.name, *self.access, *options]
        if word in TAKES_IMAGES:
            for name, image in self.images.items():
                parts += ["--image", f"{name}={format_image(image)}"]  # a plan's may be anything
            parts += ["--sandbox"] * self.local
        if word in ("deploy", "plan") and self.bucket:
            parts += ["--s3-bucket", self.bucket]
        return shlex.join(parts)

    @property
    def look(self) -> str:
        """The step that shows what runs."""
        return f"See what runs: {self.command('status')}"

    @property
    def follow(self) -> str:
        """The step that follows an operation."""
        return f"Follow it: {self.command('watch')}"

    def aws(self, words: str, region: str = "") -> str:
        """Return the command of AWS's CLI to type: with our profile, and in ``region`` or ours."""
        options = dict(zip(self.access[::2], self.access[1::2], strict=True))
        options |= {"--region": region} if region else {}
        return " ".join(["aws", words, *(shlex.join(one) for one in options.items())])

    def succeed(self, outcome: str, summary: str, stack_id: str = "", **more: Any) -> Result:
        """Return the result of a command that ended well, with ``more`` of its members."""
        name = self.environment.name
        return Result(outcome, 0, summary, environment=name, stack_id=stack_id, **more)

    def creation(self, *options: str) -> str:
        """Return the command that creates the stack; a creation names an image for each service."""
        missing = [one.name for one in self.services if one.name not in self.images]
        images = [f"--image {name}=TAG" for name in missing]
        return " ".join([self.command("deploy", *options), *images])


def parse_images(given: Iterable[str], services: Sequence[Service]) -> GivenImages:
    """Return what ``SERVICE=TAG``, ``SERVICE=sha256:DIGEST`` and ``SERVICE=URI:TAG`` name."""
    names = [service.name for service in services]
    found: dict[str, str] = {}
    repositories: dict[str, str] = {}
    problems: list[str] = []
    for text in given:
        name, equals, image = text.partition("=")
        if not equals:
            problems.append(f'"{text}": no "="; expected SERVICE=TAG or SERVICE=sha256:DIGEST')
        elif name not in names:
            problems.append(f'"{text}": no service "{name}"; services are {", ".join(names)}')
        elif name in found:
            problems.append(f'"{text}": a second image for {name}')
        else:
            match = FULL_IMAGE.fullmatch(image)
            if match:
                repositories[name] = match["repository"]
                image = match["image"]
            try:
                found[name] = parse_image(image)
            except ValueError as error:
                problems.append(f'"{text}": {error}')
    if problems:
        why = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        hint = "For example: --image bff=1.4.2 --image agentcore=sha256:<64 hexadecimal digits>"
        raise UsageError("--image cannot be used", why, details=problems, hint=hint)
    return GivenImages(found, repositories)


def parse_image(image: str) -> str:
    """Return the parameter's value for a tag, a digest, or ``TAG@DIGEST``."""
    bare = image.lstrip(":@")
    tag, at, digest = ("", "@", bare) if bare.startswith("sha256:") else bare.partition("@")
    if at and not IMAGE_DIGEST.fullmatch(digest):
        raise ValueError("a digest is sha256: and 64 hexadecimal digits in lower case")
    if at and not tag:
        return f"@{digest}"
    if "/" in tag:
        uri = "ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG"
        raise ValueError(f"not an image in ECR: {uri}, or the tag or digest alone")
    if not IMAGE_TAG.fullmatch(tag):
        raise ValueError("not a tag: letters, digits, _ . -, at most 128, none of . - in front")
    if tag == "latest":
        why = "nothing would roll out when it does; name a version"
        raise ValueError(f'the tag "latest" moves: {why}')
    return f":{tag}{at}{digest}"


def format_image(value: str) -> str:
    """Return a parameter's value as ``--image`` takes it."""
    return value.lstrip(":@")


def make_image_identifier(value: str) -> dict[str, str]:
    """Return a parameter's value as ECR's ``ImageIdentifier``: its digest where it has one."""
    digest = get_digest(value)
    return {"imageDigest": digest} if digest else {"imageTag": get_tag(value)}


def get_tag(value: str) -> str:
    """Return the tag of a parameter's value; empty where it has none."""
    return value.partition("@")[0].removeprefix(":")


def get_digest(value: str) -> str:
    """Return the digest of a parameter's value, ``sha256:...``; empty where it has none."""
    return value.partition("@")[2]
