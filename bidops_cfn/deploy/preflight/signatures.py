"""Each image has a signature, where its registry signs what is pushed to the repository.

ECR's own signing has rules for the whole registry; a signature is an artifact that refers to the
image. That there is one is all that is looked at: whose it is, and whether it holds, is for what
verifies it (Notation, or a policy of AWS Signer).
https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.preflight.context import DeploymentContext, Unseen
from bidops_cfn.deploy.preflight.judgement import judge
from bidops_cfn.deploy.preflight.registry import Repository
from bidops_cfn.deploy.preflight.together import ask_each
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.target import format_image
from bidops_cfn.settings.services import Service

SIGNATURES = ("application/vnd.cncf.notary.signature",)


def signatures(context: DeploymentContext) -> Preflight:
    """Ask ECR for the signature of each image whose repository has a signing rule."""
    places = context.registry.list_places()
    if len(places) < len(context.target.services):
        raise Unseen("an image is not to be found (see images)")
    own = [one for one in places if one[1].registry == context.target.environment.account_id]
    rules = read_rules(context) if own else []
    wanted = [one for one in places if one not in own or is_signed_here(rules, one[1])]
    if not wanted:
        text = "the registry signs nothing that is pushed to these repositories"
        return Preflight("signatures", Verdict.SKIPPED, text)
    if not all(isinstance(context.registry.found[one[0].name], str) for one in wanted):
        raise Unseen("an image is not to be found (see images)")
    told = ask_each(lambda one: describe_signature(context, *one, here=one in own), wanted)
    doubts = [text for text in told if text]
    fine = f"{', '.join(service.name for service, _, _ in wanted)} signed"
    return judge(
        "signatures",
        f"{fine}; by whom is not looked at",
        doubts=doubts,
        hint="Push the image again where it has to be signed, or sign it: notation sign",
    )


def read_rules(context: DeploymentContext) -> list[Json]:
    """Return the signing rules of our own registry; none where signing is not set up."""
    try:
        answer = context.client(Call.GET_SIGNING_CONFIGURATION)
    except NotFound:
        return []
    rules: list[Json] = answer.get("signingConfiguration", {}).get("rules", [])
    return rules


def is_signed_here(rules: list[Json], place: Repository) -> bool:
    """Tell whether a rule signs what is pushed to the repository; one without filters signs all."""
    return any(
        not rule.get("repositoryFilters")
        or any(fnmatchcase(place.name, one["filter"]) for one in rule["repositoryFilters"])
        for rule in rules
    )


def describe_signature(
    context: DeploymentContext, service: Service, place: Repository, image: str, *, here: bool
) -> str:
    """Return what is wrong with an image's signature, or not known of it; empty where it has one.

    ``here`` says that our own registry signs it; the rules of another one cannot be read.
    """
    name, digest = f"{service.name} {format_image(image)}", context.registry.found[service.name]
    if not isinstance(digest, str) or not digest:
        return f"cannot tell whether {name} is signed: its digest is not known (see images)"
    identifier = {"imageDigest": digest}
    states: list[Json] = []
    if here:
        answer = context.client(Call.DESCRIBE_SIGNING_STATUS, **place.request, imageId=identifier)
        states = answer.get("signingStatuses", [])
    if states:
        return next(filter(None, (describe_state(name, one) for one in states)), "")
    found = paginate(
        context.client,
        Call.LIST_IMAGE_REFERRERS,
        "referrers",
        **place.request,
        subjectId=identifier,
        filter={"artifactTypes": list(SIGNATURES)},
    )
    if any(one.get("artifactType") in SIGNATURES for one in found):
        return ""
    if here:
        return f"{name} has no signature, and its registry signs what is pushed to {place.name}"
    return f"{name} has no signature; cannot tell whether registry {place.registry} signs"


def describe_state(name: str, state: Json) -> str:
    """Return what is wrong with the signing of an image by one profile; empty where it is done."""
    word = state.get("status")
    if word == "COMPLETE":
        return ""
    if word == "FAILED":
        why = state.get("failureReason") or state.get("failureCode") or "ECR gives no reason"
        return f"{name} is not signed: signing failed: {why}"
    return f"cannot tell whether {name} is signed: signing is in {word or 'an unknown state'}"
