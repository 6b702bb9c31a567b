"""Each service's image exists in its repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, paginate
from bidops_cfn.deploy.faults import Fault, NotFound
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.together import ask_each
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.target import REPOSITORY_URI, format_image, make_image_identifier
from bidops_cfn.model import Service

DUAL_STACK = ("on.aws", "on.amazonwebservices.com.cn")
FOREIGN = "of another repository"
NEWEST = 5
LOOKED_AT = 3000  # three pages
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Repository:
    """An ECR repository, as its URI says it."""

    uri: str
    registry: str
    name: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a service has no image: in a word, and with what to know about it."""

    word: str
    text: str


def images(context: DeploymentContext) -> Preflight:
    """Ask ECR for the image that each service will run, given now or kept."""
    services = context.target.services
    looked = ask_each(partial(look_up, context), services)
    found = [one for one in looked if isinstance(one, Problem)]
    if not found:
        named = [f"{one.name} {format_image(context.images[one.name] or '')}" for one in services]
        digests = [
            f"{name} is {digest}"
            for name, digest in zip(named, looked, strict=True)
            if digest and not name.endswith(str(digest))
        ]
        return Preflight("images", Verdict.OK, ", ".join(named), details=tuple(digests))
    words = [one.word for one in found]
    counts = [f"{words.count(word)} {word}" for word in dict.fromkeys(words)]
    unnamed = [one.name for one in services if context.images[one.name] is None]
    hints = []
    if FOREIGN in words:
        hints.append(
            "A stack pulls from the repository that it imports: push the image there, and name its"
            " tag alone: --image SERVICE=TAG"
        )
    if len(unnamed) + words.count(FOREIGN) < len(found):
        hints.append("Push the image, or name one that exists: --image SERVICE=TAG")
    if unnamed:
        hints.append(f"Name each image: {context.target.creation()}")
    return Preflight(
        "images",
        Verdict.REFUSED,
        ", ".join(counts),
        details=tuple(one.text for one in found),
        hint="\n".join(hints),
    )


def read_digests(context: DeploymentContext) -> Mapping[str, str]:
    """Return the digest that each service's tag stands for now, by the service's name.

    A service that is absent has a digest for its image, or ECR does not tell.
    """

    def read(service: Service) -> str:
        try:
            found = look_up(context, service)
        except Fault:
            return ""
        return found if isinstance(found, str) else ""

    tagged = [
        one for one in context.target.services if (context.images[one.name] or "").startswith(":")
    ]
    found = zip(tagged, ask_each(read, tagged), strict=True)
    return {service.name: digest for service, digest in found if digest}


def look_up(context: DeploymentContext, service: Service) -> Problem | str:
    """Return the digest of a service's image, empty where ECR names none, or why there is none."""
    image = context.images[service.name]
    if image is None:
        return Problem("not named", f"{service.name}: no image named, and no stack that has one")
    place = find_repository(context, service)
    if not isinstance(place, Repository):
        return Problem("not looked for", f"{service.name}: {place}")
    named = context.target.repositories.get(service.name)
    if named not in (None, place.uri):
        return Problem(
            FOREIGN,
            f"{service.name}: --image names {named}, and the stack pulls from {place.uri}",
        )
    try:
        answer = context.client(
            Call.DESCRIBE_IMAGES,
            registryId=place.registry,
            repositoryName=place.name,
            imageIds=[make_image_identifier(image)],
        )
    except NotFound as fault:
        if "Repository" in fault.code:
            return Problem("not found in ECR", f"{service.name}: there is no {place.uri}")
        newest = ", ".join(list_newest_tags(context.client, place))
        more = f"; newest: {newest}" if newest else ""
        return Problem(
            "not found in ECR", f"{service.name}: {place.uri}{image} does not exist{more}"
        )
    return next((one.get("imageDigest", "") for one in answer["imageDetails"]), "")


def find_repository(context: DeploymentContext, service: Service) -> Repository | str:
    """Return the repository of a service, or why there is none to look at."""
    reference = context.target.environment.references(service.repository.value)[0]
    uri = context.neighbours.find(reference)
    if uri is None:
        return "its repository is not exported (see imports)"
    match = REPOSITORY_URI.fullmatch(uri)
    if match is None:
        return f"{uri} is not the address of an ECR repository"
    if match["suffix"] in DUAL_STACK:
        return f"{uri} is a dual-stack address, which the template cannot take apart"
    if match["region"] != context.client.region:
        return f"{uri} is in {match['region']}, and only {context.client.region} can be asked"
    return Repository(uri, match["registry"], match["name"])


def list_newest_tags(client: Client, place: Repository) -> Iterator[str]:
    """Yield the newest tags of a repository, the last pushed first; none if unknown."""
    pages = paginate(
        client,
        Call.DESCRIBE_IMAGES,
        "imageDetails",
        registryId=place.registry,
        repositoryName=place.name,
        filter={"tagStatus": "TAGGED"},
        maxResults=1000,
    )
    try:
        found = list(islice(pages, LOOKED_AT))
    except Fault:
        return
    found.sort(key=lambda one: one.get("imagePushedAt", LONG_AGO), reverse=True)
    for one in found[:NEWEST]:
        yield from one.get("imageTags", ())[:1]
