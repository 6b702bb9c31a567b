"""An id that AWS sends empty is one that is missing: no request is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bidops_cfn.deploy.client import IDENTIFIER
from tests.deploy.scenarios.commands import (
    Call,
    Ended,
    World,
    begin_update,
    cancel,
    deploy,
    destroy,
    events,
    links,
    logs,
    restart,
    status,
    watch,
)
from tests.deploy.scenarios.crashes import failing


def list_identifiers(answer: Any) -> Iterator[str]:
    """Yield the members that name something, at any depth."""
    for inner in answer if isinstance(answer, list) else ():
        yield from list_identifiers(inner)
    for key, value in answer.items() if isinstance(answer, dict) else ():
        texts = value if isinstance(value, list) else [value]
        if IDENTIFIER.search(key) and any(isinstance(one, str) and one for one in texts):
            yield key
        yield from list_identifiers(value)


def empty(answer: Any, key: str) -> Any:
    """Return the answer with nothing in every ``key``."""
    if isinstance(answer, list):
        return [empty(one, key) for one in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        name: ([""] if isinstance(value, list) else "")
        if name == key and not isinstance(value, dict)
        else empty(value, key)
        for name, value in answer.items()
    }


def holds_empty(asked: Any) -> bool:
    """Tell whether a request names something by an empty text."""
    if isinstance(asked, list | tuple):
        return any(one == "" or holds_empty(one) for one in asked)
    return isinstance(asked, dict) and any(
        (value == "" and IDENTIFIER.search(key)) or holds_empty(value)
        for key, value in asked.items()
    )


def with_standing(world: World) -> World:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.ecs.mounted = [{"name": "KEY", "valueFrom": "/bidopsai/key"}]
    return world


def with_failing(world: World) -> World:
    return failing(with_standing(world))


def with_update(world: World) -> World:
    begin_update(with_standing(world))
    return world


COMMANDS: dict[str, tuple[Callable[[World], World], Callable[[World], Ended]]] = {
    "deploy": (with_standing, deploy),
    "failed deploy": (with_failing, deploy),
    "create": (lambda world: world, deploy),
    "watch": (with_update, watch),
    "cancel": (with_update, cancel),
    "destroy": (with_standing, destroy),
    "status": (with_standing, status),
    "events": (with_standing, events),
    "logs": (with_standing, logs),
    "links": (with_standing, lambda world: links(world, "service")),
    "restart": (with_standing, restart),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_request_is_made_of_an_empty_id(command: str, dev: Any) -> None:
    arrange, run = COMMANDS[command]
    seen: dict[tuple[Call, str], None] = {}

    def run_with(change: Callable[[Call, Any], Any]) -> None:
        world = arrange(World(dev))
        answer = world.wire.answer

        def changed(call: Call, parameters: dict[str, Any]) -> Any:
            return change(call, answer(call, parameters))

        world.wire.answer = changed  # type: ignore[method-assign]
        run(world)
        assert not [one for one in world.wire.calls if holds_empty(one[1])], change

    def note(call: Call, answer: Any) -> Any:
        seen.update(dict.fromkeys((call, key) for key in list_identifiers(answer)))
        return answer

    run_with(note)
    assert seen
    for asked in seen:

        def change(call: Call, answer: Any, asked: tuple[Call, str] = asked) -> Any:
            return empty(answer, asked[1]) if call is asked[0] else answer

        run_with(change)
