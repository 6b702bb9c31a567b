"""What each command must not load: a timed test would be noise, a list of modules is not."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.check.report import Report, Request
from bidops_cfn.cli import check
from bidops_cfn.cli.deferred import PROMISES, Deferred, cleandoc, defer
from bidops_cfn.cli.root import COMMANDS, commands, root
from tests.cli.running import LOADED, REPOSITORY, process

# By what loads them: settings, builders, YAML, rules, AWS, pictures for people, the local AWS.
SETTINGS = {"bidops_cfn.settings.environment", "dataclasses", "json", "pathlib", "tomllib"}
BUILDERS = {"awacs", "bidops_cfn.compute.template", "troposphere"}
YAML = {"cfn_flip", "yaml"}
RULES = {"cfnlint", "networkx", "sympy"}
AWS = {"boto3", "botocore"}
PICTURES = {"rich"}
SANDBOX = {"moto", "werkzeug"}
FAR = RULES | AWS | PICTURES | SANDBOX | YAML
# What libraries import for a line or an annotation; from 3.12 on, dataclasses look into inspect.
INSPECT = {"ast", "inspect"}
UNUSED = {"gettext", "ipaddress", "troposphere.serverless", "urllib.parse", "uuid"}
RENDER_UNUSED = UNUSED if sys.version_info >= (3, 12) else UNUSED | INSPECT
START = FAR | BUILDERS | SETTINGS | UNUSED | INSPECT | {"difflib", "signal"}

# The help of each command in one process, in place of one command.
EVERY_HELP = """
from bidops_cfn.cli import defer_unused
defer_unused()
from bidops_cfn.cli.root import COMMANDS, root
for name in COMMANDS:
    root([name, "--help"])
"""


def loaded(*arguments: str, **variables: str) -> set[str]:
    """Return the modules that the command line has really loaded when it ends."""
    result = process(arguments, REPOSITORY, LOADED, **variables)
    assert result.returncode == 0, result.stderr
    return set(result.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "used", "unused"),
    [
        (["--help"], {"click"}, START),
        (["--version"], {"click"}, START),
        (["render", "--help"], {"click"}, FAR | BUILDERS | {"tomllib"}),
        (["render", "--env", "dev"], BUILDERS, FAR | RENDER_UNUSED | {"difflib", "textwrap"}),
        (["render", "--all", "--check"], BUILDERS, FAR | RENDER_UNUSED | {"difflib"}),
        (["render", "--env", "dev", "--output", "yaml"], YAML, FAR - YAML),
        (["review", "--env", "dev", "--check"], {"bidops_cfn.facts"}, FAR | BUILDERS | {"uuid"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_loads_what_it_uses_and_nothing_else(
    arguments: list[str], used: set[str], unused: set[str]
) -> None:
    modules = loaded(*arguments)
    assert used <= modules
    assert not modules & unused


def test_help_of_no_command_loads_its_libraries() -> None:
    helps = [LOADED[0], "-c", LOADED[2].replace("main()", EVERY_HELP)]
    result = process([], REPOSITORY, helps)
    assert result.stdout.count("Usage: ") == len(COMMANDS)
    assert not set(result.stderr.split()) & (FAR | BUILDERS)


def test_a_check_that_was_made_before_loads_no_rules(judged: Path) -> None:
    check = ("--project", str(judged), "check", "--env", "dev")
    home = {"XDG_CACHE_HOME": str(judged / ".cache"), "CI": ""}
    assert not loaded(*check, **home) & (FAR | BUILDERS | {"bidops_cfn.rules", "uuid"})


@pytest.mark.parametrize(("more", "ci"), [([], ""), ([], "true"), (["--no-cache"], "")])
def test_a_pipeline_judges_anew_and_so_does_who_asks_for_it(
    judged: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], ci: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(judged / ".cache"))
    monkeypatch.setenv("CI", ci)
    asked: list[str] = []

    def judge(request: Request) -> Report:
        asked.append(request.environment)
        return Report("", "dev", (), 0)

    monkeypatch.setattr(check, "judged", judge)
    assert root(["--project", str(judged), "check", "--env", "dev", *more]) == 0
    assert bool(asked) == bool(more or ci)


@given(st.text(alphabet="a b\t\n") | st.text())
def test_cleandoc_does_what_inspect_does(doc: str) -> None:
    assert cleandoc(doc) == inspect.cleandoc(doc)


def test_cleandoc_reads_our_help_as_inspect_does() -> None:
    assert commands.help is not None
    assert cleandoc(commands.help) == inspect.cleandoc(commands.help)


# how a module is put off


LIBRARY = """\
from later import stand_in
first = stand_in
"""
LATER = """\
import loads
loads.count += 1
stand_in = "real"
other = "real"
"""


@pytest.fixture
def loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Modules ``later`` and ``library``, which imports it; ``count`` says how often it loaded."""
    counter = ModuleType("loads")
    vars(counter)["count"] = 0
    monkeypatch.setitem(sys.modules, "loads", counter)
    (tmp_path / "library.py").write_text(LIBRARY)
    (tmp_path / "later.py").write_text(LATER)
    (tmp_path / "parcel").mkdir()
    (tmp_path / "parcel/__init__.py").write_text("import later\nname = 'parcel'\n")
    (tmp_path / "parcel/inner.py").write_text("name = 'inner'\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield counter
    for name in ("library", "later", "parcel", "parcel.inner"):
        sys.modules.pop(name, None)
        PROMISES.pop(name, None)


def imported(name: str) -> Any:
    """Return what the statement ``import name`` binds; type checkers do not know the name."""
    scope: dict[str, Any] = {}
    exec(f"import {name}", scope)
    return scope[name.partition(".")[0]]


def test_a_deferred_module_is_loaded_when_it_is_looked_into_and_not_before(
    loads: ModuleType,
) -> None:
    defer("later")
    later = imported("later")
    assert loads.count == 0
    assert later.other == "real"
    assert later.stand_in == "real"
    assert loads.count == 1
    assert not isinstance(sys.modules["later"], Deferred)


def test_importing_a_name_from_a_deferred_module_loads_it(loads: ModuleType) -> None:
    defer("later")
    scope: dict[str, Any] = {}
    exec("from later import other", scope)
    assert scope["other"] == "real"
    assert loads.count == 1


def test_a_stand_in_answers_only_while_the_library_is_imported(loads: ModuleType) -> None:
    defer("later", during="library", stand_in="a stand-in")
    library = imported("library")

    assert library.first == "a stand-in"
    assert loads.count == 0
    later = imported("later")
    assert later.stand_in == "real"
    assert loads.count == 1


def test_a_stand_in_without_a_library_answers_until_the_module_is_loaded(
    loads: ModuleType,
) -> None:
    defer("later", stand_in="as good as real")
    later = imported("later")
    assert later.stand_in == "as good as real"
    assert loads.count == 0
    assert later.other == "real"
    assert later.stand_in == "real"


def test_what_is_missing_in_the_real_module_is_missing(loads: ModuleType) -> None:
    defer("later")
    later = imported("later")
    assert not hasattr(later, "nothing")
    assert not hasattr(later, "nothing")
    assert loads.count == 1


def test_a_module_that_is_loaded_stays_what_it_is(loads: ModuleType) -> None:
    later = imported("later")
    defer("later")
    assert sys.modules["later"] is later
    assert later.other == "real"


def test_submodules_of_a_deferred_package_can_be_imported(loads: ModuleType) -> None:
    defer("parcel", package=True)
    parcel = imported("parcel.inner")

    assert parcel.inner.name == "inner"
    assert parcel.name == "parcel"


def test_threads_that_look_at_the_same_time_load_once(loads: ModuleType) -> None:
    defer("later")
    later = imported("later")
    found = []
    together = threading.Barrier(8)

    def look() -> None:
        together.wait(timeout=10)
        found.append(later.other)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert found == ["real"] * 8
    assert loads.count == 1
