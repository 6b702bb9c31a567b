"""Executing once, also when the answer is lost, and Ctrl-C at each call of each command."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Unavailable
from bidops_cfn.deploy.follow import Terminated
from bidops_cfn.deploy.runtime import OutputClosed
from bidops_cfn.settings.environment import Environment
from tests.deploy.happenings import (
    Change,
    after,
    at,
    at_the_execution,
    before,
    every,
    failing,
    refuse,
)
from tests.deploy.scripted.run import Ended, Person
from tests.deploy.scripted.world import DEPLOY, STATUS, WATCH, World
from tests.images import EVERY_IMAGE, typed

LOST = Unavailable(Call.EXECUTE_CHANGE_SET, "reset")
BLIND = refuse(
    Unavailable, Call.DESCRIBE_CHANGE_SET, Call.DESCRIBE_STACK_EVENTS, Call.DESCRIBE_STACKS
)


def shown_as_before(world: World) -> None:
    (made,) = world.cloudformation.change_sets.all.values()
    described = {
        "ChangeSetId": made.id,
        "ChangeSetName": made.name,
        "StackId": made.stack.id,
        "Status": "CREATE_COMPLETE",
        "ExecutionStatus": "AVAILABLE",
    }
    world.wire.handlers[Call.DESCRIBE_CHANGE_SET] = lambda **_: described


def blinding(world: World) -> None:
    """Answer the question after Ctrl-C with another interrupt, after which nothing can be read."""

    def stop() -> KeyboardInterrupt:
        BLIND(world)
        return KeyboardInterrupt()

    world.wire.always[Call.CANCEL_UPDATE_STACK] = stop


def terminate(_: World) -> None:
    raise Terminated


lost = after(Call.EXECUTE_CHANGE_SET, LOST)
interrupted = after(Call.EXECUTE_CHANGE_SET, KeyboardInterrupt())
ASKED = Call.DESCRIBE_STACK_EVENTS
ctrl_c_twice = (KeyboardInterrupt(), KeyboardInterrupt())
CASES: dict[str, tuple[Change, int, str, bool]] = {
    "interrupted in cancelling": (
        every(interrupted, before(Call.CANCEL_UPDATE_STACK, KeyboardInterrupt())),
        7, WATCH, True,
    ),
    "interrupted and blind": (every(interrupted, blinding), 7, WATCH, True),
    "never sent": (before(Call.EXECUTE_CHANGE_SET, LOST), 4, DEPLOY, False),
    "lost and blind": (every(lost, at_the_execution(BLIND)), 7, STATUS, False),
    "interrupted, then blind": (every(interrupted, at_the_execution(BLIND)), 7, STATUS, False),
    "interrupted while it is asked for": (
        every(interrupted, at_the_execution(before(ASKED, *ctrl_c_twice))), 7, STATUS, False,
    ),
    "lost, and interrupted while it is asked for": (
        every(lost, at_the_execution(before(ASKED, *ctrl_c_twice))), 7, STATUS, False,
    ),
    "told by events": (
        every(lost, at_the_execution(refuse(Unavailable, Call.DESCRIBE_CHANGE_SET))),
        0, "UPDATE_COMPLETE", False,
    ),
    "shown as before": (
        every(lost, at_the_execution(shown_as_before)), 0, "UPDATE_COMPLETE", False,
    ),
    "interrupted": (interrupted, 1, DEPLOY, True),
    "terminated": (at(5, terminate), 7, WATCH, False),
}  # fmt: skip


@pytest.mark.parametrize(("happen", "code", "last", "asked"), CASES.values(), ids=CASES)
def test_an_execution_is_followed_or_left_and_nothing_that_may_run_is_deleted(
    update: World, happen: Change, code: int, last: str, *, asked: bool
) -> None:
    update.person = Person("c\n")  # where it is asked after Ctrl-C
    happen(update)
    update.expect(update.deploy(), code, last, executed=1)
    assert bool(update.made(Call.DELETE_CHANGE_SET)) is (code == 4)
    assert bool(update.person.questions) is asked
    assert (update.stack.status == "UPDATE_ROLLBACK_COMPLETE") is (code == 1)


CHANGING = (Call.CREATE_CHANGE_SET, Call.EXECUTE_CHANGE_SET)


def make_creation(dev: Environment) -> World:
    world = World(dev)
    world.images = EVERY_IMAGE
    return world


def make_update(dev: Environment) -> World:
    world = World(dev)
    world.standing()
    world.images = EVERY_IMAGE
    return world


@pytest.mark.parametrize("make", [make_creation, make_update])
def test_ctrl_c_at_any_call_leaves_nothing_of_ours_that_could_be_executed(
    dev: Environment, make: type[World]
) -> None:
    rehearsal = make(dev)
    assert rehearsal.deploy().code == 0
    calls = [call for call, _ in rehearsal.wire.calls]
    execution = calls.index(Call.EXECUTE_CHANGE_SET) + 1
    repeated = {one for one in range(2, len(calls)) if calls[one - 1] in calls[: one - 1]}
    lasts = {len(calls) - calls[::-1].index(call) for call in calls}
    stops = [(one, "after") for one in set(range(1, len(calls) + 1)) - (repeated - lasts)]
    # What only reads is the same before and after.
    stops += [(one, "before") for one, call in enumerate(calls, 1) if call in CHANGING]
    for number, moment in stops:
        world = make(dev)
        world.wire.stop = (number, moment)
        ended = world.deploy()
        where = f"{moment} call {number}, {calls[number - 1].text}"
        begun = number >= execution and (number, moment) != (execution, "before")
        assert ended.code == (7 if begun else 130), where
        assert world.cloudformation.left_behind() == [], where
        if not begun:
            assert ended.last == (
                f"Deploy when you are ready: bidops-cfn deploy --env dev {typed(EVERY_IMAGE)}"
            ), where
            if make is make_creation:
                assert world.cloudformation.stack(dev.stack_name) is None, where
        else:
            assert ended.last == "Follow it again: bidops-cfn watch --env dev", where


def test_a_reader_that_has_gone_before_the_execution_is_not_told_that_it_runs(
    update: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(text: str) -> None:
        if text.startswith("Executing"):
            raise OutputClosed

    monkeypatch.setattr(update.output, "status", say)
    with pytest.raises(OutputClosed):
        update.deploy()
    assert update.made(Call.EXECUTE_CHANGE_SET) == []
    assert update.cloudformation.left_behind() == []


def test_ctrl_c_at_the_question_deletes_our_change_set(first: World) -> None:
    first.person = Person(KeyboardInterrupt())
    first.expect(first.deploy(yes=False), 130, "bidops-cfn deploy --env dev")
    assert first.cloudformation.stack(first.environment.stack_name) is None


def test_ctrl_c_while_the_change_set_is_made_waits_until_it_can_be_deleted(update: World) -> None:
    update.cloudformation.slow_polls = 4
    update.wire.before[Call.DESCRIBE_CHANGE_SET] = [None, KeyboardInterrupt()]
    update.expect(update.deploy(), 130, "bidops-cfn deploy --env dev")
    assert len(update.made(Call.DELETE_CHANGE_SET)) == 4


def test_a_second_ctrl_c_while_cleaning_up_says_what_is_left(update: World) -> None:
    update.person = Person(KeyboardInterrupt())
    update.wire.before[Call.DELETE_CHANGE_SET] = [KeyboardInterrupt()]
    assert update.deploy(yes=False).code == 130
    (notice,) = update.output.of("warning")
    assert notice.message == "our change set may be left behind"
    assert "aws cloudformation delete-change-set" in notice.details[1]


EXECUTING = {
    Call.CANCEL_UPDATE_STACK,
    Call.CONTINUE_UPDATE_ROLLBACK,
    Call.DELETE_STACK,
    Call.EXECUTE_CHANGE_SET,
    Call.ROLLBACK_STACK,
    Call.SET_STACK_POLICY,
    Call.UPDATE_SERVICE,
    Call.UPDATE_TERMINATION_PROTECTION,
}


def cancelling(world: World) -> Callable[[], Ended]:
    world.standing()
    world.play.seconds = 60
    world.begin_update()
    return world.cancel


def rolling_back(world: World) -> Callable[[], Ended]:
    stack = world.standing("UPDATE_ROLLBACK_FAILED")
    stack.note("BffService", status="UPDATE_FAILED")
    return lambda: world.rollback("BffService")


def destroying(world: World) -> Callable[[], Ended]:
    world.standing()
    return world.destroy


def restarting(world: World) -> Callable[[], Ended]:
    world.standing()
    return world.restart


def recreating(world: World) -> Callable[[], Ended]:
    world.standing("ROLLBACK_COMPLETE")
    world.images = dict(EVERY_IMAGE)
    return lambda: world.deploy(recreate=True)


def failing_to_update(world: World) -> Callable[[], Ended]:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    failing(world, at=10, seconds=40)
    return world.deploy


def executing_a_plan(world: World) -> Callable[[], Ended]:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    _, made = world.plan_to_file()
    return lambda: world.execute(made)


COMMANDS = [
    cancelling,
    rolling_back,
    destroying,
    restarting,
    recreating,
    failing_to_update,
    executing_a_plan,
]


@pytest.mark.parametrize("arrange", COMMANDS, ids=lambda one: one.__name__)
def test_an_interrupt_never_says_that_nothing_was_executed_when_something_was(
    dev: Environment, arrange: Callable[[World], Callable[[], Ended]]
) -> None:
    rehearsed = World(dev)
    arrange(rehearsed)()
    calls = [call for call, _ in rehearsed.wire.calls]
    executed = next(one for one, call in enumerate(calls, 1) if call in EXECUTING)
    repeated = {one for one in range(executed, len(calls)) if calls[one - 1] in calls[one:]}
    wrong = []
    for number in set(range(executed, len(calls) + 1)) - repeated:
        world = World(dev)
        run = arrange(world)
        world.wire.stop = (number, "after")
        try:
            ended = run()
            code, said = ended.code, ended.block
        except KeyboardInterrupt:
            code, said = 130, "before anything was executed"
        if code == 130 and "which had failed, was deleted" not in said:
            wrong.append(f"{number} {calls[number - 1].text}: {said}")
    assert wrong == []
