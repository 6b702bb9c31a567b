"""What exactly is deployed, where settings ask for digests: a tag with the digest that it is."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import ExpiredCredentials, Fault, Throttled
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from tests.deploy.scripted.ecs import digest
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE, as_parameters

A, B, C = (f"sha256:{letter * 64}" for letter in "abc")


@pytest.fixture
def pinned(world: World) -> World:
    """An environment that deploys digests, in an account whose registry names them."""
    world.settings(pin_digest=True)
    world.images = dict(EVERY_IMAGE)
    world.account.digests = {"1.4.2": A, "2.0.0": B, A: A, B: B}
    return world


def sent(world: World) -> dict[str, str]:
    """The images of the last change set that was asked for."""
    listed = world.made(Call.CREATE_CHANGE_SET)[-1]["Parameters"]
    return {
        one["ParameterKey"]: one.get("ParameterValue", "kept")
        for one in listed
        if "Image" in one["ParameterKey"]
    }


def found(world: World) -> tuple[str, str]:
    """The verdict and the whole text of the line about images."""
    line = [one for one in world.output.of("preflight") if one.check == "images"][-1]
    return line.verdict, "\n".join((line.message, *line.details, line.hint))


def test_a_tag_is_sent_with_the_digest_that_it_stands_for(pinned: World) -> None:
    assert pinned.deploy().code == 0
    assert sent(pinned) == {
        f"{one.title}Image": f"{EVERY_IMAGE[one.name]}@{A if one.name == 'bff' else B}"
        for one in SERVICES
    }
    assert pinned.stack.parameters["BffImage"] == f":1.4.2@{A}"


def test_without_the_setting_the_tag_is_sent_alone(pinned: World) -> None:
    pinned.settings(pin_digest=False)
    assert pinned.deploy().code == 0
    assert sent(pinned)["BffImage"] == ":1.4.2"


def test_the_same_again_changes_nothing(pinned: World) -> None:
    assert pinned.deploy().code == 0
    for images in (EVERY_IMAGE, {}, {"bff": f":1.4.2@{A}"}):
        pinned.images = dict(images)
        ended = pinned.deploy()
        assert ended.done.outcome == "no changes"
        assert f"bff 1.4.2@{A}" in ended.block
    pinned.account.digests["1.4.2"] = C  # what is kept has its digest
    pinned.images = {}
    assert pinned.deploy().code == 0
    assert found(pinned)[0] == "ok"


def test_a_tag_that_moved_rolls_out_what_it_is_now(pinned: World) -> None:
    assert pinned.deploy().code == 0
    pinned.account.digests["1.4.2"] = C
    assert pinned.deploy().code == 0
    assert sent(pinned)["BffImage"] == f":1.4.2@{C}"
    assert f"1.4.2@{A} -> 1.4.2@{C}" in pinned.screen


def test_the_command_after_a_plan_names_the_digest_and_is_refused_when_it_moved(
    pinned: World,
) -> None:
    pinned.standing()
    ended = pinned.plan()
    assert f"--image bff=1.4.2@{A}" in ended.last
    pinned.images["bff"] = f":1.4.2@{A}"
    pinned.account.digests["1.4.2"] = C
    ended = pinned.deploy().hold(3, f"bff: 1.4.2 was {A}, and is {C} now")
    pinned.expect(ended, 3, "name it alone: --image SERVICE=TAG")


def test_a_tag_beside_a_digest_need_not_be_in_the_repository(pinned: World) -> None:
    pinned.images["bff"] = f":1.4.3@{A}"
    pinned.account.images = {A, "2.0.0"}
    assert pinned.deploy().code == 0
    assert sent(pinned)["BffImage"] == f":1.4.3@{A}"


def test_a_plan_keeps_its_digest_and_is_refused_when_the_tag_has_moved(pinned: World) -> None:
    pinned.standing()
    _, made = pinned.plan_to_file()
    assert made.images["bff"] == f":1.4.2@{A}"
    pinned.images = dict(made.images)  # as deploy --plan takes them
    pinned.account.digests["1.4.2"] = C
    pinned.execute(made).hold(3, f"1.4.2 was {A}, and is {C} now")
    pinned.account.digests["1.4.2"] = A
    assert pinned.execute(made).code == 0
    assert pinned.stack.parameters["BffImage"] == f":1.4.2@{A}"


def test_a_plan_of_tags_is_refused_once_settings_ask_for_digests(pinned: World) -> None:
    pinned.standing()
    pinned.settings(pin_digest=False)
    pinned.images = {"bff": ":1.4.2"}
    _, made = pinned.plan_to_file()
    pinned.settings(pin_digest=True)
    pinned.images = dict(made.images)
    ended = pinned.execute(made).hold(
        3, "a tag without its digest, and deploy.pin_digest is on", "bff: 1.4.2"
    )
    assert "agentcore: 2.0.0" not in ended.said  # it is kept as it is


def test_an_image_that_is_kept_by_its_tag_alone_is_said(pinned: World) -> None:
    pinned.standing()
    pinned.images = {"bff": ":1.4.2"}
    assert pinned.deploy().code == 0
    assert sent(pinned) == {
        **dict.fromkeys(as_parameters(EVERY_IMAGE), "kept"),
        "BffImage": f":1.4.2@{A}",
    }
    verdict, said = found(pinned)
    assert verdict == "warning"
    others = [name for name in EVERY_IMAGE if name != "bff"]
    assert f"{', '.join(others)} by the tag alone" in said
    assert all(f"--image {name}=2.0.0" in said for name in others)


def test_an_image_whose_digest_ecr_does_not_name_is_said(pinned: World) -> None:
    del pinned.account.digests["1.4.2"]
    assert pinned.deploy().code == 0
    verdict, said = found(pinned)
    assert (verdict, "bff by the tag alone" in said) == ("warning", True)


@pytest.mark.parametrize("fault", [Throttled, ExpiredCredentials, None])
def test_a_digest_that_cannot_be_asked_for_refuses(
    pinned: World, fault: type[Fault] | None
) -> None:
    if fault is None:
        pinned.deny(Call.DESCRIBE_IMAGES)
    else:
        pinned.wire.refuse(fault, Call.DESCRIBE_IMAGES)
    ended = pinned.deploy().hold(3)
    assert pinned.made(Call.CREATE_CHANGE_SET) == []
    assert "deploy.pin_digest is on, and the digest of 1.4.2 is not known" in ended.said
    assert "--image bff=1.4.2@sha256:DIGEST" in ended.said


def test_production_deploys_digests_and_the_others_do_not(
    environments: dict[str, Environment],
) -> None:
    assert [name for name, one in environments.items() if one.deploy.pin_digest] == ["prod"]


def resolve(world: World, digest: str) -> None:
    """Let ECS say that BFF's newest revision runs ``digest``; empty: let nobody ask."""
    revision = world.ecs.service("BffService").rollouts[0]["targetServiceRevision"]["arn"]
    world.ecs.resolved[revision] = digest
    if not digest:
        world.deny(Call.DESCRIBE_SERVICE_REVISIONS)


@pytest.mark.parametrize(
    ("runs", "listed", "warned"),
    [(A, (), False), (C, (C,), False), (C, (), True), ("", (), False)],
    ids=["that one", "the manifest of its platform", "another one", "not known"],
)
def test_the_verdict_names_the_digest_that_runs(
    pinned: World, runs: str, listed: tuple[str, ...], *, warned: bool
) -> None:
    pinned.standing()
    pinned.account.manifests = listed
    pinned.play.on_update = [(10, lambda: resolve(pinned, runs))]
    ended = pinned.deploy().hold(0)
    said = f"BffService: bff is {runs}" if runs else "BffService: cannot tell which digest runs"
    assert said in ended.block
    line = f"bff was deployed as {A}, and runs {C}"
    assert (line in pinned.noticed) is warned


@pytest.mark.parametrize(
    ("runs", "line"),
    [
        (A, f"image of bff: 1.4.2@{A}, running"),
        (C, f"image of bff: 1.4.2@{A}, running {C}"),
        ("", f"image of bff: 1.4.2@{A}, cannot tell which digest runs"),
    ],
)
def test_the_status_shows_tag_and_digest(pinned: World, runs: str, line: str) -> None:
    assert pinned.deploy().code == 0
    resolve(pinned, runs)
    ended = pinned.status()
    assert line in ended.block
    (bff,) = (one for one in pinned.output.of("status")[-1].services if one.service == "bff")
    assert bff.digest == runs


@pytest.mark.parametrize(
    ("runs", "listed", "warned"), [(A, (), False), (C, (), True), (C, (C,), False), ("", (), False)]
)
def test_a_tag_that_was_pushed_again_is_no_change_and_is_said(
    pinned: World, runs: str, listed: tuple[str, ...], *, warned: bool
) -> None:
    pinned.settings(pin_digest=False)
    assert pinned.deploy().code == 0
    pinned.account.manifests = listed
    resolve(pinned, runs)
    ended = pinned.deploy()
    assert ended.done.outcome == "no changes"
    assert (f"bff: 1.4.2 is {A} now, and {runs} runs" in pinned.noticed) is warned
    assert ("bidops-cfn restart --env dev" in pinned.noticed) is warned


@pytest.mark.parametrize(("runs", "warned"), [(A, False), (C, True)])
def test_a_change_that_brings_another_image_by_a_kept_tag_says_so(
    pinned: World, runs: str, *, warned: bool
) -> None:
    pinned.settings(pin_digest=False)
    assert pinned.deploy().code == 0
    resolve(pinned, runs)
    pinned.images = {}

    def grow(document: dict[str, Any]) -> None:
        document["Resources"]["BffTaskDefinition"]["Properties"]["Cpu"] = "1024"

    pinned.edit(grow)
    assert pinned.plan().code == 0
    said = pinned.noticed
    assert ("a tag was pushed again, and this deployment brings another image" in said) is warned
    assert (f"bff: 1.4.2 is {A} now, and {C} runs" in said) is warned


def test_after_ecs_went_back_the_status_names_the_restored_image(update: World) -> None:
    """By the deployment that went back, and by the revisions, of which the failed one has none."""
    service = update.ecs.service("BffService")
    restored, kept = service.task_definition, service.rollouts[0]["targetServiceRevision"]["arn"]
    service.deploy("task-definition/bff:9")
    service.vanish()
    failed = service.rollouts[0]["targetServiceRevision"]["arn"]
    assert failed != kept
    runs = digest(restored)
    for revisions in ((), ((kept, 2), (failed, 0)), ((failed, 0), (kept, 2))):
        answer = update.wire.handlers[Call.DESCRIBE_SERVICES]

        def answered(answer: Any = answer, revisions: Any = revisions, **asked: Any) -> Any:
            given = answer(**asked)
            for one in given["services"]:
                if one["serviceArn"] == service.arn:
                    one["currentServiceRevisions"] = [
                        {"arn": arn, "runningTaskCount": count} for arn, count in revisions
                    ]
            return given

        update.wire.handlers[Call.DESCRIBE_SERVICES] = answered
        ended = update.status()
        assert f", running {runs}" in ended.block, revisions
