"""Each service's image exists in its repository."""

from __future__ import annotations

import re

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.target import format_image, make_image_identifier

REPOSITORY_URI = re.compile(r"(?P<registry>\d{12})\.dkr[.-]ecr\.[^/]+/(?P<name>.+)")


def images(context: DeploymentContext) -> Preflight:
    """Ask ECR for the image that each service will run, given now or kept."""
    problems: list[str] = []
    unnamed: list[str] = []
    found: list[str] = []
    for service in context.target.services:
        image = context.images[service.name]
        uri = context.imported.get(
            context.target.environment.export_names(service.repository.value)[0]
        )
        if image is None:
            unnamed.append(service.name)
            problems.append(f"{service.name}: no image named, and no stack that has one")
        elif uri is None:
            problems.append(f"{service.name}: its repository is not exported (see imports)")
        elif not (match := REPOSITORY_URI.fullmatch(uri)):
            problems.append(f"{service.name}: {uri} is not the address of an ECR repository")
        else:
            try:
                context.client(
                    Call.DESCRIBE_IMAGES,
                    registryId=match["registry"],
                    repositoryName=match["name"],
                    imageIds=[make_image_identifier(image)],
                )
                found.append(f"{service.name} {format_image(image)}")
            except NotFound:
                problems.append(f"{service.name}: {uri}{image} does not exist")
    if not problems:
        return Preflight("images", Verdict.OK, ", ".join(found))
    hint = "Push the image, or name one that exists: --image SERVICE=TAG"
    if unnamed:
        options = " ".join(f"--image {name}=TAG" for name in unnamed)
        others = len(problems) > len(unnamed)
        hint = f"{hint}\nAnd name" if others else "Name"
        hint += f" an image for each of the rest: {options}" if others else f" an image: {options}"
    return Preflight(
        "images", Verdict.REFUSED, "not every image is there", details=tuple(problems), hint=hint
    )
