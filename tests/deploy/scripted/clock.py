"""A clock that only moves when somebody sleeps, and things that happen at set times."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


class VirtualClock:
    def __init__(self) -> None:
        self.elapsed = 0.0
        self.sleeps: list[float] = []
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.sleeps.append(seconds)
        self._advance(self.elapsed + seconds)
        assert self.elapsed < 100_000, "the scenario never ends"

    def _advance(self, end: float) -> None:
        while self._due and self._due[0][0] <= end:
            at, _, happen = heapq.heappop(self._due)
            self.elapsed = max(self.elapsed, at)
            happen()
        self.elapsed = end

    def after(self, seconds: float, happen: Callable[[], None]) -> None:
        if seconds <= 0:
            happen()
        else:
            heapq.heappush(self._due, (self.elapsed + seconds, next(self._order), happen))

    def forget(self) -> None:
        self._due.clear()


class RealClock(VirtualClock):
    """The same on real time, for a process of its own: it moves when ``catch_up`` is called."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = time.monotonic()

    def skip(self, seconds: float) -> None:
        """Let time pass at once, when what was to be seen before has been seen."""
        self._begun -= seconds

    def catch_up(self) -> None:
        """Let everything happen that is due by now."""
        self._advance(time.monotonic() - self._begun)
