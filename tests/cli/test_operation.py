"""How a command ends: an error names its stack, and an output without reader hides none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bidops_cfn.cli.operation import act, ended, make_result
from bidops_cfn.cli.plain import Lines
from bidops_cfn.cli.surroundings import assumptions
from bidops_cfn.cli.text import Line
from bidops_cfn.deploy.deploy import deploy
from bidops_cfn.deploy.destroy import destroy
from bidops_cfn.deploy.execution import Options
from bidops_cfn.deploy.preflight.groups import ALB, DATABASE, ENDPOINTS
from bidops_cfn.deploy.preflight.load_balancer import number_outlet
from bidops_cfn.deploy.preflight.vpc import AGENT, BOUNDED
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.restart import restart
from bidops_cfn.deploy.rollback import cancel, rollback
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.watch import watch
from bidops_cfn.errors import BidopsCfnError, CheckFailed, Interrupted
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import BFF
from tests.conftest import REPOSITORY
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE

Act = Callable[[Runtime, Target], Result]


def failing(world: World) -> None:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.play.fails = "BffService"


def created(world: World) -> None:
    world.images = EVERY_IMAGE
    world.play.fails = "BffService"


def busy(world: World) -> None:
    world.standing("UPDATE_IN_PROGRESS")


def protected(world: World) -> None:
    world.standing().termination_protection = True


def resting(world: World) -> None:
    world.standing()


def unseen(world: World) -> None:
    world.standing()
    world.account.images = set()


def nowhere(world: World) -> None:
    """There is no stack."""


COMMANDS: dict[str, Act] = {
    "deploy": lambda runtime, target: deploy(runtime, target, Options(yes=True)),
    "watch": lambda runtime, target: watch(runtime, target, 0.1),
    "cancel": lambda runtime, target: cancel(runtime, target, 30, yes=True),
    "rollback": lambda runtime, target: rollback(runtime, target, (), 30, yes=True),
    "destroy": lambda runtime, target: destroy(runtime, target, 30, yes=True),
    "restart": lambda runtime, target: restart(runtime, target, "", 30, yes=True),
}


@pytest.mark.parametrize(
    ("prepare", "command", "code"),
    [
        (failing, "deploy", 1),
        (created, "deploy", 1),
        (busy, "deploy", 6),
        (unseen, "deploy", 3),
        (busy, "watch", 7),
        (resting, "cancel", 3),
        (resting, "rollback", 3),
        (protected, "destroy", 3),
        (busy, "restart", 6),
        (nowhere, "restart", 3),
    ],
)
def test_a_failing_result_names_the_stack(
    dev: Environment, prepare: Callable[[World], None], command: str, code: int
) -> None:
    world = World(dev)
    prepare(world)
    with pytest.raises(BidopsCfnError) as caught:
        act(COMMANDS[command], world.runtime, world.target)
    result = make_result(caught.value, "dev")
    assert result.exit_code == code
    ids = [*world.cloudformation.stacks.all]
    assert [result.stack_id] == (ids or [""])


def broken() -> Lines:
    """An output whose reader has gone."""

    class Broken(Lines):
        def put(self, line: Line) -> None:
            raise BrokenPipeError

    return Broken()


def test_a_result_without_a_reader_is_a_closed_pipe() -> None:
    with pytest.raises(BrokenPipeError):
        ended(broken(), "dev", lambda: Result("deployed", 0, "done"))


def test_an_error_without_a_reader_is_still_that_error() -> None:
    def fail() -> Result:
        raise CheckFailed("it failed")

    with pytest.raises(CheckFailed):
        ended(broken(), "dev", fail)


def test_an_interrupt_that_was_not_handled_is_told_as_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stop() -> Result:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        ended(Lines(), "dev", stop)
    assert '"exit_code":130' in capsys.readouterr().out


# what the commands take from the review files


@pytest.mark.parametrize("name", ["dev", "test", "prod"])
def test_the_review_numbers_every_assumption_that_preflight_looks_at(
    dev: Environment, name: str
) -> None:
    world = World(dev)
    world.assumptions = dict(assumptions(REPOSITORY / "templates" / name / "REVIEW.md"))
    context = world.context
    numbers = [context.number_assumption(one.value) for one in (AGENT, ENDPOINTS, DATABASE, ALB)]
    numbers.append(context.find_number(BOUNDED, ""))
    numbers.append(number_outlet(context, BFF))
    assert len(set(numbers)) == 6
    assert all(number.removeprefix("A").isdecimal() for number in numbers), numbers


def test_without_a_review_nothing_is_numbered(tmp_path: Path) -> None:
    assert assumptions(tmp_path / "REVIEW.md") == {}
