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
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Thread, current_thread
from types import FrameType

import click
from click.globals import push_context

from bidops_cfn.cli.access import Access, chosen_access
from bidops_cfn.cli.beside import Beside, BesideLines, make_table
from bidops_cfn.cli.columns import width
from bidops_cfn.cli.operation import Action, act, make_result, reported, unreadable
from bidops_cfn.cli.plain import Plain
from bidops_cfn.cli.surroundings import runtime as make_runtime
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json
from bidops_cfn.deploy.follow import Terminated
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import OutputClosed, Runtime, SystemClock
from bidops_cfn.deploy.target import GivenImages, Target
from bidops_cfn.errors import BidopsCfnError, UsageError
from bidops_cfn.project import Project
from bidops_cfn.settings.environment import Environment

# The exit code of all is the first of these that one of them has.
WORST = (5, 1, 7, 4, 6, 3, 2, 130, 8, 10, 0)
TICK = 0.1  # seconds until an interrupt is noticed


class Lane(SystemClock):
    """An environment among several; also its clock, which an interrupt ends."""

    def __init__(self, environment: Environment, shown: Beside | BesideLines) -> None:
        self.environment = environment
        self.shown = shown
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


@dataclass(frozen=True, slots=True)
class LaneClient:
    """A client that makes no further call after an interrupt."""

    client: Client
    lane: Lane

    @property
    def region(self) -> str:
        """The region that calls go to."""
        return self.client.region

    def at(self, region: str) -> Client:
        """Return a client in another region."""
        return LaneClient(self.client.at(region), self.lane)

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Make one call."""
        self.lane.notice()
        return self.client(call, **parameters)


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
        with self._signals():
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

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Hold handlers that pass signals on to every lane; what is ignored stays so (nohup)."""

        def handle(number: int, _frame: FrameType | None) -> None:
            if self._asking:
                raise KeyboardInterrupt
            self._interrupt(KeyboardInterrupt if number == signal.SIGINT else Terminated)

        known = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
        heard = [one for one in known if one and signal.getsignal(one) is not signal.SIG_IGN]
        before = {number: signal.signal(number, handle) for number in heard}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def operate_several(
    project: Project,
    names: Sequence[str],
    form: str,
    action: Action,
    *,
    images: Callable[[], GivenImages] | None = None,
    bucket: str | None = None,
    sandbox: bool = False,
    reading: bool = False,
) -> int:
    """Run ``action`` on each environment, report how each ended, and return the worst exit code.

    What is wrong with the input ends all of them before one has begun.
    """
    column = max(map(len, names))
    outputs = [
        BesideLines(one) if form == "json" else Beside(one, column, reading=reading)
        for one in names
    ]
    try:
        if sandbox:
            raise UsageError(
                "--sandbox takes one environment",
                "each has an account of its own, and a local AWS is one account",
                hint=f"Deploy one: bidops-cfn deploy --env {names[0]} --sandbox",
            )
        prepared = prepare(project, names, outputs, images, bucket)
    except BidopsCfnError as error:
        if form == "json":
            for name, shown in zip(names, outputs, strict=True):
                shown.fail(make_result(error, name))
        raise
    terminal = Plain()
    lanes = Lanes([lane for lane, _, _ in prepared], terminal)

    def run(lane: Lane) -> Result:
        runtime, target = next((one[1], one[2]) for one in prepared if one[0] is lane)
        agree = (lambda what: lanes.agree(lane, what)) if terminal.interactive else None
        return act(action, replace(runtime, agree=agree), target)

    lanes.run(run)
    return conclude(lanes.lanes, terminal, form)


def prepare(
    project: Project,
    names: Sequence[str],
    outputs: Sequence[Beside | BesideLines],
    images: Callable[[], GivenImages] | None,
    bucket: str | None,
) -> list[tuple[Lane, Runtime, Target]]:
    """Return what each environment works with; raises what is wrong with the input of any."""
    from bidops_cfn.cli.deploy_target import target
    from bidops_cfn.settings import load

    access = chosen_access()
    given = images() if images else GivenImages()
    prepared = []
    for environment, shown in zip(load.load_all(project.params, names), outputs, strict=True):
        own: Access = access.of(environment.name, names)
        what = target(project, environment, given, bucket, own.words)
        lane = Lane(environment, shown)
        runtime = make_runtime(shown, environment, own)
        prepared.append(
            (lane, replace(runtime, client=LaneClient(runtime.client, lane), clock=lane), what)
        )
    return prepared


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
