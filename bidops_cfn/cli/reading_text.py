"""How a fact that was asked for reads on stdout: pure functions from records to lines of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bidops_cfn.deploy.records import LogLine
from bidops_cfn.printable import one_line


def log_line(record: LogLine) -> Iterator[str]:
    """Yield ``bff        2026-03-01 23:30:01.250Z  listening on 3000``."""
    when = f"{record.time:%Y-%m-%d %H:%M:%S}.{record.time.microsecond // 1000:03}Z"
    yield f"{record.service:<10} {when}  {one_line(record.message)}".rstrip()


FACTS: Mapping[type, Callable[[Any], Iterator[str]]] = {LogLine: log_line}
