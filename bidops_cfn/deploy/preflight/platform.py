"""Each image is built for the processor and system that its task definition names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bidops_cfn import logical_ids
from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.preflight.context import DeploymentContext, Unseen
from bidops_cfn.deploy.preflight.judgement import judge
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.target import format_image, get_tag
from bidops_cfn.deploy.template import get_resources
from bidops_cfn.settings.services import Service

# ECS's words -> those of image indexes.
PROCESSORS: Mapping[str, str] = {"X86_64": "amd64", "ARM64": "arm64"}


def platform(context: DeploymentContext) -> Preflight:
    """Ask ECR for each image's index; one without may say in an older format what it is for."""
    against, good, unknown = [], [], []
    for service, place, image in context.registry.list_places():
        manifest = context.registry.manifests[service.name]
        if manifest is None:
            raise Unseen("an image is not to be found (see images)")
        wanted, offered = find_platform(context, service), set(list_platforms(manifest))
        if not offered and get_tag(image) and "manifests" not in manifest:
            offered = set(list_platforms(context.registry.read_first_schema(place, image)))
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
    if len(good) < len(context.target.services):
        raise Unseen("an image is not to be found (see images)")
    return Preflight("platform", Verdict.OK, ", ".join(good))


def find_platform(context: DeploymentContext, service: Service) -> str:
    """Return the platform of a service's task definition, ``linux/amd64``."""
    definition = get_resources(context.target.template)[logical_ids.task_definition(service)]
    runs = definition["Properties"].get("RuntimePlatform", {})
    system = runs.get("OperatingSystemFamily", "LINUX").partition("_")[0].lower()
    processor = runs.get("CpuArchitecture", "X86_64")
    return f"{system}/{PROCESSORS.get(processor, processor)}"


def list_platforms(manifest: Json) -> Iterator[str]:
    """Yield the platforms that an index offers, or the one that Docker's first schema names."""
    for one in manifest.get("manifests", ()):
        if (runs := one.get("platform")) and runs.get("os") != "unknown":
            yield f"{runs['os']}/{runs['architecture']}"
    if manifest.get("schemaVersion") == 1 and manifest.get("history"):
        newest = json.loads(manifest["history"][0].get("v1Compatibility", "{}"))
        if newest.get("os") and manifest.get("architecture"):
            yield f"{newest['os']}/{manifest['architecture']}"
