"""Plans and questions that say what is so: counts that grew old, changes beside resources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.deploy.plan import format_plan, read_plan
from bidops_cfn_sandbox.cloudformation.stack import Settings
from tests.deploy.happenings import Change
from tests.deploy.scripted.changes import change
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.script import SERVICE
from tests.deploy.scripted.world import DEPLOY, World
from tests.images import EVERY_IMAGE

REPLACED = frozenset({"BffService"})


def replacing(world: World) -> World:
    """A stack whose public service is to be replaced while five of its tasks run."""
    arn = world.standing().physical_id("BffService")
    world.cloudformation.changes = [
        change("Modify", "BffService", SERVICE, replacement="True", physical=arn)
    ]
    world.images = EVERY_IMAGE
    return world


@pytest.mark.parametrize("running", [3, 5, 6, 40])
def test_a_plan_that_would_scale_a_busy_service_in_is_refused_as_stale(
    world: World, running: int
) -> None:
    _, made = replacing(world).plan_to_file()
    service = world.ecs.service("BffService")
    service.desired = service.running = running
    ended = world.execute(made, allowed=REPLACED)
    if running <= 5:
        ended.hold(0)
        return
    stays = [made.change_set_name]
    says = "BffService", f"{running}"
    world.expect(ended, 3, "bidops-cfn plan --env dev", *says, left=stays)
    assert " 5 " in f" {ended.block} ".replace(",", " ").replace(";", " ")


def add_output(world: World) -> None:
    def add(document: dict[str, Any]) -> None:
        document["Outputs"]["Region"] = {"Value": {"Ref": "AWS::Region"}}

    world.edit(add)


def change_tags(world: World) -> None:
    world.stack.settings = Settings({"Owner": "another team"})
    world.cloudformation.changes = []


@pytest.mark.parametrize(("change", "word"), [(add_output, "output"), (change_tags, "tag")])
def test_what_changes_no_resource_is_not_said_to_be_no_change(
    world: World, change: Change, word: str
) -> None:
    world.standing()
    change(world)
    ended = world.expect(world.plan(), 0, DEPLOY)
    assert ended.done.outcome == "planned"
    world.person = Person("y\n")
    world.expect(world.deploy(yes=False), 0, "UPDATE_COMPLETE", executed=1)
    for told in (ended.block, *world.person.questions):
        assert "no changes" not in told.lower()
        assert word in told.lower()


def test_a_plan_file_with_a_guarded_replacement_ends_with_a_command_that_is_not_refused(
    world: World,
) -> None:
    ended, _ = replacing(world).plan_to_file()
    assert "--plan plan.json" in ended.last
    assert "--allow-replacement BffService" in ended.last


def test_a_plan_names_each_guarded_removal_and_replacement(world: World) -> None:
    replacing(world)
    world.cloudformation.changes = [
        *(world.cloudformation.changes or []),
        change("Remove", "BffTargetGroup", "AWS::ElasticLoadBalancingV2::TargetGroup"),
    ]
    last = world.plan().hold(0).last
    assert DEPLOY in last
    assert "--allow-replacement BffService" in last
    assert "--allow-replacement BffTargetGroup" in last


def test_a_plan_without_guarded_replacements_names_none(update: World) -> None:
    assert "--allow-replacement" not in update.plan().block


# digests

THEN, NOW = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


def test_a_tag_that_moved_since_the_plan_is_refused(update: World) -> None:
    update.account.digests = {"1.4.2": THEN}
    _, made = update.plan_to_file()
    assert made.digests == {"bff": THEN}
    update.account.digests = {"1.4.2": NOW}
    update.expect(
        update.execute(made),
        3,
        "bidops-cfn plan --env dev --out plan.json",
        "a tag has moved, and another image would run",
        f"bff: 1.4.2 was {THEN}, and is {NOW} now",
        left=[made.change_set_name],
    )


def test_a_tag_that_stayed_is_deployed(update: World) -> None:
    update.account.digests = {"1.4.2": THEN}
    _, made = update.plan_to_file()
    assert update.execute(made).code == 0
    assert "cannot tell whether the tags" not in update.noticed


def test_a_tag_that_cannot_be_looked_up_any_more_is_said(update: World) -> None:
    update.account.digests = {"1.4.2": THEN}
    _, made = update.plan_to_file()
    update.account.digests = {}
    assert update.execute(made).code == 0
    assert "cannot tell whether the tags are still those" in update.noticed


def test_a_plan_of_before_digests_were_looked_up_still_holds(update: World, tmp_path: Path) -> None:
    _, made = update.plan_to_file()
    older = json.loads(format_plan(made))
    del older["digests"]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(older), encoding="utf-8")
    assert update.execute(read_plan(file)).code == 0
