"""Plans: read with suspicion, executed as they were looked at or not at all, saying what is so."""

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
from bidops_cfn_sandbox.cloudformation.stack import Settings
from bidops_cfn_sandbox.cloudformation.template import Template
from tests.deploy.happenings import Change
from tests.deploy.scripted.changes import change
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.script import SERVICE
from tests.deploy.scripted.world import DEPLOY, World
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


Spoil = Callable[[World, Plan], Plan]


def other(**fields: str) -> Spoil:
    """Another plan than the one that was made."""
    return lambda _, made: replace(made, **fields)  # type: ignore[arg-type] # each row fits


def happening(change: Callable[[World], object]) -> Spoil:
    def spoil(world: World, made: Plan) -> Plan:
        change(world)
        return made

    return spoil


def standing_at(status: str) -> Spoil:
    def spoil(world: World, made: Plan) -> Plan:
        world.cloudformation.change_sets.get(made.change_set_id).execution_status = status
        return made

    return spoil


def emptied(world: World, made: Plan) -> Plan:
    change_set = world.cloudformation.change_sets.get(made.change_set_id)
    change_set.goal = replace(change_set.goal, template=Template('{"Resources": {}}', {}))
    return made


def answering(answer: str | BaseException) -> Spoil:
    return happening(lambda world: setattr(world, "person", Person(answer)))


def edit(world: World) -> None:
    world.edit(lambda document: document.update(Description="something else"))


def begin(world: World) -> None:
    world.stack.begin("UPDATE_IN_PROGRESS", "theirs", "User Initiated")


AGAIN = f"{NEW_PLAN} {typed(EVERY_IMAGE)}"
NO_IMAGES = happening(lambda world: setattr(world.account, "images", set()))
GONE = happening(lambda world: world.cloudformation.change_sets.all.clear())
OTHER_STACK = "arn:aws:cloudformation:us-east-1:1:stack/other/1"
CASES: dict[str, tuple[Spoil, int, str, str]] = {
    "environment": (other(environment="prod"), 3, NEW_PLAN, "\nenvironment: plan prod, now "),
    "account": (other(account_id="9" * 12), 3, NEW_PLAN, "\naccount: plan 999999999999, now "),
    "region": (other(region="eu-west-1"), 3, NEW_PLAN, "\nregion: plan eu-west-1, now "),
    "stack": (other(stack_name="another"), 3, NEW_PLAN, "\nstack: plan another, now "),
    "template": (other(template_sha256="0"), 3, NEW_PLAN, "\ntemplate sha256: plan 0, now "),
    "stack of the change set": (other(stack_id=OTHER_STACK), 3, "", ""),
    "obsolete": (standing_at("OBSOLETE"), 3, AGAIN, "the stack was changed meanwhile"),
    "executed": (standing_at("EXECUTE_COMPLETE"), 3, AGAIN, "it was executed already"),
    "emptied": (emptied, 3, AGAIN, "another template than the"),
    "gone": (GONE, 3, NEW_PLAN, "its change set is gone"),
    "settings changed": (happening(edit), 3, NEW_PLAN, ""),
    "preflight": (NO_IMAGES, 3, "", "images"),
    "declined": (answering("n"), 8, "", "the plan still holds"),
    "interrupted": (answering(KeyboardInterrupt()), 130, "", ""),
    "busy": (happening(begin), 6, "", "Follow it: bidops-cfn watch --env dev"),
}


@pytest.mark.parametrize(("spoil", "code", "last", "says"), CASES.values(), ids=CASES)
def test_a_plan_that_does_not_hold_is_not_executed_and_stays(
    world: World, spoil: Spoil, code: int, last: str, says: str
) -> None:
    world.standing()
    world.person = Person("y")
    made = plan(world)
    ended = world.execute(spoil(world, made), yes=False).hold(code, says)
    assert last in ended.last
    assert world.made(Call.EXECUTE_CHANGE_SET) == []
    assert made.change_set_name in world.cloudformation.left_behind() or spoil in (
        GONE,
        CASES["executed"][0],
    )


def test_a_plan_with_a_guarded_change_needs_it_allowed(world: World) -> None:
    world.standing()
    world.cloudformation.changes = [change("Remove", "BffService", "AWS::ECS::Service")]
    made = plan(world)
    world.expect(
        world.execute(made), 3, "--allow-replacement BffService", left=[made.change_set_name]
    )


def test_a_plan_that_cannot_be_written_leaves_no_change_set(update: World) -> None:

    def take(_made: Plan) -> str:
        raise KeyboardInterrupt

    update.expect(
        update.deploy(purpose=Purpose.KEEP, take=take), 130, "bidops-cfn deploy --env dev"
    )


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
