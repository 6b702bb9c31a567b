"""A moment in the past as it is typed: how long ago, or when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

AGO = re.compile(r"(\d{1,6})([smhdw])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=3653)  # the longest retention of a log group, but "never"
EXPECTED = "expected how long ago (90s, 30m, 1h, 2d, 1w), or a time (2026-03-01T23:30Z)"


class Since(click.ParamType):  # type: ignore[type-arg] # generic since click 8.3 only
    """``1h``, ``2d``, or a time of ISO 8601 with its zone or in UTC."""

    name = "since"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | datetime:
        """Return what was typed; click reports what cannot be used."""
        if isinstance(value, (timedelta, datetime)):
            return value
        ago = AGO.fullmatch(value)
        if ago is not None:
            long = timedelta(**{UNITS[ago[2]]: int(ago[1])})
            if not timedelta() < long <= LONGEST:
                self.fail(f"{value!r} is not between a second and ten years.", param, ctx)
            return long
        try:
            when = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; {EXPECTED}.", param, ctx)
        return when if when.tzinfo else when.replace(tzinfo=UTC)
