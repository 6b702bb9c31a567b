"""Plans: files read with suspicion, and exactly the change set that was looked at, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.execution import Purpose
from bidops_cfn.deploy.plan import Plan, format_plan, read_plan
from bidops_cfn.errors import UsageError
from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSet
from bidops_cfn_sandbox.cloudformation.template import Template
from tests.deploy.scripted.changes import change
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE, typed

PLAN = Plan(
    environment="dev",
    account_id="111111111111",
    region="us-east-1",
    stack_name="compute",
    stack_id="arn:stack",
    change_set_id="arn:change-set",
    change_set_name="bidops-cfn-1",
    update=True,
    template_sha256="0" * 64,
    images={"bff": ":1.4.2"},
    counts={"bff": 5},
)


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(format_plan(PLAN), encoding="utf-8")
    assert read_plan(path) == PLAN


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not JSON",
        "[]",
        "{}",
        '{"plan_version": 1}',
        json.dumps({**json.loads(format_plan(PLAN)), "update": "yes"}),
        json.dumps({**json.loads(format_plan(PLAN)), "surprise": 1}),
        json.dumps({**json.loads(format_plan(PLAN)), "images": {"bff": 1}}),
        json.dumps({k: v for k, v in json.loads(format_plan(PLAN)).items() if k != "stack_id"}),
    ],
)
def test_what_is_no_plan_is_refused_and_says_how_to_make_one(tmp_path: Path, content: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_plan(path)
    assert "--out plan.json" in caught.value.hint


def test_a_plan_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a plan: No such file or directory"):
        read_plan(tmp_path / "missing.json")


NEW_PLAN = "bidops-cfn plan --env dev --out plan.json"


def plan(world: World) -> Plan:
    """Make a plan of an update with a new image."""
    world.images = dict(EVERY_IMAGE)
    ended, made = world.plan_to_file()
    assert "bidops-cfn deploy --env dev --plan plan.json" in ended.last
    assert world.made(Call.EXECUTE_CHANGE_SET) == []
    assert made.change_set_name in world.cloudformation.left_behind()
    return made


def test_a_plan_executes_exactly_its_change_set(world: World) -> None:
    world.standing()
    made = plan(world)
    world.expect(world.execute(made), 0, "UPDATE_COMPLETE", executed=1)
    assert world.made(Call.EXECUTE_CHANGE_SET)[0]["ChangeSetName"] == made.change_set_id
    assert len(world.made(Call.CREATE_CHANGE_SET)) == 1


def test_a_plan_of_a_first_deployment_creates_the_stack(world: World) -> None:
    made = plan(world)
    world.expect(world.execute(made), 0, "CREATE_COMPLETE", executed=1)


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("environment", "prod", "environment"),
        ("account_id", "999999999999", "account"),
        ("region", "eu-west-1", "region"),
        ("stack_name", "another", "stack"),
        ("template_sha256", "0" * 64, "template sha256"),
    ],
)
def test_a_plan_of_something_else_is_refused(
    world: World, field: str, value: str, what: str
) -> None:
    world.standing()
    made = plan(world)
    values: dict[str, Any] = {field: value}
    world.expect(
        world.execute(replace(made, **values)),
        3,
        NEW_PLAN,
        f"\n{what}: plan {value}, now ",
        left=[made.change_set_name],
    )


def standing_at(status: str) -> Callable[[ChangeSet], None]:
    return lambda one: setattr(one, "execution_status", status)


def empty(change_set: ChangeSet) -> None:
    change_set.goal = replace(change_set.goal, template=Template('{"Resources": {}}', {}))


@pytest.mark.parametrize(
    ("happen", "said"),
    [
        (
            standing_at("OBSOLETE"),
            "the stack was changed meanwhile",
        ),
        (
            standing_at("EXECUTE_COMPLETE"),
            "it was executed already",
        ),
        (empty, "another template than the"),
    ],
)
def test_a_plan_whose_change_set_is_not_what_it_was_is_refused(
    world: World, happen: Callable[[Any], None], said: str
) -> None:
    world.standing()
    made = plan(world)
    happen(next(iter(world.cloudformation.change_sets.all.values())))
    ended = world.execute(made)
    assert said in ended.said
    assert ended.last.endswith(f"{NEW_PLAN} {typed(EVERY_IMAGE)}")
    assert world.made(Call.EXECUTE_CHANGE_SET) == []


def test_a_plan_whose_change_set_is_gone_is_refused(world: World) -> None:
    world.standing()
    made = plan(world)
    world.cloudformation.change_sets.all.clear()
    world.expect(world.execute(made), 3, NEW_PLAN, "its change set is gone")


def test_a_plan_is_refused_when_settings_changed_since(world: World) -> None:
    world.standing()
    made = plan(world)
    world.edit(lambda document: document.update(Description="something else"))
    world.expect(world.execute(made), 3, NEW_PLAN, left=[made.change_set_name])


def test_a_plan_that_names_another_stack_than_its_change_set_is_refused(world: World) -> None:
    world.standing()
    made = replace(plan(world), stack_id="arn:aws:cloudformation:us-east-1:1:stack/other/1")
    assert world.execute(made).code == 3
    assert world.made(Call.EXECUTE_CHANGE_SET) == []


def test_a_plan_goes_through_preflight_again(world: World) -> None:
    world.standing()
    made = plan(world)
    world.account.images = set()
    world.execute(made).hold(3, "images")


def test_a_plan_with_a_guarded_change_needs_it_allowed(world: World) -> None:
    world.standing()
    world.cloudformation.changes = [change("Remove", "BffService", "AWS::ECS::Service")]
    made = plan(world)
    world.expect(
        world.execute(made), 3, "--allow-replacement BffService", left=[made.change_set_name]
    )


def test_a_declined_plan_stays(world: World) -> None:
    world.standing()
    made = plan(world)
    world.person = Person("n")
    world.expect(
        world.execute(made, yes=False), 8, "the plan still holds", left=[made.change_set_name]
    )


def test_a_plan_that_runs_already_is_told_as_busy(world: World) -> None:
    world.standing()
    made = plan(world)
    world.stack.begin("UPDATE_IN_PROGRESS", "theirs", "User Initiated")
    world.execute(made).hold(6, "Follow it: bidops-cfn watch --env dev")
    assert world.made(Call.EXECUTE_CHANGE_SET) == []


def test_an_interrupted_plan_stays(world: World) -> None:
    world.standing()
    made = plan(world)
    world.person = Person(KeyboardInterrupt())
    assert world.execute(made, yes=False).code == 130
    assert world.cloudformation.left_behind() == [made.change_set_name]


def test_a_plan_that_cannot_be_written_leaves_no_change_set(update: World) -> None:

    def take(_made: Plan) -> str:
        raise KeyboardInterrupt

    update.expect(
        update.deploy(purpose=Purpose.KEEP, take=take), 130, "bidops-cfn deploy --env dev"
    )
