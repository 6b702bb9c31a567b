"""What a scan found in the images, and whether they are signed where their registry signs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Fault, Throttled
from bidops_cfn.deploy.records import Verdict
from tests.deploy.preflight.looking import expect, looked
from tests.deploy.scripted.world import World

OK, SKIPPED, REFUSED = Verdict.OK, Verdict.SKIPPED, Verdict.REFUSED
WARNING, NOT_CHECKED = Verdict.WARNING, Verdict.NOT_CHECKED
A, B, C = (f"sha256:{letter * 64}" for letter in "abc")
SIGNATURE = "application/vnd.cncf.notary.signature"


def scan(status: str = "COMPLETE", /, why: object = "", **counts: int) -> dict[str, Any]:
    """A scan that found ``counts`` by severity; nothing where it is not over."""
    answer: dict[str, Any] = {"imageScanStatus": {"status": status, "description": why}}
    if status in ("COMPLETE", "ACTIVE"):
        answer["imageScanFindings"] = {"findingSeverityCounts": counts}
    return answer


def basic(**counts: int) -> dict[str, Any]:
    """A basic scan with its findings."""
    answer = scan(**counts)
    answer["imageScanFindings"]["findings"] = [
        {"name": f"CVE-2026-{number}", "severity": severity}
        for severity, count in counts.items()
        for number in range(count)
    ]
    return answer


def enhanced(**counts: int) -> dict[str, Any]:
    """A scan of Amazon Inspector, which may count nothing itself."""
    listed = [
        {"severity": severity, "packageVulnerabilityDetails": {"vulnerabilityId": "GHSA-1"}}
        for severity, count in counts.items()
        for _ in range(count)
    ]
    answer = scan("ACTIVE")
    answer["imageScanFindings"] = {"enhancedFindings": listed}
    return answer


@pytest.fixture
def scanned(world: World) -> World:
    """Images whose scans found nothing, in an environment that refuses HIGH and above."""
    world.settings(scan_findings="HIGH")
    world.account.scanned = {"1.4.2": scan(), "2.0.0": scan()}
    return world


@pytest.mark.parametrize(
    ("answer", "verdict", "text"),
    [
        (scan(), OK, "none of HIGH or above"),
        (scan("ACTIVE", MEDIUM=7, LOW=40), OK, "none of HIGH or above"),
        (scan(HIGH=1), REFUSED, "bff 1.4.2 has 1 HIGH"),
        (basic(CRITICAL=1, HIGH=2), REFUSED, "1 CRITICAL (CVE-2026-0), 2 HIGH (CVE-2026-0, "),
        (enhanced(CRITICAL=1), REFUSED, "1 CRITICAL (GHSA-1)"),
        (enhanced(LOW=1), OK, "none of HIGH"),
        (enhanced(LOW=1) | {"nextToken": "2"}, NOT_CHECKED, "a part of its findings"),
        (enhanced(HIGH=1) | {"nextToken": "2"}, REFUSED, "1 HIGH"),
        (scan("ACTIVE", UNTRIAGED=2), WARNING, "2 UNTRIAGED: how severe is not known"),
        (scan("IN_PROGRESS"), NOT_CHECKED, "its scan is in IN_PROGRESS"),
        (scan("FAILED", "no such layer"), NOT_CHECKED, "FAILED: no such layer"),
        (scan("UNSUPPORTED_IMAGE"), NOT_CHECKED, "UNSUPPORTED_IMAGE"),
        (scan("SCAN_ELIGIBILITY_EXPIRED"), NOT_CHECKED, "SCAN_ELIGIBILITY_EXPIRED"),
        ({"imageScanStatus": {"status": "COMPLETE"}}, NOT_CHECKED, "its scan is in COMPLETE"),
        ({}, NOT_CHECKED, "its scan is in an unknown state"),
        (None, NOT_CHECKED, "it was not scanned; its repository is scanned on push"),
    ],
)
def test_what_a_scan_found(
    scanned: World, answer: dict[str, Any] | None, verdict: Verdict, text: str
) -> None:
    scanned.account.frequency = "SCAN_ON_PUSH"
    del scanned.account.scanned["1.4.2"]
    if answer is not None:
        scanned.account.scanned["1.4.2"] = answer
    expect(scanned, "scan findings", verdict, text)


def test_an_image_that_is_not_scanned_stands_beside_one_that_is_refused(scanned: World) -> None:
    scanned.account.scanned = {"2.0.0": scan(CRITICAL=1)}
    scanned.wire.refuse(AccessDenied, Call.GET_SCANNING_CONFIGURATION)
    expect(
        scanned,
        "scan findings",
        REFUSED,
        "bff 1.4.2: it was not scanned; cannot tell whether scanning is on",
    )


def test_an_image_that_runs_already_is_told_and_not_refused(scanned: World) -> None:
    scanned.standing()
    scanned.account.scanned = {"1.4.1": scan(CRITICAL=1), "2.0.0": scan()}
    expect(scanned, "scan findings", WARNING, "bff 1.4.1 has 1 CRITICAL")


def test_of_an_index_the_image_of_the_platform_is_asked_for(scanned: World) -> None:
    manifests = [
        {"platform": {"os": "linux", "architecture": one}, "digest": digest}
        for one, digest in (("arm64", B), ("amd64", C))
    ]
    index = {"images": [{"imageManifest": json.dumps({"manifests": manifests})}]}
    scanned.wire.handlers[Call.BATCH_GET_IMAGE] = lambda **_: index
    scanned.account.scanned[C] = scan(HIGH=3)
    expect(scanned, "scan findings", REFUSED, "bff 1.4.2 has 3 HIGH")


def test_without_the_setting_nothing_is_asked(world: World) -> None:
    found, _ = looked(world, "scan findings")
    assert (found.verdict, found.message) == (SKIPPED, "deploy.scan_findings is not set")
    assert world.made(Call.DESCRIBE_SCAN_FINDINGS) == []


RULE = {"signingProfileArn": "arn:aws:signer:us-east-1:111111111111:/signing-profiles/p"}
FILTERED = [{**RULE, "repositoryFilters": [{"filter": "bidops*", "filterType": "WILDCARD_MATCH"}]}]
OTHERS = [{**RULE, "repositoryFilters": [{"filter": "other/*", "filterType": "WILDCARD_MATCH"}]}]
DONE = [{"status": "COMPLETE"}]
BROKEN = {"status": "FAILED", "failureReason": "expired"}


@pytest.mark.parametrize(
    ("signing", "verdict", "text"),
    [
        (([], DONE, []), SKIPPED, "the registry signs nothing that is pushed"),
        ((OTHERS, [], []), SKIPPED, "the registry signs nothing that is pushed"),
        (([RULE], DONE, []), OK, "bff, agentcore signed; by whom is not looked at"),
        ((FILTERED, DONE, []), OK, "bff, agentcore signed"),
        ((FILTERED, [], [SIGNATURE]), OK, "bff, agentcore signed"),
        ((FILTERED, [], ["application/spdx+json"]), WARNING, "bff 1.4.2 has no signature, and its"),
        (([RULE], [], []), WARNING, "bff 1.4.2 has no signature"),
        (([RULE], [*DONE, BROKEN], [SIGNATURE]), WARNING, "is not signed: signing failed: expired"),
        (([RULE], [{"status": "IN_PROGRESS"}], []), WARNING, "cannot tell whether bff 1.4.2 is"),
    ],
)
def test_a_signature_where_the_registry_signs(
    world: World, signing: tuple[list[Any], list[Any], list[str]], verdict: Verdict, text: str
) -> None:
    account = world.account
    account.digests = {"1.4.2": A, "2.0.0": B}
    account.signing, states, referrers = signing
    account.signed, account.referrers = {A: states, B: DONE}, {A: referrers}
    expect(world, "signatures", verdict, text)


@pytest.mark.parametrize(
    ("referrers", "verdict", "text"),
    [
        ([SIGNATURE], OK, "bff signed"),
        ([], WARNING, "cannot tell whether registry 222222222222 signs"),
    ],
)
def test_a_registry_of_another_account_does_not_tell_its_rules(
    world: World, referrers: list[str], verdict: Verdict, text: str
) -> None:
    host = "222222222222.dkr.ecr.us-east-1.amazonaws.com"
    world.exports["bidopsai-dev-storage-AppEcrRepositoryUri"] = f"{host}/bidopsai/app"
    world.account.digests = {"1.4.2": A, "2.0.0": B}
    world.account.referrers = {A: referrers}
    expect(world, "signatures", verdict, text)


@pytest.mark.parametrize("fault", [AccessDenied, Throttled, ExpiredCredentials])
@pytest.mark.parametrize(
    ("check", "call"),
    [
        ("scan findings", Call.DESCRIBE_SCAN_FINDINGS),
        ("signatures", Call.GET_SIGNING_CONFIGURATION),
        ("signatures", Call.DESCRIBE_SIGNING_STATUS),
        ("signatures", Call.LIST_IMAGE_REFERRERS),
    ],
)
def test_what_may_not_be_asked_is_not_known(
    scanned: World, fault: type[Fault], check: str, call: Call
) -> None:
    scanned.account.digests = {"1.4.2": A, "2.0.0": B}
    scanned.account.signing = [RULE]
    scanned.wire.refuse(fault, call)
    found, _ = looked(scanned, check)
    assert found.verdict is (REFUSED if fault is ExpiredCredentials else NOT_CHECKED)
