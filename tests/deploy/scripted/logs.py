"""CloudWatch Logs as the scenarios script it: groups that are written to, read in pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound, Rejected
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.wire import ScriptedWire, page

Json = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ScriptedLogs:
    """``lines`` holds the events of each group; a group that is ``gone`` was deleted."""

    def __init__(self, wire: ScriptedWire, clock: VirtualClock) -> None:
        self.clock = clock
        self.lines: dict[str, list[Json]] = {}
        self.gone: set[str] = set()
        self.page = 2
        wire.serve(self)

    def write(self, group: str, message: str, *, ago: float = 0.0) -> None:
        """Let a line arrive now that was written ``ago`` seconds before."""
        lines = self.lines.setdefault(group, [])
        time = (self.clock.now() - timedelta(seconds=ago) - EPOCH) // timedelta(milliseconds=1)
        lines.append(
            {
                "eventId": f"{group}-{len(lines):06d}",
                "timestamp": time,
                "ingestionTime": time,
                "logStreamName": "app/app/0123456789abcdef",
                "message": message,
            }
        )

    def filter_log_events(
        self,
        logGroupName: str,
        startTime: int,
        filterPattern: str = "",
        nextToken: str = "0",
    ) -> Json:
        if logGroupName in self.gone:
            raise NotFound(
                Call.FILTER_LOG_EVENTS,
                "The specified log group does not exist.",
                "ResourceNotFoundException",
            )
        if filterPattern.startswith("{") and "=" not in filterPattern:
            raise Rejected(
                Call.FILTER_LOG_EVENTS, "Invalid filter pattern", "InvalidParameterException"
            )
        phrases = re.findall(r'"([^"]*)"', filterPattern) if filterPattern[:1] == '"' else []
        found = sorted(
            (
                one
                for one in self.lines.get(logGroupName, ())
                if one["timestamp"] >= startTime
                and all(phrase in one["message"] for phrase in phrases)
            ),
            key=lambda one: one["timestamp"],
        )
        part, more = page(found, nextToken, self.page, "nextToken")
        return {"events": part, "searchedLogStreams": []} | more
