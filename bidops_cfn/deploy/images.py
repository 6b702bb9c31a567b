"""Image references: what ``--image`` takes, what the template's parameters hold.

The template joins an imported repository URI with the reference, so that a parameter holds
``:1.4.2`` or ``@sha256:<64 hexadecimal digits>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from bidops_cfn.errors import UsageError
from bidops_cfn.model import Service

TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def parse(given: Iterable[str], services: Sequence[Service]) -> Mapping[str, str]:
    """Return the references of ``SERVICE=TAG`` and ``SERVICE=sha256:DIGEST``, by service name.

    Raises ``UsageError`` with everything that is wrong.
    """
    names = [service.name for service in services]
    found: dict[str, str] = {}
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
            try:
                found[name] = reference(image)
            except ValueError as error:
                problems.append(f'"{text}": {error}')
    if problems:
        raise UsageError(
            "--image cannot be used",
            "1 problem" if len(problems) == 1 else f"{len(problems)} problems",
            details=problems,
            hint="For example: --image bff=1.4.2 --image agentcore=sha256:<64 hexadecimal digits>",
        )
    return found


def reference(image: str) -> str:
    """Return the parameter's value for a tag or a digest; ``ValueError`` says what is wrong."""
    bare = image.lstrip(":@")
    if DIGEST.fullmatch(bare):
        return f"@{bare}"
    if bare.startswith("sha256:"):
        raise ValueError("a digest is sha256: and 64 hexadecimal digits in lower case")
    if not TAG.fullmatch(bare):
        raise ValueError("not a tag: letters, digits, _ . -, at most 128, none of . - in front")
    if bare == "latest":
        raise ValueError(
            'the tag "latest" moves: nothing would roll out when it does; name a version'
        )
    return f":{bare}"


def shown(value: str) -> str:
    """Return a parameter's value as ``--image`` takes it."""
    return value.lstrip(":@")


def identifier(value: str) -> dict[str, str]:
    """Return a parameter's value as ECR's ``ImageIdentifier``."""
    return {"imageDigest": value[1:]} if value.startswith("@") else {"imageTag": value[1:]}
