"""Output for people at a terminal: the lines of ``plain``, and below them what happens now.

The lower part is redrawn in place and gone at the end: what is waited for, how many resources are
done, and a bar for each service that ECS works on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Self

from rich.console import Console, Group
from rich.live import Live as Display
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from bidops_cfn.cli.plain import Plain
from bidops_cfn.cli.terminal import width
from bidops_cfn.cli.text import Line
from bidops_cfn.deploy.records import ChangeRow, Event, Record, Result
from bidops_cfn.deploy.state_records import ServiceProgress
from bidops_cfn.printable import printable

DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
BAR = 24
FRAMES_PER_SECOND = 8
COERCED = ("C.UTF-8", "C.utf8", "UTF-8")  # what PEP 538 sets, in the order in which it tries


class Live(Plain):
    """Lines on stderr with a live part at the bottom."""

    def __init__(self) -> None:
        super().__init__()
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._drawn = draws_unicode(os.environ, self._console.encoding)
        self._display: Display | None = None
        self._status = ""
        self._begun = time.monotonic()
        self._planned: set[str] = set()
        self._done: set[str] = set()
        self._working: dict[str, str] = {}
        self._services: dict[str, ServiceProgress] = {}

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._resume()
        return self

    def __exit__(self, *error: object) -> None:
        """Draw the last lines and remove the live part."""
        self._pause()
        super().__exit__(*error)

    def emit(self, record: Record) -> None:
        """Print a record, and take from it what the live part shows."""
        match record:
            case ChangeRow():
                self._planned.add(record.logical_id)
            case Event():
                self._note(record)
            case ServiceProgress():
                self._services[record.service] = record
            case Result():
                self._pause()
        super().emit(record)
        self._draw()

    def status(self, text_: str) -> None:
        """Show what is being waited for."""
        self.flush()
        self._status = text_
        self._draw()

    def ask(self, question: str) -> str:
        """Ask without anything moving below the question."""
        self._pause()
        try:
            return super().ask(question)
        finally:
            self._resume()

    def fail(self, result: Result) -> None:
        """Leave the terminal to the error."""
        self._pause()
        super().fail(result)

    def put(self, line: Line) -> None:
        """Print one line above the live part."""
        self._console.print(Text(printable(line.text), style=line.style))

    def _note(self, event: Event) -> None:
        if event.logical_id not in self._planned:
            return
        self._status = ""
        if event.status.endswith("_IN_PROGRESS"):
            self._working[event.logical_id] = event.status
        else:
            self._working.pop(event.logical_id, None)
        if event.status in DONE:
            self._done.add(event.logical_id)
        else:
            self._done.discard(event.logical_id)

    def _pause(self) -> None:
        if self._display is not None:
            self._display.stop()
            self._display = None

    def _resume(self) -> None:
        self._display = Display(
            console=self._console,
            transient=True,
            refresh_per_second=FRAMES_PER_SECOND,
            get_renderable=self._picture,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._display.start()

    def _draw(self) -> None:
        if self._display is not None:
            self._display.refresh()

    def _picture(self) -> Group:
        """Return the live part as it is now."""
        elapsed = int(time.monotonic() - self._begun)
        doing = self._status or ", ".join(sorted(self._working)) or "Waiting for CloudFormation"
        doing = printable(doing)
        room = max(20, width() - 12)
        doing = doing if len(doing) <= room else f"{doing[: room - 3]}..."
        parts: list[Spinner | Table] = [
            Spinner(
                "dots" if self._drawn else "line",
                Text(f" {elapsed // 60}:{elapsed % 60:02d}  {doing}"),
            )
        ]
        if self._working or self._services:
            parts.append(self._bars())
        return Group(*parts)

    def _bar(self, done: int, total: int) -> ProgressBar | str:
        if self._drawn:
            return ProgressBar(total, done, width=BAR)
        filled = min(BAR, BAR * done // total)
        return "#" * filled + "-" * (BAR - filled)

    def _bars(self) -> Table:
        grid = Table.grid(padding=(0, 1))
        total = max(1, len(self._planned))
        done = len(self._done & self._planned)
        grid.add_row("  resources", self._bar(done, total), f"{done} of {total}")
        for name, service in sorted(self._services.items()):
            text = f"{service.running}/{service.desired} tasks"
            text += f", {service.failed_tasks} failed" if service.failed_tasks else ""
            text += f", {service.rollout}" if service.rollout else ""
            bar = self._bar(service.running, max(1, service.desired))
            # As Text: rich takes a string for markup, and these come from AWS.
            grid.add_row(Text(f"  {printable(name)}"), bar, Text(printable(text)))
        return grid


def draws_unicode(environment: Mapping[str, str], encoding: str) -> bool:
    """Tell whether the terminal shows more than ASCII: stream and locale are both UTF-8.

    Python writes UTF-8 in the C locale too (PEP 538, which names it ``C.UTF-8`` in ``LC_CTYPE``,
    and PEP 540), whatever the terminal shows; hence the locale's own variables decide.
    """
    if not encoding.lower().startswith("utf"):
        return False
    if os.name == "nt":
        return True  # no variables: the console's encoding says all
    everything, ctype, language = (
        environment.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")
    )
    coerced = ctype in COERCED and not everything and not language
    named = everything or ctype or language
    return not coerced and "utf8" in named.lower().replace("-", "")
