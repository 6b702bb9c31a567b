"""Reads that are late: DescribeStacks may show for a while what stood before an operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Lag:
    """How late DescribeStacks is, in seconds after the event with which an operation ended.

    Until then it shows the last state of rest before that event: status, time of the update and
    change set. ``relapses`` lets reads show the operation while it runs, and the old state only
    after its end, as happens when one replica is behind; without it every read is old.
    """

    seconds: float = 0.0
    relapses: bool = False


@dataclass
class History:
    """The states of rest that a stack was in: when each began, and how it was described."""

    states: list[tuple[float, Json]] = field(default_factory=list)

    def rest(self, at: float, described: Json) -> None:
        """Note that the stack came to rest."""
        self.states.append((at, described))

    def read(self, now: float, lag: Lag, fresh: Json) -> Json:
        """Return what a read shows now, where the stack really is as in ``fresh``."""
        if not lag.seconds:
            return fresh
        known = [one for at, one in self.states if at <= now - lag.seconds]
        status = fresh["StackStatus"]
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            late = not lag.relapses
        else:
            late = len(known) < len(self.states)
        shown = known[-1:] or [one for _, one in self.states[:1]]
        return shown[0] if late and shown else fresh

    def seen(self, now: float, lag: Lag) -> bool:
        """Tell whether a read of a stack that is gone still finds it by its name."""
        return bool(lag.seconds and self.states) and now < self.states[-1][0] + lag.seconds
