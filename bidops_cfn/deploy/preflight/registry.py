"""What ECR says of the images that services will run; each question is asked once."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, ask_each, once, paginate
from bidops_cfn.deploy.faults import STRANGE_ANSWER, Fault, NotFound, Rejected, Unavailable
from bidops_cfn.deploy.preflight.neighbours import Neighbours
from bidops_cfn.deploy.target import (
    REPOSITORY_URI,
    Target,
    get_digest,
    get_tag,
    make_image_identifier,
)
from bidops_cfn.settings.services import Service

DUAL_STACK = ("on.aws", "on.amazonwebservices.com.cn")
NEWEST = 5
LOOKED_AT = 3000  # three pages
LONG_AGO = datetime.min.replace(tzinfo=UTC)
INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
# Into which ECR translates Docker's own format, where it is asked for by a tag; OCI's it does not.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html
FIRST_SCHEMA = "application/vnd.docker.distribution.manifest.v1+json"


@dataclass(frozen=True, slots=True)
class Repository:
    """An ECR repository, as its URI says it."""

    uri: str
    registry: str
    name: str

    @property
    def request(self) -> Json:
        """The parameters with which a call names it."""
        return {"registryId": self.registry, "repositoryName": self.name}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a service has no image: in a word, and with what to know about it, or to do."""

    word: str
    text: str
    hint: str = ""


@dataclass(frozen=True)
class Registry:
    """The images of a target in their repositories.

    ``images`` are the parameter values by service name, None where none is named; those of ``kept``
    services are what the stack has now.
    """

    client: Client
    target: Target
    neighbours: Neighbours
    images: Mapping[str, str | None]
    kept: Collection[str]

    @once
    def found(self) -> Mapping[str, str | Problem | Fault]:
        """The digest of each service's image, or why there is none, by the service's name."""

        def look(service: Service) -> str | Problem | Fault:
            try:
                return self._look_up(service)
            except Fault as fault:
                return fault

        return {one.name: answer for one, answer in ask_each(look, self.target.services)}

    @once
    def manifests(self) -> Mapping[str, Json | None]:
        """The manifest or index of each image that has a repository; None where there is none."""

        def read(one: tuple[Service, Repository, str]) -> Json | None:
            _, place, image = one
            found = self._get_images(place, make_image_identifier(image), *INDEXES, *MANIFESTS)
            if not found:
                return None
            manifest: Json = json.loads(found[0]["imageManifest"])
            return manifest

        return {one.name: answer for (one, *_), answer in ask_each(read, self.list_places())}

    def list_indexed(self, service: Service) -> Sequence[Json]:
        """Return what is in the index of a service's image; nothing where that is not known."""
        try:
            index = self.manifests[service.name] or {}
        except (Fault, *STRANGE_ANSWER):
            return ()
        found: Sequence[Json] = index.get("manifests", ())
        return found

    def read_first_schema(self, place: Repository, image: str) -> Json:
        """Return an image's manifest in Docker's first schema, which names its platform."""
        try:
            found = self._get_images(place, {"imageTag": get_tag(image)}, FIRST_SCHEMA)
        except Rejected:  # in words that tell of the format
            return {}
        for one in found:
            digest = one.get("imageId", {}).get("imageDigest", "")
            if get_digest(image) in ("", digest):
                manifest: Json = json.loads(one["imageManifest"])
                return manifest
        return {}

    def _get_images(
        self, place: Repository, identifier: Mapping[str, str], *formats: str
    ) -> list[Json]:
        about = {**place.request, "imageIds": [identifier], "acceptedMediaTypes": list(formats)}
        found: list[Json] = self.client(Call.BATCH_GET_IMAGE, **about).get("images", [])
        return found

    def list_places(self) -> list[tuple[Service, Repository, str]]:
        """Return each service whose image and repository are known, with both."""
        return [
            (service, place, image)
            for service in self.target.services
            if isinstance(place := self.find_repository(service), Repository)
            and (image := self.images[service.name])
        ]

    def find_repository(self, service: Service) -> Repository | str:
        """Return the repository of a service, or why there is none to look at."""
        reference = self.target.environment.references(service.repository.value)[0]
        uri = self.neighbours.find(reference)
        if uri is None:
            return "its repository is not exported (see imports)"
        match = REPOSITORY_URI.fullmatch(uri)
        if match is None:
            return f"{uri} is not the address of an ECR repository"
        if match["suffix"] in DUAL_STACK:
            return f"{uri} is a dual-stack address, which the template cannot take apart"
        if match["region"] != self.client.region:
            return f"{uri} is in {match['region']}, and only {self.client.region} can be asked"
        return Repository(uri, match["registry"], match["name"])

    def _look_up(self, service: Service) -> Problem | str:
        image = self.images[service.name]
        if image is None:
            text = f"{service.name}: no image named, and no stack that has one"
            return Problem("not named", text)
        place = self.find_repository(service)
        if not isinstance(place, Repository):
            return Problem("not looked for", f"{service.name}: {place}")
        named = self.target.repositories.get(service.name)
        if named not in (None, place.uri):
            text = f"{service.name}: --image names {named}, and the stack pulls from {place.uri}"
            return Problem("of another repository", text, FOREIGN)
        details = self._describe(place, make_image_identifier(image))
        if not isinstance(details, dict):
            return self._explain_missing(service, place, image, details)
        moved = self._find_moved_tag(service, place, image, details)
        return moved or str(details.get("imageDigest", ""))

    def _find_moved_tag(
        self, service: Service, place: Repository, image: str, details: Json
    ) -> Problem | None:
        tag, digest = get_tag(image), get_digest(image)
        labelled = tag and digest and service.name not in self.kept
        if not labelled or tag in details.get("imageTags", ()):
            return None
        other = self._describe(place, {"imageTag": tag})
        now = other.get("imageDigest", "") if isinstance(other, dict) else ""
        if now in ("", digest):  # a tag that is not there is a mere word
            return None
        if service.name in self.target.sources:
            return Problem(
                "of a tag that is another image here",
                f"{service.name}: {tag} is {now} in {place.uri}, and not {digest}",
                f"Name the digest without the tag: --image {service.name}={digest}",
            )
        return Problem(
            "of a tag that has moved",
            f"{service.name}: {tag} was {digest}, and is {now} now",
            "Look at what the tag stands for now, and name it alone: --image SERVICE=TAG",
        )

    def _describe(self, place: Repository, identifier: Mapping[str, str]) -> Json | NotFound:
        try:
            answer = self.client(Call.DESCRIBE_IMAGES, **place.request, imageIds=[identifier])
        except NotFound as fault:
            return fault
        for details in answer["imageDetails"]:
            return details  # type: ignore[no-any-return] # a dict
        raise Unavailable(Call.DESCRIBE_IMAGES, f"the answer says nothing of {identifier}")

    def _explain_missing(
        self, service: Service, place: Repository, image: str, fault: NotFound
    ) -> Problem:
        if "Repository" in fault.code:
            text = f"{service.name}: there is no {place.uri}"
            return Problem("not found in ECR", text, PUSH)
        source = self.target.sources.get(service.name)
        if source is not None:
            tag = get_tag(image) or "TAG"
            return Problem(
                "not found in ECR",
                f"{service.name}: {place.uri} lacks {get_digest(image)}, which {source} has",
                "Copy it, digest for digest, after a login to both registries:\n"
                f"  crane copy {source}@{get_digest(image)} {place.uri}:{tag}",
            )
        newest = ", ".join(_list_newest_tags(self.client, place))
        more = f"; newest: {newest}" if newest else ""
        text = f"{service.name}: {place.uri}{image} does not exist{more}"
        return Problem("not found in ECR", text, PUSH)


FOREIGN = (
    "A stack pulls from the repository that it imports: push the image there, and name its tag "
    "alone: --image SERVICE=TAG"
)
PUSH = "Push the image, or name one that exists: --image SERVICE=TAG"


def _list_newest_tags(client: Client, place: Repository) -> Iterator[str]:
    about = {**place.request, "filter": {"tagStatus": "TAGGED"}, "maxResults": 1000}
    pages = paginate(client, Call.DESCRIBE_IMAGES, "imageDetails", **about)
    try:
        found = list(islice(pages, LOOKED_AT))
    except Fault:
        return
    found.sort(key=lambda one: one.get("imagePushedAt", LONG_AGO), reverse=True)
    for one in found[:NEWEST]:
        yield from one.get("imageTags", ())[:1]
