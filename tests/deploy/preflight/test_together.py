"""Everything is asked at the same time: counted in rounds of answers, whatever the machine."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from threading import Barrier, Condition, Thread
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import ask_each, once, start
from bidops_cfn.deploy.preflight.survey import ready_to_deploy
from tests.deploy.scripted.network import listener_rule
from tests.deploy.scripted.wire import ScriptedWire
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE

PROMISED_SECONDS, SECONDS_PER_CALL = 1.2, 0.1
QUIET_SECONDS = 0.05


@pytest.fixture(autouse=True)
def one_after_the_other() -> None:
    """Threads are what this file is about."""


class Rounds:
    """A wire whose answers all come together, once no thread asks anything more: that is a round.

    At 0.1 s a call, preflight waits 0.1 s for each round. A machine that is slow to ask can only
    make rounds more, never fewer.
    """

    def __init__(self, wire: ScriptedWire) -> None:
        self.region = wire.region
        self.rounds = 0
        self.widest = 0
        self._wire = wire
        self._waiting = 0
        self._asked = 0
        self._changed = Condition()
        self._over = False

    def at(self, region: str) -> Rounds:
        assert region == self.region
        return self

    def __call__(self, call: Call, /, **parameters: object) -> dict[str, Any]:
        with self._changed:
            self._waiting += 1
            self._asked += 1
            mine = self.rounds
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self.rounds > mine, 30)
        return self._wire(call, **parameters)

    @contextmanager
    def running(self) -> Iterator[Rounds]:
        thread = Thread(target=self._answer)
        thread.start()
        try:
            yield self
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()
            thread.join()

    def _answer(self) -> None:
        with self._changed:
            while not self._over:
                seen = self._asked
                self._changed.wait(QUIET_SECONDS)
                if self._asked == seen and self._waiting:
                    self.widest = max(self.widest, self._waiting)
                    self._waiting = 0
                    self.rounds += 1
                    self._changed.notify_all()


def everything(world: World) -> None:
    """Each question there is: a stack, hooks, topics, pages."""
    topic = "arn:aws:sns:us-east-1:111111111111:stacks"
    world.settings(
        notification_topics=(topic,),
        rollback_alarms=("arn:aws:cloudwatch:us-east-1:111111111111:alarm:smoke",),
    )
    world.network.topics[topic] = 1
    world.account.alarms["smoke"] = "OK"
    world.network.hooks["Org::Guard::Hook"] = {
        "targets": ["AWS::ECS::Service"],
        "configuration": {},
    }
    rules = [listener_rule(number, f"{number}.example") for number in (1, 2, 3)]
    world.network.listener_rules += rules


@pytest.mark.parametrize("stands", [False, True], ids=["creation", "update"])
def test_preflight_takes_as_long_as_its_longest_chain_of_calls(world: World, stands: bool) -> None:
    if stands:
        world.standing()
    world.images = EVERY_IMAGE
    everything(world)
    with Rounds(world.wire).running() as rounds:
        runtime = dataclasses.replace(world.runtime, client=rounds)
        ended = world.run(lambda: ready_to_deploy(runtime, world.target))
    assert ended.code == 0
    assert len(world.wire.calls) >= 30
    assert rounds.widest > 10
    assert rounds.rounds * SECONDS_PER_CALL <= PROMISED_SECONDS


def test_many_exports_that_change_are_looked_for_at_the_same_time(world: World) -> None:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.edit(lambda document: document["Outputs"].clear())
    with Rounds(world.wire).running() as rounds:
        runtime = dataclasses.replace(world.runtime, client=rounds)
        ended = world.run(lambda: ready_to_deploy(runtime, world.target))
    assert ended.code == 0
    assert len(world.made(Call.LIST_IMPORTS)) > 8
    assert rounds.rounds * SECONDS_PER_CALL <= PROMISED_SECONDS


def test_what_one_asks_the_others_wait_for() -> None:
    together = Barrier(8)
    numbers = count(1)

    @dataclass(frozen=True)
    class Asked:
        calls: list[int] = field(default_factory=list)

        @once
        def answer(self) -> int:
            """The answer."""
            self.calls.append(next(numbers))
            return self.calls[-1]

    asked = Asked()

    def ask(_: int) -> int:
        together.wait(10)
        return asked.answer

    assert ask_each(ask, range(8)) == [(one, 1) for one in range(8)]
    assert asked.calls == [1]
    assert Asked.answer.__doc__ == "The answer."


def test_an_error_is_kept_and_raised_to_all_who_ask() -> None:
    class Failing:
        calls = 0

        @once
        def answer(self) -> int:
            Failing.calls += 1
            raise LookupError("nothing there")

    failing = Failing()
    for _ in range(2):
        with pytest.raises(LookupError):
            _ = failing.answer
    assert Failing.calls == 1


def test_an_error_comes_once_all_have_ended() -> None:
    ended: list[int] = []
    go = threading.Event()

    def work(number: int) -> None:
        if number == 0:
            go.set()
            raise LookupError
        assert go.wait(10)
        ended.append(number)

    with pytest.raises(LookupError):
        ask_each(work, range(4))
    assert sorted(ended) == [1, 2, 3]


def test_an_interrupt_of_a_thread_reaches_the_one_that_waits() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start(partial(stop)).result(10)
