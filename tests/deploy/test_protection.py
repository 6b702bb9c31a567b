"""Protection: switched on after a creation, kept on, opened only for what was allowed, closed."""

from __future__ import annotations

import json

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import (
    AccessDenied,
    ExpiredCredentials,
    Rejected,
    Throttled,
    Unavailable,
)
from bidops_cfn.deploy.protection import make_stack_policy
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from tests.deploy.scripted.changes import REPLACEMENT, change
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE


@pytest.fixture
def protecting(world: World) -> World:
    """An environment that wants protection, as prod does."""
    world.settings(termination_protection=True)
    return world


def denied(world: World) -> set[str]:
    (statement,) = [
        one for one in json.loads(world.stack.policy or "")["Statement"] if one["Effect"] == "Deny"
    ]
    assert statement["Action"] == ["Update:Replace", "Update:Delete"]
    return {one.removeprefix("LogicalResourceId/") for one in statement["Resource"]}


ALL = {
    "Cluster",
    "Namespace",
    *(f"{one.title}Service" for one in SERVICES),
    *(f"{one.title}{'TargetGroup' if one.public else 'Discovery'}" for one in SERVICES),
}


def test_a_creation_ends_protected(protecting: World) -> None:
    protecting.images = EVERY_IMAGE
    protecting.expect(protecting.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert protecting.stack.termination_protection
    assert denied(protecting) == ALL


def test_a_stack_that_lost_its_protection_gets_it_back_without_changes(protecting: World) -> None:
    protecting.standing()
    protecting.expect(protecting.deploy(), 0, "is what templates/dev/compute.json says")
    assert protecting.stack.termination_protection
    assert denied(protecting) == ALL


def test_an_environment_without_protection_leaves_the_stack_as_it_is(world: World) -> None:
    world.standing(protected=True)
    world.images = EVERY_IMAGE
    world.deploy()
    assert world.stack.termination_protection
    assert world.made(Call.SET_STACK_POLICY) == []


def test_an_allowed_replacement_opens_the_policy_for_that_alone_and_closes_it_after(
    protecting: World,
) -> None:
    protecting.standing(protected=True)
    protecting.cloudformation.changes = [
        change("Modify", "Cluster", "AWS::ECS::Cluster", replacement="Conditional")
    ]
    opened: list[set[str]] = []
    protecting.cloudformation.on_execute = lambda: opened.append(denied(protecting))
    protecting.expect(
        protecting.deploy(allowed=frozenset({"Cluster"})), 0, "UPDATE_COMPLETE", executed=1
    )
    assert opened == [ALL - {"Cluster"}]
    assert denied(protecting) == ALL


def test_a_template_without_anything_to_guard_has_a_policy_that_allows() -> None:
    assert [one["Effect"] for one in make_stack_policy({"Resources": {}})["Statement"]] == ["Allow"]


REPLACED = frozenset({"BffService"})
THEIRS = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Action": "Update:*",
                "Principal": "*",
                "Resource": "LogicalResourceId/FreezeTheTaskRole",
            },
        ]
    }
)
COMMAND = "aws cloudformation set-stack-policy"


@pytest.fixture
def guarded(world: World) -> World:
    """A protected stack, and an update that replaces its public service."""
    world.settings(termination_protection=True)
    return begin(world.environment)


def begin(environment: Environment) -> World:
    world = World(environment)
    world.standing(protected=True, policy=json.dumps(make_stack_policy(world.target.template)))
    world.cloudformation.changes = [REPLACEMENT]
    world.images = EVERY_IMAGE
    return world


def closed(world: World) -> bool:
    return bool(json.loads(world.stack.policy or "") == make_stack_policy(world.target.template))


def opened(world: World) -> bool:
    asked = [json.loads(one["StackPolicyBody"]) for one in world.made(Call.SET_STACK_POLICY)]
    return make_stack_policy(world.target.template, REPLACED) in asked


@pytest.mark.parametrize("undo_fails", [False, True])
def test_the_policy_is_closed_after_an_update_that_failed(guarded: World, undo_fails: bool) -> None:
    guarded.play.fails = "BffService"
    guarded.play.undo_fails = undo_fails
    guarded.deploy(allowed=REPLACED).hold(5 if undo_fails else 1)
    assert opened(guarded)
    assert closed(guarded)


OBSOLETE = Rejected(Call.EXECUTE_CHANGE_SET, "obsolete", "InvalidChangeSetStatus")
TROUBLE: list[tuple[Call, BaseException]] = [
    (Call.EXECUTE_CHANGE_SET, OBSOLETE),
    *(
        (call, fault(call, "no", ""))
        for call in (
            Call.EXECUTE_CHANGE_SET,
            Call.DESCRIBE_STACK_EVENTS,
            Call.DESCRIBE_SERVICES,
        )
        for fault in (AccessDenied, Throttled, Unavailable)
    ),
]


@pytest.mark.parametrize(("call", "trouble"), TROUBLE)
def test_the_policy_is_closed_when_the_execution_or_what_comes_before_it_fails(
    guarded: World, call: Call, trouble: BaseException
) -> None:
    guarded.cloudformation.on_policy.append(lambda: guarded.wire.before.update({call: [trouble]}))
    ended = guarded.deploy(allowed=REPLACED)
    assert call is not Call.EXECUTE_CHANGE_SET or ended.code != 0
    assert trouble is not OBSOLETE or ended.code == 4
    assert opened(guarded)
    assert closed(guarded)


def test_the_policy_is_closed_after_ctrl_c_at_any_call_before_the_execution(
    guarded: World,
) -> None:
    rehearsal = begin(guarded.environment)
    assert rehearsal.deploy(allowed=REPLACED).code == 0
    calls = [call for call, _ in rehearsal.wire.calls]
    first = calls.index(Call.SET_STACK_POLICY) + 1
    executed = calls.index(Call.EXECUTE_CHANGE_SET) + 1
    for moment in ("before", "after"):
        for number in range(first, executed + (moment == "before")):
            again = begin(guarded.environment)
            again.wire.stop = (number, moment)
            ended = again.deploy(allowed=REPLACED)
            where = f"{moment} call {number}, {calls[number - 1].text}"
            assert ended.code == 130, where
            assert closed(again), where


@pytest.mark.parametrize("how", ["detached", "timed out", "expired"])
def test_a_policy_that_stays_open_for_what_still_runs_is_told_with_the_command(
    guarded: World, how: str
) -> None:
    def leave() -> None:
        if how == "expired":
            for call in Call:
                guarded.wire.refuse(ExpiredCredentials, call, why="expired", code="ExpiredToken")
        if how == "detached":
            raise KeyboardInterrupt

    guarded.play.seconds = 900
    guarded.play.on_update = [(20, leave)]
    ended = guarded.deploy(allowed=REPLACED, minutes=1 if how == "timed out" else 30).hold(7)
    assert closed(guarded) or (COMMAND in ended.block and "stack policy" in ended.block)


@pytest.mark.parametrize("fails", [False, True])
def test_a_policy_that_cannot_be_closed_is_told_with_the_command(
    guarded: World, fails: bool
) -> None:
    guarded.play.fails = "BffService" if fails else ""
    refused = AccessDenied(Call.SET_STACK_POLICY, "not any more", "AccessDenied")
    guarded.wire.before[Call.SET_STACK_POLICY] = [None, refused, refused, refused]
    ended = guarded.deploy(allowed=REPLACED)
    assert ended.code not in (0, 3), ended
    assert not closed(guarded)
    assert "stack policy" in ended.block
    assert COMMAND in ended.block
    assert guarded.stack.name in ended.block.partition(COMMAND)[2]
    assert ("rolled back" in ended.block) == fails


def test_a_plan_closes_the_policy_that_it_opened(guarded: World) -> None:
    _, made = guarded.plan_to_file()
    guarded.wire.before[Call.EXECUTE_CHANGE_SET] = [
        Rejected(Call.EXECUTE_CHANGE_SET, "no", "InvalidChangeSetStatus")
    ]
    assert guarded.execute(made, allowed=REPLACED).code == 4
    assert opened(guarded)
    assert closed(guarded)


@pytest.mark.parametrize(
    ("images", "answers", "codes"),
    [
        (EVERY_IMAGE, ["y\n", "y\n"], (0,)),
        (EVERY_IMAGE, ["n\n", "n\n"], (0, 8)),
        (EVERY_IMAGE, [], (0,)),  # no terminal, and --yes
        ({}, ["n\n", "n\n"], (0, 8)),  # no change
    ],
)
def test_a_policy_of_another_operator_is_shown_and_asked_about(
    protecting: World, images: dict[str, str], answers: list[str], codes: tuple[int, ...]
) -> None:
    protecting.standing(protected=True, policy=THEIRS)
    protecting.images = images
    protecting.person = Person(*answers)
    ended = protecting.deploy(yes=not answers)
    told = protecting.screen + "".join(protecting.person.questions) + ended.block
    assert "FreezeTheTaskRole" in told
    assert "policy" in told
    assert ended.code in codes, ended
    if answers[:1] == ["y\n"]:
        assert closed(protecting)
    elif answers:
        assert protecting.stack.policy == THEIRS


def test_our_own_policy_is_no_question_and_is_not_set_again(guarded: World) -> None:
    guarded.cloudformation.changes = None
    guarded.person = Person("y\n")
    guarded.expect(guarded.deploy(yes=False), 0, "UPDATE_COMPLETE", executed=1)
    assert len(guarded.person.questions) == 1
    assert guarded.made(Call.UPDATE_TERMINATION_PROTECTION) == []
    assert guarded.made(Call.SET_STACK_POLICY) == []
