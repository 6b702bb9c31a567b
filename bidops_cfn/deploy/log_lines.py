"""``logs``: what the stack's containers wrote, of all its log groups, in the order of time.

A line may arrive a while after it was written: following reads the last minute again each time.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, read_pages
from bidops_cfn.deploy.faults import NotFound, Rejected
from bidops_cfn.deploy.records import LogLine, Notice, Result
from bidops_cfn.deploy.runtime import Runtime, Trouble
from bidops_cfn.deploy.stack import StackResource, list_stack_resources, require_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import CheckFailed, GuardRefused, UsageError

LOG_GROUP = "AWS::Logs::LogGroup"
POLL_SECONDS = 5.0
TROUBLED_SECONDS = 15.0  # after a poll that AWS throttled or did not answer
PAGE_SECONDS = 0.2  # between pages: an account has five such calls a second, for all callers
LATE = timedelta(minutes=1)  # how much later than written a line may arrive and be shown
PATTERN = re.compile(r"\{.*\}|%.+%|\?.+", re.DOTALL)  # of CloudWatch Logs; all else is text
FILTER_HINT = (
    "A text is looked for as it stands; {...}, %...% and ?one ?other are patterns of CloudWatch "
    "Logs, for example: --filter '{ $.level = \"error\" }'"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class LogGroup:
    """A log group that is read from ``begun`` on.

    ``newest`` is the time of the newest line that was shown; ``seen`` holds the ids of the lines
    that may be read again, with their times.
    """

    service: str
    name: str
    begun: datetime
    newest: datetime
    seen: dict[str, datetime] = field(default_factory=dict)


def show_logs(
    runtime: Runtime,
    target: Target,
    since: timedelta | datetime,
    service: str,
    text: str,
    *,
    follow: bool,
) -> Result:
    """Report the lines with ``text``, of ``service`` or of all where that is empty.

    Following ends with an interrupt, as a success.
    """
    stack = require_stack(runtime, target)
    if isinstance(since, timedelta):
        since = runtime.clock.now() - since
    resources = list(list_stack_resources(runtime.client, stack.id))
    named = find_log_groups(target, resources, service)
    if not named:
        whose = f" of {service}" if service else ""
        why = f"{stack.name} has no log group{whose}; it is {stack.status}"
        raise GuardRefused("there are no logs", why, hint=target.look)
    groups = [LogGroup(one, name, since, since) for one, name in named]
    reader = LogReader(runtime, groups, text, follow)
    if follow:
        _follow_lines(runtime, reader)
    else:
        reader.read()
    whose = ", ".join(one for one, _ in named)
    count = f"{reader.count} line{'s' * (reader.count != 1)}" if reader.count else "no line"
    further = target.command("logs", "--since", "24h")
    summary = f"{count} of {whose} since {since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    step = "" if reader.count or follow else f"Look further back: {further}"
    return target.succeed("finished", summary, stack.id, next=step)


def find_log_groups(
    target: Target, resources: Sequence[StackResource], wanted: str = ""
) -> list[tuple[str, str]]:
    """Return service and name of the stack's log groups, those of ``wanted`` alone if given."""
    services = {logical_ids.log_group(one): one.name for one in target.services}
    return [
        (service, one.physical_id)
        for one in resources
        if one.type == LOG_GROUP and one.physical_id and one.status != "DELETE_COMPLETE"
        for service in [services.get(one.logical_id, one.logical_id)]
        if wanted in ("", service)
    ]


def _make_pattern(text: str) -> str:
    """Return the filter pattern for ``text``: a pattern as it is, all else as the phrases in it.

    A phrase has no sign for a quotation mark, so what is around one is asked for: lines come with
    it that do not have the text.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    if PATTERN.fullmatch(text):
        return text
    phrases = (part.strip() for part in re.split(r'["\\]', text))
    return " ".join(f'"{phrase}"' for phrase in phrases if phrase)


def _follow_lines(runtime: Runtime, reader: LogReader) -> None:
    trouble = Trouble(runtime.output, "the logs cannot be read now")
    try:
        while True:
            with trouble.told_once():
                reader.read()
            runtime.output.status("Waiting for new lines; Ctrl-C ends it ...")
            runtime.clock.sleep(TROUBLED_SECONDS if trouble.fault else POLL_SECONDS)
    except KeyboardInterrupt:
        return


@dataclass(slots=True)
class LogReader:
    """Reads the groups, again and again if it ``follows``; ``count`` lines were shown so far."""

    runtime: Runtime
    groups: list[LogGroup]
    text: str = ""
    follows: bool = False
    count: int = 0
    _read: datetime | None = None  # when the last reading that came to its end began

    def read(self) -> None:
        """Report the lines that were not shown yet, of all groups, in the order of time."""
        now = self.runtime.clock.now()
        new = heapq.merge(*map(self._list_new, list(self.groups)), key=lambda one: one[0].time)
        for line, group in new:
            self.runtime.output.emit(line)
            self.count += 1
            if self.follows:
                group.seen[line.id] = line.time
                group.newest = max(group.newest, line.time)
        self._read = now

    def _list_new(self, group: LogGroup) -> Iterator[tuple[LogLine, LogGroup]]:
        start = group.newest
        if self._read is not None:
            start = max(group.begun, min(start, self._read) - LATE)
        group.seen = {id_: time for id_, time in group.seen.items() if time >= start - LATE}
        try:
            for event in self._list_events(group.name, start):
                # Of a pattern, AWS has told.
                shown = PATTERN.fullmatch(self.text) or self.text in event.get("message", "")
                if event["eventId"] not in group.seen and shown:
                    yield _parse_log_line(group.service, event), group
        except NotFound as fault:
            self.groups.remove(group)
            message = f"the log group {group.name} of {group.service} is gone"
            self.runtime.output.emit(Notice(message, (str(fault),)))
            if not self.groups:
                raise CheckFailed("there are no logs", "every log group is gone") from fault
        except Rejected as fault:
            if not self.text:
                raise
            raise UsageError("--filter cannot be used", fault.why, hint=FILTER_HINT) from fault

    def _list_events(self, name: str, start: datetime) -> Iterator[Json]:
        milliseconds = max(0, (start - EPOCH) // timedelta(milliseconds=1))
        asked: Json = {"logGroupName": name, "startTime": milliseconds}
        pattern = _make_pattern(self.text)
        if pattern:
            asked["filterPattern"] = pattern
        for page in read_pages(self.runtime.client, Call.FILTER_LOG_EVENTS, **asked):
            yield from page.get("events", ())
            if page.get("nextToken"):
                self.runtime.clock.sleep(PAGE_SECONDS)


def _parse_log_line(service: str, event: Json) -> LogLine:
    return LogLine(
        id=event["eventId"],
        time=EPOCH + timedelta(milliseconds=event.get("timestamp", 0)),
        service=service,
        stream=event.get("logStreamName", ""),
        message=event.get("message", "").rstrip("\r\n"),
    )
