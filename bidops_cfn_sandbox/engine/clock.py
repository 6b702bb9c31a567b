"""A clock that moves when it is told to, and what happens at set times on it."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
# What takes time: it yields how many seconds it waits, and returns what came of it.
Process: TypeAlias = Generator[float, None, T]


class Clock:
    """Time that stands still between two calls of ``advance``; ``elapsed`` is in seconds."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self.elapsed = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return self.start + timedelta(seconds=self.elapsed)

    def advance(self, end: float) -> None:
        """Let everything happen that is due until ``end``, each at its own time."""
        while self._due and self._due[0][0] <= end:
            at, _, happen = heapq.heappop(self._due)
            self.elapsed = max(self.elapsed, at)
            happen()
        self.elapsed = max(self.elapsed, end)

    def after(self, seconds: float, happen: Callable[[], None]) -> None:
        """Let something happen later; at once where ``seconds`` is none."""
        if seconds <= 0:
            happen()
        else:
            heapq.heappush(self._due, (self.elapsed + seconds, next(self._order), happen))

    def catch_up(self) -> None:
        """Let everything happen that is due by now, where time moves by itself."""

    def run(self, process: Process[Any]) -> Running:
        """Begin a process; it goes on as the clock moves."""
        return Running(self, process)


class RealClock(Clock):
    """The same on real time: what is due by now happens when ``catch_up`` is called."""

    def __init__(self, start: datetime | None = None) -> None:
        self._begun = time.monotonic()  # before the time is read: it is never behind the machine's
        super().__init__(start or datetime.now(UTC))

    def skip(self, seconds: float) -> None:
        """Let time pass at once, when what was to be seen before has been seen."""
        self._begun -= seconds

    def catch_up(self) -> None:
        """Let everything happen that is due by now."""
        self.advance(time.monotonic() - self._begun)


class Running:
    """A process on a clock, which can be interrupted while it waits."""

    def __init__(self, clock: Clock, process: Process[Any]) -> None:
        self._clock = clock
        self._process = process
        self._steps = 0
        self._go_on(0)

    def interrupt(self, error: Exception) -> None:
        """Raise ``error`` where the process waits; it may handle it and go on."""
        self._steps += 1  # what is due of it is not due any more
        try:
            seconds = self._process.throw(error)
        except StopIteration:
            return
        self._wait(seconds)

    def stop(self) -> None:
        """End the process where it waits."""
        self._steps += 1
        self._process.close()

    def _go_on(self, step: int) -> None:
        if step != self._steps:
            return
        for seconds in self._process:
            if seconds > 0:
                self._wait(seconds)
                return

    def _wait(self, seconds: float) -> None:
        self._steps += 1
        step = self._steps
        self._clock.after(seconds, lambda: self._go_on(step))


def side_by_side(
    needs: dict[str, set[str]], begin: Callable[[str], Process[None]], left: Callable[[str], None]
) -> Process[None]:
    """Run a process for each key of ``needs``, as soon as those that it needs have ended.

    When one raises, ``left`` is told of every other that has begun and not ended, and the error
    goes on.
    """
    waiting, running = dict(needs), dict[str, tuple[float, Process[None]]]()
    elapsed, begun = 0.0, set[str]()
    try:
        while waiting or running:
            for key in [one for one, what in waiting.items() if not what & {*waiting, *running}]:
                del waiting[key]
                running[key] = (elapsed, begin(key))
            key = min(running, key=lambda one: running[one][0])
            due, process = running[key]
            if due > elapsed:
                yield due - elapsed
                elapsed = due
            begun.add(key)
            try:
                seconds = next(process, None)
            except Exception:
                del running[key]
                raise
            if seconds is None:
                del running[key]
            else:
                running[key] = (elapsed + seconds, process)
    except Exception:
        for key in running:
            if key in begun:
                left(key)
        raise
