"""The sandbox's clock as a scenario moves it: by sleeping, or with real time."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from bidops_cfn_sandbox.engine import clock

PACE = 6
START = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


class VirtualClock(clock.Clock):
    """A clock that only moves when a scenario sleeps."""

    def __init__(self, start: datetime = START) -> None:
        super().__init__(start)
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.sleeps.append(seconds)
        self.advance(self.elapsed + seconds)
        assert self.elapsed < 100_000, "the scenario never ends"


class RealClock(clock.RealClock, VirtualClock):
    """The same on real time, for a process of its own, which waits for ``PACE`` seconds in one."""

    def __init__(self) -> None:
        super().__init__(START)

    def catch_up(self) -> None:
        self.advance(PACE * (time.monotonic() - self._begun))
