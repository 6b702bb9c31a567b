"""Images: there, missing with the newest named, and built for the right platform."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.records import Verdict
from tests.deploy.preflight.looking import NOT_CHECKED, OK, REFUSED, Change, expect, looked
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE

DEPLOY = "bidops-cfn deploy --env dev"


@pytest.mark.parametrize(
    ("named", "hint"),
    [
        (EVERY_IMAGE, ["Push the image, or name one that exists"]),
        (
            {"bff": ":1.4.2"},
            [
                "Push the image",
                f"Name each image: {DEPLOY} --image bff=1.4.2 --image agentcore=TAG",
            ],
        ),
        ({"bff": ":9"}, [f"Name each image: {DEPLOY} --image bff=9 --image agentcore=TAG"]),
    ],
)
def test_what_to_do_fits_what_is_missing(
    world: World, named: dict[str, str], hint: list[str]
) -> None:
    world.account.images = {"9"}
    world.images = named
    found, _ = looked(world, "images")
    lines = found.hint.splitlines()
    assert len(lines) == len(hint)
    assert all(line.startswith(words) for line, words in zip(lines, hint, strict=True))


def give(**values: Any) -> Change:
    """The account has these values."""

    def change(world: World) -> None:
        for name, value in values.items():
            setattr(world.account, name, value)

    return change


def of_arm(world: World) -> None:
    """The task definitions run on ARM64."""

    def edit(document: dict[str, Any]) -> None:
        runs = {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"}
        for name in ("BffTaskDefinition", "AgentCoreTaskDefinition"):
            document["Resources"][name]["Properties"]["RuntimePlatform"] = runs

    world.edit(edit)


def one_named(world: World) -> None:
    world.account.images, world.images = set(), {"bff": ":1.4.2"}


IMPORTED = "111111111111.dkr.ecr.us-east-1.amazonaws.com/bidopsai/app"
PUSHED = [
    {"imageTags": [f"1.{number}.0"], "imagePushedAt": datetime(2026, 1, number, tzinfo=UTC)}
    for number in (3, 9, 1, 8, 7, 6, 2)
]
CASES: list[tuple[str, Change, Verdict, str]] = [
    ("images", give(images=set()), REFUSED, "2 not found in ECR"),
    ("images", one_named, REFUSED, "1 not found in ECR, 1 not named"),
    ("images", give(images={"2.0.0"}, pushed=PUSHED), REFUSED,
     ":1.4.2 does not exist; newest: 1.9.0, 1.8.0, 1.7.0, 1.6.0, 1.3.0"),
    ("images", give(missing_repositories={"bidopsai/app"}), REFUSED,
     f"bff: there is no {IMPORTED}"),
    ("images", lambda world: setattr(world, "repositories", {"bff": IMPORTED}), OK, ""),
    ("platform", give(platforms=("linux/arm64", "unknown/unknown")), REFUSED,
     "bff 1.4.2 is for linux/arm64; its task definition runs linux/amd64"),
    ("platform", give(platforms=("linux/arm64", "linux/amd64")), OK,
     "bff linux/amd64, agentcore linux/amd64"),
    ("platform", of_arm, REFUSED, "its task definition runs linux/arm64"),
    ("platform", lambda world: world.wire.change(Call.BATCH_GET_IMAGE, dict.clear), NOT_CHECKED,
     "an image is not to be found (see images)"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "change", "verdict", "says"), CASES)
def test_what_ecr_has(
    world: World, check: str, change: Change, verdict: Verdict, says: str
) -> None:
    change(world)
    found = expect(world, check, verdict, says)
    assert check != "images" or found.details == () or verdict is REFUSED  # no digest is made up


def test_another_repository_is_refused_with_both_named(world: World) -> None:
    named = IMPORTED.replace("us-east-1", "eu-west-1")
    world.repositories = {"bff": named}
    found, _ = looked(world, "images")
    assert found.verdict is Verdict.REFUSED
    assert found.message == "1 of another repository"
    assert found.details == (f"bff: --image names {named}, and the stack pulls from {IMPORTED}",)
    assert found.hint == (
        "A stack pulls from the repository that it imports: push the image there, and name its tag"
        " alone: --image SERVICE=TAG"
    )


@pytest.mark.parametrize(
    ("host", "verdict"),
    [
        ("111111111111.dkr.ecr.us-east-1.amazonaws.com", Verdict.OK),
        ("222222222222.dkr.ecr.us-east-1.amazonaws.com", Verdict.OK),
        ("111111111111.dkr-ecr.us-east-1.on.aws", Verdict.REFUSED),
        ("111111111111.dkr.ecr-fips.us-east-1.amazonaws.com", Verdict.OK),
        ("111111111111.dkr.ecr.eu-west-1.amazonaws.com", Verdict.REFUSED),
        ("docker.io", Verdict.REFUSED),
    ],
)
def test_every_form_of_a_repositorys_address_is_read(
    world: World, host: str, verdict: Verdict
) -> None:
    world.exports["bidopsai-dev-storage-AppEcrRepositoryUri"] = f"{host}/bidopsai/app"
    expect(world, "images", verdict)
    asked = [one["repositoryName"] for one in world.made(Call.DESCRIBE_IMAGES)]
    assert ("bidopsai/app" in asked) is (verdict is Verdict.OK)


def test_an_image_without_an_index_does_not_tell(world: World) -> None:
    world.account.platforms = None
    found, _ = looked(world, "platform")
    assert found.verdict is Verdict.NOT_CHECKED
    assert found.message == "cannot tell without an image's index: bff 1.4.2, agentcore 2.0.0"
    commands = found.hint.splitlines()[1:]
    assert [one.split()[:2] for one in commands] == [["crane", "config"]] * 2
    assert commands[0].endswith("/bidopsai/app:1.4.2   # runs as linux/amd64")


def first_schema(architecture: str, system: str = "linux") -> dict[str, object]:
    newest = json.dumps({"architecture": architecture, "os": system} if system else {})
    history = [{"v1Compatibility": newest}, {"v1Compatibility": "{}"}]
    return {"schemaVersion": 1, "architecture": architecture, "history": history}


@pytest.mark.parametrize(
    ("bff", "verdict", "said"),
    [
        (first_schema("amd64"), Verdict.OK, "bff linux/amd64, agentcore linux/amd64"),
        (first_schema("arm64"), Verdict.REFUSED, "bff 1.4.2 is for linux/arm64"),
        (first_schema("amd64", "windows"), Verdict.REFUSED, "bff 1.4.2 is for windows/amd64"),
        (first_schema("amd64", ""), Verdict.NOT_CHECKED, "without an image's index: bff 1.4.2"),
        ({"schemaVersion": 2}, Verdict.NOT_CHECKED, "without an image's index: bff 1.4.2"),
        (None, Verdict.NOT_CHECKED, "cannot tell without an image's index: bff 1.4.2"),
    ],
)
def test_an_image_without_an_index_may_be_told_in_dockers_first_schema(
    world: World, bff: dict[str, object] | None, verdict: Verdict, said: str
) -> None:
    world.account.platforms = None
    world.account.translated = {"2.0.0": first_schema("amd64")}
    if bff is not None:
        world.account.translated["1.4.2"] = bff
    expect(world, "platform", verdict, said)


def test_the_digest_of_a_tag_stands_beside_it(world: World) -> None:
    world.images = {"bff": ":1.4.2", "agentcore": f"@sha256:{'b' * 64}"}
    world.account.digests = {
        "1.4.2": f"sha256:{'a' * 64}",
        f"sha256:{'b' * 64}": f"sha256:{'b' * 64}",
    }
    found, _ = looked(world, "images")
    assert found.verdict is Verdict.OK
    assert found.details == (f"bff 1.4.2 is sha256:{'a' * 64}",)
