"""One command on several environments side by side: a thread each, one question, one table.

::

    main thread    signals ----> an interrupt for every lane, which notices it at its next call or
                                 pause, and leaves as it would alone
                   question <--- the lanes that wait for it, once all others have ended
    lane           the command as it runs for one environment, behind its name

Nothing is cancelled from here: an interrupt leaves what runs, and says how to follow it.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from threading import Thread, current_thread
from types import FrameType

import click
from click.globals import push_context

from bidops_cfn.cli import options
from bidops_cfn.cli.access import chosen_access
from bidops_cfn.cli.operation import (
    Action,
    Operation,
    act,
    handled,
    make_result,
    reported,
    unreadable,
)
from bidops_cfn.cli.plain import Lines, Plain
from bidops_cfn.cli.surroundings import make_runtime, make_target
from bidops_cfn.cli.terminal import width
from bidops_cfn.cli.text import GOOD, Line, wrapped
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import AroundClient, Client, Json
from bidops_cfn.deploy.follow import Terminated
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import OutputClosed, Runtime, SystemClock
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import BidopsCfnError
from bidops_cfn.settings import load

# The exit code of all is the first of these that one of them has.
WORST = (5, 1, 7, 4, 6, 3, 2, 130, 8, 10, 0)
TICK = 0.1  # seconds until an interrupt is noticed


class Lane(SystemClock):
    """An environment among several; also its clock, which an interrupt ends."""

    def __init__(self, shown: Plain, runtime: Runtime, target: Target) -> None:
        self.environment = target.environment
        self.shown = shown
        self.runtime = replace(runtime, client=LaneClient(runtime.client, self), clock=self)
        self.target = target
        self.thread: Thread | None = None
        self.ended = False
        self.trouble: BaseException | None = None  # that no result tells
        self.question = ""
        self.answer: bool | None = None
        self.interrupt: type[KeyboardInterrupt] | None = None

    def notice(self) -> None:
        """Raise the interrupt that was not noticed yet, in the lane's own thread."""
        if self.interrupt is not None and current_thread() is self.thread:
            kind, self.interrupt = self.interrupt, None
            raise kind

    def sleep(self, seconds: float) -> None:
        """Wait; an interrupt ends the wait."""
        end = self.monotonic() + seconds
        self.notice()
        while (left := end - self.monotonic()) > 0:
            time.sleep(min(TICK, left))
            self.notice()


class LaneClient(AroundClient):
    """A client that makes no further call after an interrupt."""

    def __init__(self, client: Client, lane: Lane) -> None:
        super().__init__(client)
        self._lane = lane

    def at(self, region: str) -> Client:
        """Return a client in another region."""
        return LaneClient(super().at(region), self._lane)

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Make one call."""
        self._lane.notice()
        return self._client(call, **parameters)


class Lanes:
    """All environments of a command: they run at the same time, and are asked about together."""

    def __init__(self, lanes: Sequence[Lane], terminal: Plain) -> None:
        self.lanes = lanes
        self.terminal = terminal
        self._asking = False
        self._context = click.get_current_context(silent=True)

    def run(self, action: Callable[[Lane], Result]) -> None:
        """Run ``action`` for every lane, and return when all have ended."""
        for lane in self.lanes:
            lane.thread = Thread(target=self._run, args=(lane, action))
        with handled(("SIGINT", "SIGTERM", "SIGHUP"), self._handle):
            for lane in self.lanes:
                if lane.thread:
                    lane.thread.start()
            while not all(one.ended for one in self.lanes):
                time.sleep(TICK)
                waiting = [
                    one
                    for one in self.lanes
                    if one.question and one.answer is None and not one.interrupt
                ]
                if waiting and all(one.ended or one in waiting for one in self.lanes):
                    self._ask(waiting)

    def agree(self, lane: Lane, what: str) -> bool:
        """Return whether the person agrees to ``what``, asked once for all lanes."""
        lane.shown.flush()  # the changes stand above the question
        lane.question = what
        try:
            while lane.answer is None:
                lane.sleep(TICK)
        finally:
            lane.question = ""
        return lane.answer

    def _run(self, lane: Lane, action: Callable[[Lane], Result]) -> None:
        try:
            if self._context is not None:  # a thread has none of its own
                push_context(self._context)
            with lane.shown:
                reported(lane.shown, lane.environment.name, lambda: action(lane))
        except BidopsCfnError:
            pass  # its result was reported
        except BaseException as trouble:  # told once all have ended
            lane.trouble = trouble
        finally:
            lane.ended = True

    def _ask(self, waiting: Sequence[Lane]) -> None:
        names = [one.environment.name for one in waiting]
        parts = [f"{one.environment.name}: {one.question}" for one in waiting]
        parts += [
            f"{one.environment.name}: {one.shown.result.outcome}, nothing more is done"
            for one in self.lanes
            if one.ended and one.shown.result
        ]
        typed = any(one.environment.deploy.confirm_name for one in waiting)
        asked = f"Type the names to execute all ({' '.join(names)}): "
        parts.append(asked if typed else f"Execute in {' and '.join(names)}? [y/N] ")
        self._asking = True
        try:
            answer = self.terminal.ask("\n".join(parts)).split()
        except KeyboardInterrupt:
            self._interrupt(KeyboardInterrupt)
            return
        finally:
            self._asking = False
        agreed = sorted(answer) == sorted(names) if typed else answer in (["y"], ["yes"])
        for one in waiting:
            one.answer = agreed

    def _interrupt(self, kind: type[KeyboardInterrupt]) -> None:
        for one in self.lanes:
            one.interrupt = kind

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        """Pass a signal on to every lane; one during the question is an answer to it."""
        if self._asking:
            raise KeyboardInterrupt
        self._interrupt(KeyboardInterrupt if number == signal.SIGINT else Terminated)


def operate_several(operation: Operation, action: Action) -> int:
    """Run ``action`` on each environment, report how each ended, return the worst exit code.

    What is wrong with the input ends all of them before one has begun.
    """
    names, form = operation.names, operation.form
    column = max(map(len, names))
    outputs = [
        Lines(one) if form == "json" else Plain(one, column, reading=operation.reading)
        for one in names
    ]
    try:
        if operation.sandbox:
            why = "each has an account of its own, and a local AWS is one account"
            options.require_one(names, "--sandbox", why)
        found = prepare(operation, outputs)
    except BidopsCfnError as error:
        if form == "json":
            for name, shown in zip(names, outputs, strict=True):
                shown.fail(make_result(error, name))
        raise
    terminal = Plain()
    lanes = Lanes(found, terminal)

    def run(lane: Lane) -> Result:
        agree = partial(lanes.agree, lane) if terminal.interactive else None
        return act(action, replace(lane.runtime, agree=agree), lane.target)

    lanes.run(run)
    return conclude(found, terminal, form)


def prepare(operation: Operation, outputs: Sequence[Plain]) -> list[Lane]:
    """Return a lane for each environment; raises what is wrong with the input of any."""
    project, names = operation.project, operation.names
    access = chosen_access()
    given = operation.given()
    lanes = []
    for environment, shown in zip(load.load_all(project.params, names), outputs, strict=True):
        own = access.of(environment.name, names)
        target = make_target(project, environment, given, operation.bucket, own.words)
        lanes.append(Lane(shown, make_runtime(shown, environment, own), target))
    return lanes


def conclude(lanes: Sequence[Lane], terminal: Plain, form: str) -> int:
    """Print how all ended, and return the worst exit code; raise what no result tells."""
    for lane in lanes:
        if isinstance(lane.trouble, OutputClosed):
            raise unreadable(lane.trouble) from lane.trouble
        if lane.trouble is not None:
            raise lane.trouble
    results = [one.shown.result for one in lanes if one.shown.result]
    if form != "json":
        try:
            terminal.print("", make_table(results, width()))
        except OutputClosed as closed:
            raise unreadable(closed) from closed
    codes = {one.exit_code for one in results}
    return next(code for code in WORST if code in codes)


def make_table(results: Sequence[Result], width_: int) -> Iterator[Line]:
    """Yield ``test  deployed  0  bidopsai-test-compute is UPDATE_COMPLETE``, one an environment."""
    names = max(len("Environment"), *(len(one.environment) for one in results))
    outcomes = max(len("outcome"), *(len(one.outcome) for one in results))
    yield Line("")
    yield Line(f"{'Environment':<{names}}  {'outcome':<{outcomes}}  exit", "bold")
    for one in results:
        head = f"{one.environment:<{names}}  {one.outcome:<{outcomes}}  {one.exit_code:>4}  "
        yield from wrapped(
            head, one.summary, width_, "green" if one.exit_code in GOOD else "yellow"
        )
