"""Each image is built for the processor and system that its task definition names."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.preflight.context import DeploymentContext, Unseen
from bidops_cfn.deploy.preflight.images import Repository, find_repository
from bidops_cfn.deploy.preflight.judgement import judge
from bidops_cfn.deploy.preflight.together import ask_each
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.target import format_image, make_image_identifier
from bidops_cfn.deploy.template import get_resources
from bidops_cfn.model import Service

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
# ECS's words -> those of image indexes.
PROCESSORS: Mapping[str, str] = {"X86_64": "amd64", "ARM64": "arm64"}


def platform(context: DeploymentContext) -> Preflight:
    """Ask ECR for each image's index; an image without one does not say what it is built for."""
    found = [(service, find_repository(context, service)) for service in context.target.services]
    there = [
        (service, place, image)
        for service, place in found
        if isinstance(place, Repository) and (image := context.images[service.name])
    ]
    told = ask_each(lambda one: read_platforms(context.client, one[1], one[2]), there)
    against, good, unknown = [], [], []
    for (service, _, image), offered in zip(there, told, strict=True):
        wanted = find_platform(context, service)
        if not offered:
            unknown.append(f"{service.name} {format_image(image)}")
        elif wanted in offered:
            good.append(f"{service.name} {wanted}")
        else:
            against.append(
                f"{service.name} {format_image(image)} is for {', '.join(sorted(offered))}; "
                f"its task definition runs {wanted}"
            )
    if against:
        hint = "Build it for that platform and push it again."
        return judge("platform", "", against=against, hint=hint)
    if unknown:
        raise Unseen(f"cannot tell without an image's index: {', '.join(unknown)}")
    if len(good) < len(found):
        raise Unseen("an image is not to be found (see images)")
    return Preflight("platform", Verdict.OK, ", ".join(good))


def find_platform(context: DeploymentContext, service: Service) -> str:
    """Return the platform of a service's task definition, ``linux/amd64``."""
    definition = get_resources(context.target.template)[logical_ids.task_definition(service)]
    runs = definition["Properties"].get("RuntimePlatform", {})
    system = runs.get("OperatingSystemFamily", "LINUX").partition("_")[0].lower()
    processor = runs.get("CpuArchitecture", "X86_64")
    return f"{system}/{PROCESSORS.get(processor, processor)}"


def read_platforms(client: Client, place: Repository, image: str) -> set[str]:
    """Return the platforms that an image's index offers; none where there is no index.

    Raises ``Unseen`` where there is no image.
    """
    answer = client(
        Call.BATCH_GET_IMAGE,
        registryId=place.registry,
        repositoryName=place.name,
        imageIds=[make_image_identifier(image)],
        acceptedMediaTypes=[*INDEXES, *MANIFESTS],
    )
    if not answer.get("images"):
        raise Unseen("an image is not to be found (see images)")
    listed = json.loads(answer["images"][0]["imageManifest"]).get("manifests", [])
    return {
        f"{runs['os']}/{runs['architecture']}"
        for manifest in listed
        if (runs := manifest.get("platform")) and runs.get("os") != "unknown"
    }
