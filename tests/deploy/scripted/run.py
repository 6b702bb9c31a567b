"""What a run leaves behind: its records, held against their schema, its end, its questions."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from bidops_cfn import deploy
from bidops_cfn.deploy.records import Notice, Record, Result, build_line
from bidops_cfn.deploy.runtime import OutputClosed, StackIdFolder
from bidops_cfn.errors import BidopsCfnError
from tests.deploy.scripted.clock import VirtualClock

SCHEMA = Path(deploy.__file__).with_name("lines.schema.json")
DEFINITIONS = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
TEXT, NUMBERED = re.compile(r'"(?:[^"\\]|\\.)*":?'), re.compile(r'"(?!1").*\d.*"$')
LINES = {kind: Draft202012Validator(shape) for kind, shape in DEFINITIONS.items()}


def validate(written: Any) -> None:
    """Hold a line against the documented schema."""
    errors = [error.message for error in LINES[written["type"]].iter_errors(written)]
    assert not errors, (written, errors)


def validate_text(text: str) -> None:
    """Hold a line against it as it is written."""
    _validate_form(TEXT.sub(_forget, text))


def _forget(text: re.Match[str]) -> str:
    """Return one text for every time and id: the schema has no word with a digit but "1"."""
    return '"0"' if NUMBERED.match(text[0]) else text[0]


@functools.cache
def _validate_form(text: str) -> None:
    validate(json.loads(text))


def hold_commands(text: str) -> None:
    """Hold the commands to type: the AWS CLI has no region where the shell names none."""
    for line in text.splitlines():
        assert "aws cloudformation " not in line or "--region" in line, line


class Recorder:
    """An output that keeps what it is told, and holds every line against the schema."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.records: list[Record] = []
        self.times: list[float] = []  # when each was told, on the clock
        self.deaf = False  # the reader has gone

    def emit(self, record: Record) -> None:
        if self.deaf:
            raise OutputClosed
        validate_text(json.dumps(build_line(record)))
        if isinstance(record, Notice):
            hold_commands("\n".join(record.details))
        self.records.append(record)
        self.times.append(self.clock.elapsed)

    def status(self, text: str) -> None:
        assert text

    def first(self, text: str) -> float:
        """Return when ``text`` was first shown, in seconds on the clock; infinite if never."""
        shown = zip(self.records, self.times, strict=True)
        return next((at for one, at in shown if text in json.dumps(build_line(one))), float("inf"))

    def of(self, kind: str) -> list[Any]:
        return [record for record in self.records if record.type == kind]


class KeptIds(StackIdFolder):
    """The ids of stacks that a user's folder keeps."""

    def __init__(self) -> None:
        super().__init__(None)
        self.ids: dict[str, str] = {}

    def keep(self, stack_id: str) -> None:
        self.ids[stack_id.split("/")[1]] = stack_id

    def find(self, account_id: str, region: str, name: str) -> str:
        return self.ids.get(name, "")


class Person:
    """A person at a terminal who answers, or interrupts; no terminal without answers."""

    def __init__(self, *answers: str | BaseException) -> None:
        self.interactive = bool(answers)
        self.answers = list(answers)
        self.questions: list[str] = []

    def ask(self, question: str) -> str:
        self.questions.append(question)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def interrupt() -> None:
    """Press Ctrl-C: what a scenario lets happen at some time."""
    raise KeyboardInterrupt


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, its result or error, and the last line of its block."""

    code: int
    result: Result | None = None
    error: BidopsCfnError | None = None

    def hold(self, code: int, *says: str) -> Ended:
        """Hold it against its exit code and what its last block says, and return it."""
        assert self.code == code, self
        assert [words for words in says if words not in self.block] == [], self
        return self

    @property
    def done(self) -> Result:
        """The result of what did not fail."""
        assert self.result is not None, self
        return self.result

    @property
    def last(self) -> str:
        """The last thing that is printed."""
        if self.error is not None:
            return (self.error.hint or str(self.error)).splitlines()[-1]
        assert self.result is not None
        return (self.result.next or self.result.summary).splitlines()[-1]

    @property
    def block(self) -> str:
        """The whole last block, of a success or of a failure."""
        if self.result is not None:
            one = self.result
            return "\n".join([one.summary, *one.details, one.next])
        return self.said

    @property
    def said(self) -> str:
        """The whole failure block."""
        assert self.error is not None
        return "\n".join([str(self.error), *self.error.details, self.error.hint])
