"""What happens to a command: changes of a world, to put together in a table of cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Fault
from tests.deploy.scripted.run import Person, interrupt
from tests.deploy.scripted.world import World

Change = Callable[[World], object]
CAUSE = "Error: DATABASE_URL is not set"


def nothing(world: World) -> None:
    """Leave the world as it is."""


def every(*changes: Change) -> Change:
    return lambda world: [change(world) for change in changes]


def play(**script: Any) -> Change:
    """Script the next operation."""
    return lambda world: vars(world.play).update(script)


def refuse(fault: type[Fault], *calls: Call, why: str = "no", code: str = "") -> Change:
    return lambda world: world.wire.refuse(fault, *calls, why=why, code=code)


def before(call: Call, *problems: BaseException | None) -> Change:
    """Let the next calls fail so, or pass, instead of reaching AWS."""
    return lambda world: world.wire.before.update({call: list(problems)})


def after(call: Call, *problems: BaseException | None) -> Change:
    """Let the next calls take effect, and end so."""
    return lambda world: world.wire.after.update({call: list(problems)})


def at(seconds: float, change: Change) -> Change:
    """Let it happen so long after the operation began."""

    def happen(world: World) -> None:
        def now() -> None:
            change(world)

        world.play.on_update.append((seconds, now))

    return happen


def at_the_execution(change: Change) -> Change:
    def happen(world: World) -> None:
        world.cloudformation.on_execute = lambda: change(world)

    return happen


def at_the_end(change: Change) -> Change:
    """Let it happen the moment our operation comes to its end."""
    return lambda world: world.at_the_end_of_ours(lambda: change(world))


def at_rest(change: Change) -> Change:
    """Let it happen the moment the operation that runs comes to its end."""
    return lambda world: world.stack.on_rest.append(lambda: change(world))


def ctrl_c(seconds: float, *answers: str | BaseException) -> Change:
    """Press Ctrl-C while the watcher sleeps, at a terminal with ``answers`` or without one."""

    def happen(world: World) -> None:
        world.person = Person(*answers)
        world.play.on_update.append((seconds, interrupt))

    return happen


def crash(
    reason: str = "Essential container in task exited",
    *,
    name: str = "BffService",
    log: Sequence[str] = ("booting", CAUSE),
    **more: Any,
) -> Change:
    """Let a task of the service's newest deployment die."""
    return lambda world: world.ecs.crash(name, reason, log=log, **more)


def failing(world: World, at: float = 20, seconds: float = 120) -> World:
    """An update whose new tasks crash from ``at`` on, every ten seconds, until it fails."""

    def die() -> None:
        crash()(world)

    world.play.seconds = seconds
    world.play.fails = "BffService"
    world.play.on_update = [(at + more, die) for more in range(0, int(seconds / 2) - int(at), 10)]
    return world
