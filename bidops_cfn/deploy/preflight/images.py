"""Each service's image exists, for the platform of its task definition, with a digest if wanted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bidops_cfn import logical_ids
from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.preflight.context import DeploymentContext, Findings, Unseen
from bidops_cfn.deploy.preflight.registry import Problem
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.target import format_image, get_digest, get_tag
from bidops_cfn.deploy.template import get_resources
from bidops_cfn.settings.services import Service


def images(context: DeploymentContext) -> Preflight:
    """Ask ECR for the image that each service will run, given now or kept."""
    found = dict(context.registry.found)
    for name in context.pinnable:
        if isinstance(fault := found[name], Fault):
            found[name] = _make_unpinned_problem(name, context.named[name] or "", fault)
    for answer in found.values():
        if isinstance(answer, Fault):
            raise answer
    problems = [one for one in found.values() if isinstance(one, Problem)]
    if problems:
        return _refuse(context, problems)
    images = {name: image or "" for name, image in context.named.items()}
    named = {name: get_tag(image) or format_image(image) for name, image in images.items()}
    digests = tuple(
        f"{name} {image} is {found[name]}"
        for name, image in named.items()
        if found[name] and found[name] != image
    )
    message = ", ".join(f"{name} {image}" for name, image in named.items())
    loose = [name for name, image in context.images.items() if not get_digest(image or "")]
    if not context.pins or not loose:
        return Preflight("images", Verdict.OK, message, digests)
    message += f"; {', '.join(loose)} by the tag alone"
    digests += ("a new task definition of a tag alone runs what it stands for then",)
    options = " ".join(f"--image {name}={named[name]}" for name in loose)
    hint = f"Name the image, and it is deployed by its digest: {options}"
    return Preflight("images", Verdict.WARNING, message, digests, hint)


def _make_unpinned_problem(name: str, image: str, fault: Fault) -> Problem:
    return Problem(
        "without a known digest",
        f"{name}: deploy.pin_digest is on, and the digest of {format_image(image)} is not known: "
        f"{fault}",
        f"{fault.hint}\nOr name it: --image {name}={format_image(image)}@sha256:DIGEST",
    )


def _refuse(context: DeploymentContext, problems: list[Problem]) -> Preflight:
    words = [one.word for one in problems]
    counts = [f"{words.count(word)} {word}" for word in dict.fromkeys(words)]
    hints = [one.hint for one in problems if one.hint]
    if None in context.named.values():
        hints.append(f"Name each image: {context.target.creation()}")
    details, hint = tuple(one.text for one in problems), "\n".join(dict.fromkeys(hints))
    return Preflight("images", Verdict.REFUSED, ", ".join(counts), details, hint)


def read_digests(context: DeploymentContext) -> Mapping[str, str]:
    """Return the digest that each service's tag stands for now, by the service's name."""
    return {
        name: found
        for name, found in context.registry.found.items()
        if isinstance(found, str) and found and (context.named[name] or "").startswith(":")
    }


# ECS's words -> those of image indexes.
PROCESSORS: Mapping[str, str] = {"X86_64": "amd64", "ARM64": "arm64"}


def platform(context: DeploymentContext) -> Preflight:
    """Ask ECR for each image's index; one without may say in an older format what it is for."""
    findings, good, unknown, asking = Findings("platform"), [], [], []
    for service, place, image in context.registry.list_places():
        manifest = context.registry.manifests[service.name]
        if manifest is None:
            raise Unseen("an image is not to be found (see images)")
        wanted, offered = find_platform(context, service), set(_list_platforms(manifest))
        if not offered and get_tag(image) and "manifests" not in manifest:
            offered = set(_list_platforms(context.registry.read_first_schema(place, image)))
        if not offered:
            unknown.append(f"{service.name} {format_image(image)}")
            asking.append(f"crane config {place.uri}{image}   # runs as {wanted}")
        elif wanted in offered:
            good.append(f"{service.name} {wanted}")
        else:
            findings.against.append(
                f"{service.name} {format_image(image)} is for {', '.join(sorted(offered))}; "
                f"its task definition runs {wanted}"
            )
    if findings.against:
        return findings.judge("", "Build it for that platform and push it again.")
    if unknown:
        told = f"cannot tell without an image's index: {', '.join(unknown)}"
        hint = (
            "Push it as an index, as docker buildx does, or read its architecture and os with "
            "credentials that may pull it:\n"
        )
        return Preflight("platform", Verdict.NOT_CHECKED, told, hint=hint + "\n".join(asking))
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


def _list_platforms(manifest: Json) -> Iterator[str]:
    for one in manifest.get("manifests", ()):
        if (runs := one.get("platform")) and runs.get("os") != "unknown":
            yield f"{runs['os']}/{runs['architecture']}"
    if manifest.get("schemaVersion") == 1 and manifest.get("history"):
        newest = json.loads(manifest["history"][0].get("v1Compatibility", "{}"))
        if newest.get("os") and manifest.get("architecture"):
            yield f"{newest['os']}/{manifest['architecture']}"
