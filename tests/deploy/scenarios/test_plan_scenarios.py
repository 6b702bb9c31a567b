"""Plans and questions that say what is so: counts that grew old, changes beside resources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.deploy.plan import format_plan, read_plan
from tests.deploy.scripted.changes import change
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.world import DEPLOY, World
from tests.images import EVERY_IMAGE

REPLACED = frozenset({"BffService"})


def replacing(world: World) -> World:
    """A stack whose public service is to be replaced while five of its tasks run."""
    stack = world.standing()
    world.cloudformation.changes = [
        change(
            "Modify",
            "BffService",
            "AWS::ECS::Service",
            replacement="True",
            physical=stack.physical_id("BffService"),
        )
    ]
    world.images = EVERY_IMAGE
    return world


@pytest.mark.parametrize("running", [6, 9, 40])
def test_a_plan_that_would_scale_a_busy_service_in_is_refused_as_stale(
    world: World, running: int
) -> None:
    _, made = replacing(world).plan_to_file()
    service = world.ecs.service("BffService")
    service.desired = service.running = running
    ended = world.expect(
        world.execute(made, allowed=REPLACED),
        3,
        "bidops-cfn plan --env dev",
        "BffService",
        f"{running}",
        left=[made.change_set_name],
    )
    assert " 5 " in f" {ended.block} ".replace(",", " ").replace(";", " ")


@pytest.mark.parametrize("running", [5, 3])
def test_a_plan_is_executed_while_no_more_tasks_run_than_it_says(
    world: World, running: int
) -> None:
    _, made = replacing(world).plan_to_file()
    service = world.ecs.service("BffService")
    service.desired = service.running = running
    world.execute(made, allowed=REPLACED).hold(0)


def with_another_output(world: World) -> World:
    """An update that only adds an output: its change set has no changes of resources."""

    def add(document: dict[str, Any]) -> None:
        document["Outputs"]["Region"] = {"Value": {"Ref": "AWS::Region"}}

    world.standing()
    world.edit(add)
    return world


def test_a_plan_of_an_output_alone_does_not_say_no_changes(world: World) -> None:
    ended = world.expect(with_another_output(world).plan(), 0, DEPLOY)
    assert ended.done.outcome == "planned"
    assert "no changes" not in ended.block.lower()
    assert "output" in ended.block.lower()


def test_the_question_about_an_output_alone_does_not_say_no_changes(world: World) -> None:
    with_another_output(world).person = Person("y\n")
    world.expect(world.deploy(yes=False), 0, "UPDATE_COMPLETE", executed=1)
    (question,) = world.person.questions
    assert "no changes" not in question.lower()
    assert "output" in question.lower()


def test_a_plan_of_tags_alone_does_not_say_no_changes(world: World) -> None:
    world.standing(tags={"Owner": "another team"})
    world.cloudformation.changes = []
    ended = world.plan().hold(0)
    assert "no changes" not in ended.block.lower()
    assert "tag" in ended.block.lower()


def test_the_question_about_tags_alone_does_not_say_no_changes(world: World) -> None:
    world.standing(tags={"Owner": "another team"})
    world.cloudformation.changes = []
    world.person = Person("n\n")
    assert world.deploy(yes=False).code == 8
    (question,) = world.person.questions
    assert "no changes" not in question.lower()
    assert "tag" in question.lower()


def test_a_plan_with_a_guarded_replacement_ends_with_a_command_that_is_not_refused(
    world: World,
) -> None:
    ended = replacing(world).plan().hold(0)
    assert "--allow-replacement BffService" in ended.last
    assert DEPLOY in ended.last


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
    last = world.plan().last
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
