"""What ECR's scans found in the images, and whether those that are to be signed are.

Basic and enhanced scanning (Amazon Inspector) answer the same call. An index is not scanned, the
images in it are. Of a signature it is only looked at whether there is one, not whose it is.
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, ask_each, find, paginate
from bidops_cfn.deploy.faults import Fault, NotFound
from bidops_cfn.deploy.preflight.context import DeploymentContext, Findings, Unseen
from bidops_cfn.deploy.preflight.images import find_platform
from bidops_cfn.deploy.preflight.registry import Repository
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.target import format_image, make_image_identifier
from bidops_cfn.settings.services import SEVERITIES, Service

SCANNED = ("COMPLETE", "ACTIVE")  # the second: scanned continuously
FREQUENCIES = {
    "MANUAL": "its repository is scanned by hand alone",
    "SCAN_ON_PUSH": "its repository is scanned on push",
    "CONTINUOUS_SCAN": "its repository is scanned continuously",
}
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found: the number of findings by severity, and the names of the first ones."""

    counts: Mapping[str, int]
    names: Mapping[str, tuple[str, ...]]
    unknown: str = ""


def scan_findings(context: DeploymentContext) -> Preflight:
    """Compare what the scan of each image found with ``deploy.scan_findings``."""
    least = context.environment.deploy.scan_findings
    if least is None:
        return Preflight("scan findings", Verdict.SKIPPED, "deploy.scan_findings is not set")
    places = context.registry.list_places()
    if len(places) < len(context.target.services):
        raise Unseen("an image is not to be found (see images)")
    counted = SEVERITIES[SEVERITIES.index(least) :]
    findings = Findings("scan findings")
    unknown: list[str] = []
    for (service, _, image), scan in ask_each(lambda one: _read_scan(context, *one), places):
        name = f"{service.name} {format_image(image)}"
        if scan.unknown:
            unknown.append(f"{name}: {scan.unknown}")
        kept = image == context.previous_images[service.name]
        strange = [one for one in scan.counts if one not in SEVERITIES]
        if found := _describe(scan, counted):
            (findings.doubts if kept else findings.against).append(f"{name} has {found}")
        if found := _describe(scan, strange):
            findings.doubts.append(f"{name} has {found}: how severe is not known")
    if unknown and not findings.told:
        raise Unseen(f"cannot tell what a scan finds: {'; '.join(unknown)}")
    findings.doubts += [f"cannot tell: {one}" for one in unknown]
    return findings.judge(
        f"none of {least} or above",
        "Deploy an image without them. deploy.scan_findings in "
        f"{context.settings}\nsays which severity is refused.",
    )


def _describe(scan: Scan, severities: Sequence[str]) -> str:
    """Return ``2 CRITICAL (CVE-2026-1, CVE-2026-2), 1 HIGH``; empty where there is none."""
    parts = []
    for severity in reversed(severities):
        if scan.counts.get(severity):
            names = scan.names.get(severity, ())
            shown = f" ({', '.join(names)})" if names else ""
            parts.append(f"{scan.counts[severity]} {severity}{shown}")
    return ", ".join(parts)


def _read_scan(context: DeploymentContext, service: Service, place: Repository, image: str) -> Scan:
    answer: Json | None = None
    there = False
    for identifier in _list_identifiers(context, service, image):
        try:
            about = {**place.request, "imageId": identifier}
            answer = context.client(Call.DESCRIBE_SCAN_FINDINGS, **about)
            break
        except NotFound as fault:
            there = there or "Scan" in fault.code
    if answer is None and there:
        return Scan({}, {}, f"it was not scanned; {_find_frequency(context, place)}")
    if answer is None:
        return Scan({}, {}, "it is not to be found (see images)")
    state = answer.get("imageScanStatus", {})
    findings = answer.get("imageScanFindings")
    if state.get("status") not in SCANNED or findings is None:
        why = state.get("description")
        text = f"its scan is in {state.get('status') or 'an unknown state'}"
        return Scan({}, {}, f"{text}: {why}" if why else text)
    listed: list[tuple[str, str]] = list(_list_findings(findings))
    counts = findings.get("findingSeverityCounts")
    partly = counts is None and answer.get("nextToken")
    names: dict[str, list[str]] = {}
    for severity, name in listed:
        names.setdefault(severity, []).append(name)
    return Scan(
        Counter(severity for severity, _ in listed) if counts is None else counts,
        {severity: tuple(several[:SHOWN]) for severity, several in names.items()},
        "ECR lists a part of its findings, and counts none" if partly else "",
    )


def _list_identifiers(
    context: DeploymentContext, service: Service, image: str
) -> Iterator[Mapping[str, str]]:
    """Yield what may have been scanned: the image of the platform in an index, then the image."""
    system, _, processor = find_platform(context, service).partition("/")
    for one in context.registry.list_indexed(service):
        runs = one.get("platform", {})
        if (runs.get("os"), runs.get("architecture")) == (system, processor) and "digest" in one:
            yield {"imageDigest": one["digest"]}
    digest = context.registry.found[service.name]
    known = isinstance(digest, str) and digest
    yield {"imageDigest": str(digest)} if known else make_image_identifier(image)


def _list_findings(findings: Json) -> Iterator[tuple[str, str]]:
    for one in findings.get("findings", ()):
        yield one.get("severity", ""), one.get("name", "")
    for one in findings.get("enhancedFindings", ()):
        details = one.get("packageVulnerabilityDetails", {})
        yield one.get("severity", ""), details.get("vulnerabilityId") or one.get("title", "")


def _find_frequency(context: DeploymentContext, place: Repository) -> str:
    """Return when a repository is scanned, which ECR tells of our own registry alone."""
    unknown = "cannot tell whether scanning is on"
    if place.registry != context.environment.account_id:
        return unknown
    try:
        answer = context.client(Call.GET_SCANNING_CONFIGURATION, repositoryNames=[place.name])
    except Fault:
        return unknown
    found: Json = next(iter(answer.get("scanningConfigurations", ())), {})
    return FREQUENCIES.get(found.get("scanFrequency", ""), unknown)


SIGNATURES = ("application/vnd.cncf.notary.signature",)


def signatures(context: DeploymentContext) -> Preflight:
    """Ask ECR for the signature of each image whose repository has a signing rule."""
    places = context.registry.list_places()
    if len(places) < len(context.target.services):
        raise Unseen("an image is not to be found (see images)")
    own = [one for one in places if one[1].registry == context.environment.account_id]
    answer = find(context.client, Call.GET_SIGNING_CONFIGURATION) if own else None
    rules: list[Json] = answer["signingConfiguration"]["rules"] if answer is not None else []
    wanted = [one for one in places if one not in own or _is_signed_here(rules, one[1])]
    if not wanted:
        text = "the registry signs nothing that is pushed to these repositories"
        return Preflight("signatures", Verdict.SKIPPED, text)
    if not all(isinstance(context.registry.found[one[0].name], str) for one in wanted):
        raise Unseen("an image is not to be found (see images)")
    told = ask_each(lambda one: _describe_signature(context, *one, here=one in own), wanted)
    findings = Findings("signatures", doubts=[text for _, text in told if text])
    fine = f"{', '.join(service.name for service, _, _ in wanted)} signed"
    return findings.judge(
        f"{fine}; by whom is not looked at",
        "Push the image again where it has to be signed, or sign it: notation sign",
    )


def _is_signed_here(rules: list[Json], place: Repository) -> bool:
    filters = (rule.get("repositoryFilters") or [{"filter": "*"}] for rule in rules)
    return any(fnmatchcase(place.name, one["filter"]) for several in filters for one in several)


def _describe_signature(
    context: DeploymentContext, service: Service, place: Repository, image: str, *, here: bool
) -> str:
    """Return what is wrong with an image's signature; ``here`` says that our registry signs it."""
    name, digest = f"{service.name} {format_image(image)}", context.registry.found[service.name]
    if not isinstance(digest, str) or not digest:
        return f"cannot tell whether {name} is signed: its digest is not known (see images)"
    identifier = {"imageDigest": digest}
    states: list[Json] = []
    if here:
        answer = context.client(Call.DESCRIBE_SIGNING_STATUS, **place.request, imageId=identifier)
        states = answer.get("signingStatuses", [])
    if states:
        return next(filter(None, (_describe_state(name, one) for one in states)), "")
    about = {"subjectId": identifier, "filter": {"artifactTypes": list(SIGNATURES)}}
    call = Call.LIST_IMAGE_REFERRERS
    found = paginate(context.client, call, "referrers", **place.request, **about)
    if any(one.get("artifactType") in SIGNATURES for one in found):
        return ""
    if here:
        return f"{name} has no signature, and its registry signs what is pushed to {place.name}"
    return f"{name} has no signature; cannot tell whether registry {place.registry} signs"


def _describe_state(name: str, state: Json) -> str:
    word = state.get("status")
    if word == "COMPLETE":
        return ""
    if word == "FAILED":
        why = state.get("failureReason") or state.get("failureCode") or "ECR gives no reason"
        return f"{name} is not signed: signing failed: {why}"
    return f"cannot tell whether {name} is signed: signing is in {word or 'an unknown state'}"
