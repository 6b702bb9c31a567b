"""Images: there, missing with the newest named, and built for the right platform."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.records import Verdict
from tests.deploy.preflight.looking import expect, looked
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE

DEPLOY = "bidops-cfn deploy --env dev"


def test_missing_images_are_counted_in_a_few_words(world: World) -> None:
    world.account.images = set()
    found, _ = looked(world, "images")
    assert found.verdict is Verdict.REFUSED
    assert found.message == "2 not found in ECR"


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


def test_a_missing_tag_lists_the_newest_ones(world: World) -> None:
    world.account.images = {"2.0.0"}
    world.account.pushed = [
        {"imageTags": [f"1.{number}.0"], "imagePushedAt": datetime(2026, 1, number, tzinfo=UTC)}
        for number in (3, 9, 1, 8, 7, 6, 2)
    ]
    _, ended = looked(world, "images")
    assert ":1.4.2 does not exist; newest: 1.9.0, 1.8.0, 1.7.0, 1.6.0, 1.3.0" in ended.said


def test_a_missing_repository_is_called_that(world: World) -> None:
    world.account.missing_repositories = {"bidopsai/app"}
    _, ended = looked(world, "images")
    assert (
        "bff: there is no 111111111111.dkr.ecr.us-east-1.amazonaws.com/bidopsai/app" in ended.said
    )


IMPORTED = "111111111111.dkr.ecr.us-east-1.amazonaws.com/bidopsai/app"


def test_the_repository_that_the_stack_pulls_from_may_be_named(world: World) -> None:
    world.repositories = {"bff": IMPORTED}
    expect(world, "images", Verdict.OK)


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


def test_different_causes_are_counted_apart(world: World) -> None:
    world.account.images = set()
    world.images = {"bff": ":1.4.2"}
    found, _ = looked(world, "images")
    assert found.message == "1 not found in ECR, 1 not named"


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


def test_an_image_for_another_processor_is_refused(world: World) -> None:
    world.account.platforms = ("linux/arm64", "unknown/unknown")
    expect(
        world,
        "platform",
        Verdict.REFUSED,
        "bff 1.4.2 is for linux/arm64; its task definition runs linux/amd64",
    )


def test_an_image_for_several_is_fine(world: World) -> None:
    world.account.platforms = ("linux/arm64", "linux/amd64")
    found, _ = looked(world, "platform")
    assert found.message == "bff linux/amd64, agentcore linux/amd64"


def test_the_task_definition_says_which_one(world: World) -> None:
    def change(document: dict[str, dict[str, dict[str, dict[str, object]]]]) -> None:
        for name in ("BffTaskDefinition", "AgentCoreTaskDefinition"):
            document["Resources"][name]["Properties"]["RuntimePlatform"] = {
                "CpuArchitecture": "ARM64",
                "OperatingSystemFamily": "LINUX",
            }

    world.edit(change)
    expect(world, "platform", Verdict.REFUSED)


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


def test_the_platform_of_a_missing_image_is_not_judged(world: World) -> None:
    world.images = EVERY_IMAGE
    world.wire.handlers[Call.BATCH_GET_IMAGE] = lambda **_: {"images": [], "failures": []}
    found, _ = looked(world, "platform")
    assert found.verdict is Verdict.NOT_CHECKED
    assert found.message == "an image is not to be found (see images)"


def test_the_digest_of_a_tag_stands_beside_it(world: World) -> None:
    world.images = {"bff": ":1.4.2", "agentcore": f"@sha256:{'b' * 64}"}
    world.account.digests = {
        "1.4.2": f"sha256:{'a' * 64}",
        f"sha256:{'b' * 64}": f"sha256:{'b' * 64}",
    }
    found, _ = looked(world, "images")
    assert found.verdict is Verdict.OK
    assert found.details == (f"bff 1.4.2 is sha256:{'a' * 64}",)


def test_a_digest_that_ecr_does_not_name_is_not_made_up(world: World) -> None:
    world.images = EVERY_IMAGE
    found, _ = looked(world, "images")
    assert found.details == ()
