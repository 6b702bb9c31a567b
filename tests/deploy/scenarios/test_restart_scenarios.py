"""``restart``: new tasks that ECS runs, or what is known of why it does not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Fault, Throttled, Unavailable
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn_sandbox.engine.service import EcsService
from tests.deploy.inside import run
from tests.deploy.scripted.ecs import digest
from tests.deploy.scripted.http_server import ScriptedServer
from tests.deploy.scripted.run import Person, interrupt
from tests.deploy.scripted.world import World
from tests.images import LISTED

Change = Callable[[World, EcsService], None]


@pytest.fixture
def standing(world: World) -> World:
    world.standing()
    return world


def restarted(world: World) -> list[str]:
    return [one["service"] for one in world.made(Call.UPDATE_SERVICE)]


def test_all_services_get_new_tasks_of_the_same_definition(standing: World) -> None:
    before = {one.name: one.task_definition for one in standing.ecs.services.values()}
    ended = standing.expect(standing.restart(), 0, f"{LISTED} of bidopsai-dev-compute")
    assert ended.done.outcome == "restarted"
    assert sorted(restarted(standing)) == sorted(f"{one.title}Service" for one in SERVICES)
    assert all(one["forceNewDeployment"] for one in standing.made(Call.UPDATE_SERVICE))
    assert all(
        set(one) == {"cluster", "service", "forceNewDeployment"}
        for one in standing.made(Call.UPDATE_SERVICE)
    )
    assert {one.name: one.task_definition for one in standing.ecs.services.values()} == before
    assert "BffService: bff is sha256:" in ended.block
    assert "rollout='COMPLETED'" in standing.screen


def test_one_service_is_restarted_alone(standing: World) -> None:
    standing.expect(standing.restart("bff"), 0, "bff of bidopsai-dev-compute")
    assert restarted(standing) == ["BffService"]


def crash_and_trip(world: World, service: EcsService) -> None:
    crash = partial(world.ecs.crash, "BffService", "secret is gone", log=["no DATABASE_URL"])
    world.clock.after(10, crash)
    world.clock.after(30, service.trip)


def vanish(world: World, service: EcsService) -> None:
    world.clock.after(12, service.vanish)


def overtake(world: World, service: EcsService) -> None:
    def deploy() -> None:
        service.deploy(service.task_definition, "COMPLETED")

    world.clock.after(12, deploy)


WENT_BACK = "the restart of bff failed: ECS went back to the tasks before"
LOGS, LOOK = "bidops-cfn logs --env dev", "bidops-cfn status --env dev"


@pytest.mark.parametrize(
    ("happen", "code", "last", "says"),
    [
        (crash_and_trip, 1, LOGS, (WENT_BACK, "secret is gone")),
        (vanish, 1, LOGS, ("the restart of bff failed",)),
        (overtake, 7, LOOK, ("another deployment of it has begun since",)),
        (lambda *_: None, 7, f"{LOOK} --watch", ("it took longer than 1 minutes",)),
    ],
)
def test_a_rollout_that_does_not_end_well_is_no_success(
    standing: World, happen: Change, code: int, last: str, says: tuple[str, ...]
) -> None:
    standing.ecs.on_update = partial(happen, standing)
    assert last in standing.restart("bff", minutes=1).hold(code, *says).last


def test_prod_wants_its_name_typed(prod: Environment) -> None:
    world = World(prod, person=Person("yes\n", "prod\n"))
    world.standing()
    declined = world.restart(yes=False)
    assert declined.code == 8
    assert "nothing was restarted" in declined.said
    assert restarted(world) == []
    assert world.restart(yes=False).code == 0
    assert f"Restart {LISTED}" in world.person.questions[0]


def test_a_stack_in_operation_is_left_alone(update: World) -> None:
    update.play.seconds = 60
    update.begin_update()
    ended = update.restart().hold(6)
    assert "bidops-cfn watch --env dev" in ended.last
    assert restarted(update) == []


def test_a_stack_that_is_stuck_is_not_restarted(standing: World) -> None:
    assert standing.stack is not None
    standing.stack.status = "UPDATE_ROLLBACK_FAILED"
    said = "bidopsai-dev-compute cannot be restarted: it is in UPDATE_ROLLBACK_FAILED"
    assert said in standing.restart().said
    assert restarted(standing) == []


def test_a_rollout_in_progress_is_left_alone(standing: World) -> None:
    service = standing.ecs.service("BffService")
    service.deploy(service.task_definition)
    ended = standing.restart().hold(6, "a rollout is in progress; nothing was restarted")
    standing.expect(ended, 6, "See how far it is: bidops-cfn status --env dev --watch")
    assert restarted(standing) == []


def test_a_refusal_of_the_second_one_follows_the_first(standing: World) -> None:
    refusal = AccessDenied(Call.UPDATE_SERVICE, "no", "")
    standing.wire.before[Call.UPDATE_SERVICE] = [None, refusal]
    standing.restart().hold(1, "not every service was restarted")
    assert "rollout='COMPLETED'" in standing.screen


def test_an_answer_that_is_lost_is_asked_after(standing: World) -> None:
    standing.lose(Call.UPDATE_SERVICE, arrives=True)
    assert standing.restart("bff").code == 0
    assert restarted(standing) == ["BffService"]


def test_an_answer_that_is_lost_with_the_next_one_is_not_judged(standing: World) -> None:
    standing.lose(Call.UPDATE_SERVICE, arrives=True)
    trouble = Unavailable(Call.DESCRIBE_SERVICES, "no", "")
    standing.wire.before[Call.DESCRIBE_SERVICES] = [None, trouble]
    standing.restart("bff").hold(7, "cannot tell whether bff is being restarted")


def test_a_request_that_never_arrived_restarted_nothing(standing: World) -> None:
    standing.lose(Call.UPDATE_SERVICE, arrives=False)
    standing.restart("bff").hold(3, "nothing was restarted")


@pytest.mark.parametrize("fault", [Throttled, Unavailable])
def test_a_poll_that_fails_is_a_warning(standing: World, fault: type[Fault]) -> None:
    trouble = fault(Call.DESCRIBE_SERVICES, "no", "")
    standing.wire.before[Call.DESCRIBE_SERVICES] = [None, trouble, trouble]
    assert standing.restart().code == 0
    assert len(standing.output.of("warning")) == 1


@pytest.mark.parametrize("fault", [AccessDenied, ExpiredCredentials])
def test_what_cannot_be_followed_is_not_judged(standing: World, fault: type[Fault]) -> None:
    standing.wire.before[Call.DESCRIBE_SERVICES] = [None, fault(Call.DESCRIBE_SERVICES, "no", "")]
    standing.restart().hold(7, "cannot tell how the restart goes on")


def test_ctrl_c_before_the_request_restarts_nothing_and_after_it_leaves_it(
    standing: World,
) -> None:

    standing.clock.after(7, interrupt)
    standing.restart().hold(7, "goes on: interrupted")
    standing.wire.calls.clear()
    standing.wire.stop = (2, "before")
    with pytest.raises(KeyboardInterrupt):
        standing.restart()
    assert restarted(standing) == []


def test_ctrl_c_at_the_first_request_leaves_open_whether_it_goes_on(standing: World) -> None:
    standing.wire.before[Call.UPDATE_SERVICE] = [KeyboardInterrupt()]
    standing.restart("bff").hold(7, "cannot tell whether bff is being restarted: interrupted")


def test_ctrl_c_after_its_end_does_not_say_that_it_goes_on(standing: World) -> None:
    standing.wire.before[Call.DESCRIBE_SERVICE_REVISIONS] = [None, KeyboardInterrupt()]
    ended = standing.restart("bff").hold(7, "cannot tell how the restart of bff ended: interrupted")
    assert "goes on" not in ended.said


def test_a_restart_goes_on_when_its_output_is_not_read_any_more(standing: World) -> None:
    standing.clock.after(7, lambda: setattr(standing.output, "deaf", True))
    standing.restart().hold(7, "goes on: the output is not read any more")


def test_a_tag_that_has_moved_is_said(standing: World) -> None:
    def move(service: EcsService) -> None:
        revision = service.rollouts[0]["targetServiceRevision"]["arn"]
        standing.ecs.resolved[revision] = digest("another image")
        standing.clock.after(20, service.complete)

    standing.ecs.on_update = move
    assert standing.restart("bff").code == 0
    assert "the tag of an image has moved" in standing.noticed


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_command_restarts_and_tells_so(
    server: ScriptedServer, project: Path, form: str
) -> None:
    world = server.world
    world.standing()
    world.ecs.on_update = lambda service: world.clock.after(form == "json", service.complete)
    asked = ("restart", "--env", "dev", "--service", "bff", "--yes", "--output", form)
    ran = run(server, project, *asked)
    assert ran.returncode == 0, ran.stderr
    told = ran.stdout if form == "json" else ran.stderr
    assert ('"outcome":"restarted"' if form == "json" else "Restarted: bff of") in told
