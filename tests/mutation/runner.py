"""A plugin of pytest that tries mutants: its tests are collected once, and each mutant is a fork.

In a fork the code of one function is exchanged before the tests run that reach the changed line. A
test that starts a process is left out, since the process would run the function as it stands.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from coverage import Coverage

from tests.mutation.mutants import Mutant
from tests.mutation.score import REPOSITORY

STARTS_PROCESSES = ("import subprocess", "scripted.process import")
PASSED, FAILED = 0, 1


class Runner:
    """Tries mutants; ``killed`` and ``survived`` have those that a test reaches."""

    def __init__(self, mutants: Sequence[Mutant], tell: Callable[[str], None]) -> None:
        self.mutants = mutants
        self.tell = tell
        self.killed: list[Mutant] = []
        self.survived: list[Mutant] = []
        self.items: Sequence[pytest.Item] = ()
        self.reached: dict[str, dict[str, list[str]]] = {}
        self.seconds: list[float] = []

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out a file whose tests start processes."""
        if collection_path.suffix != ".py":
            return None
        text = collection_path.read_text(encoding="utf-8")
        return any(words in text for words in STARTS_PROCESSES) or None

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests as they are, then those of each mutant, on every processor."""
        if session.testsfailed:
            raise session.Failed("tests cannot be collected")
        self.items = session.items
        self.trace()
        running: dict[int, Mutant] = {}
        for number, mutant in enumerate(self.mutants, 1):
            if tests := self.reaching(mutant):
                self.tell(f"mutant {number} of {len(self.mutants)}: {mutant.function}")
                running[fork(partial(self.try_out, mutant, tests))] = mutant
            while len(running) >= (os.cpu_count() or 1):
                self.end(running)
        while running:
            self.end(running)
        return True

    def trace(self) -> None:
        """Learn, in a fork, which tests reach which line, and how long each takes."""
        self.tell(f"running {len(self.items)} tests without a mutant")
        with tempfile.NamedTemporaryFile("r", encoding="utf-8") as file:
            process = fork(Tracer(self.items, Path(file.name)).run)
            if os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) != PASSED:
                raise pytest.Session.Failed("a test fails without a mutant: run the tests first")
            self.reached, self.seconds = json.load(file)

    def reaching(self, mutant: Mutant) -> list[int]:
        """Return the tests, by number, that reach the line of a mutant, the quickest first.

        A line in the middle of a statement may count to the line in which the statement begins.
        """
        lines = self.reached.get(str(mutant.file), {})
        before = range(mutant.line, mutant.code().co_firstlineno, -1)
        contexts = set(next((lines[str(line)] for line in before if str(line) in lines), ()))
        numbers = (
            number
            for number, item in enumerate(self.items)
            if not contexts.isdisjoint([str(number), *fixtures(item)])
        )
        return sorted(numbers, key=lambda number: self.seconds[number])

    def try_out(self, mutant: Mutant, tests: Iterable[int]) -> int:
        """Exchange the function's code in this process and run tests until one fails.

        What takes ten times as long as without a mutant, and half a minute, never ends.
        """
        limit = 30 + 10 * int(sum(self.seconds[number] for number in tests))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        signal.alarm(10 * limit)
        function(mutant).__code__ = mutant.code()
        for _ in run([self.items[number] for number in tests]):
            if self.items[0].session.testsfailed:
                return FAILED
        return PASSED

    def end(self, running: dict[int, Mutant]) -> None:
        """Wait for the end of one mutant; what a limit ends is killed too."""
        process, status = os.wait()
        passed = os.waitstatus_to_exitcode(status) == PASSED
        (self.survived if passed else self.killed).append(running.pop(process))


class Tracer:
    """Runs every test once, writing to ``file`` which lines it reaches and how long it takes."""

    def __init__(self, items: Sequence[pytest.Item], file: Path) -> None:
        self.items = items
        self.file = file
        source = f"{REPOSITORY}/bidops_cfn/*"
        self.coverage = Coverage(data_file=None, include=[source], config_file=False)
        self.number = 0

    def run(self) -> int:
        """Run the tests."""
        seconds = []
        self.items[0].config.pluginmanager.register(self)
        self.coverage.start()
        self.coverage.switch_context("0")
        start = time.process_time()
        for number, _ in enumerate(run(self.items), 1):
            seconds.append(time.process_time() - start)
            start = time.process_time()
            self.number = number
            self.coverage.switch_context(str(number))
        self.coverage.stop()
        data = self.coverage.get_data()
        reached = {name: data.contexts_by_lineno(name) for name in data.measured_files()}
        self.file.write_text(json.dumps([reached, seconds]), encoding="utf-8")
        return FAILED if self.items[0].session.testsfailed else PASSED

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        """Count what a shared fixture reaches to all its tests, not to the first alone."""
        shared = fixturedef.scope != "function"
        if shared:
            self.coverage.switch_context(context(fixturedef.argname))
        try:
            return (yield)
        finally:
            if shared:
                self.coverage.switch_context(str(self.number))


def context(fixture: str) -> str:
    """Return the context of what a shared fixture reaches."""
    return f"fixture {fixture}"


def fixtures(item: pytest.Item) -> list[str]:
    """Return the contexts of the fixtures that a test uses."""
    return [context(name) for name in getattr(item, "fixturenames", ())]


def run(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Run tests one after the other; yield each after its end."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        yield item


def fork(work: Callable[[], int]) -> int:
    """Do ``work`` in a quiet process with temporary files of its own; return the process's id."""
    sys.stdout.flush()
    if process := os.fork():
        return process
    code = FAILED
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        with tempfile.TemporaryDirectory() as folder:
            os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
            code = work()
    finally:
        os._exit(code)


def function(mutant: Mutant) -> FunctionType:
    """Return the function, as it is imported, whose code a mutant exchanges."""
    found: Any = importlib.import_module(mutant.module)
    for name in mutant.function.split("."):
        found = vars(found)[name]
    made = getattr(found, "__func__", found)  # of a static method or of one of the class
    assert isinstance(made, FunctionType), mutant
    return made
