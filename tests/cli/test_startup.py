"""What each command must not load: a timed test would be noise, a list of modules is not."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.cli.deferred import cleandoc
from bidops_cfn.cli.root import COMMANDS, commands

REPOSITORY = Path(__file__).parents[2]

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


def loaded(*arguments: str, **variables: str) -> set[str]:
    """Return the modules that the command line has really loaded when it ends."""
    script = (
        "import atexit, sys\n"
        "from bidops_cfn.cli import main\n"
        "def report():\n"
        "    for name, module in sorted(sys.modules.items()):\n"
        "        if type(module).__name__ != 'Deferred':\n"
        "            print(name, file=sys.stderr)\n"
        "atexit.register(report)\n"
        "main()\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
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


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_loads_none_of_its_libraries(name: str) -> None:
    assert not loaded(name, "--help") & (FAR | BUILDERS)


def test_a_check_that_was_made_before_loads_no_rules(tmp_path: Path) -> None:
    check = ("check", "--env", "dev")
    home = {"XDG_CACHE_HOME": str(tmp_path), "CI": ""}
    assert loaded(*check, **home) >= {"cfnlint", "bidops_cfn.rules"}
    assert not loaded(*check, **home) & (FAR | BUILDERS | {"bidops_cfn.rules", "uuid"})
    assert "cfnlint" in loaded(*check, **{**home, "CI": "true"})
    assert "cfnlint" in loaded(*check, "--no-cache", **home)


@given(st.text(alphabet="a b\t\n") | st.text())
def test_cleandoc_does_what_inspect_does(doc: str) -> None:
    assert cleandoc(doc) == inspect.cleandoc(doc)


def test_cleandoc_reads_our_help_as_inspect_does() -> None:
    assert commands.help is not None
    assert cleandoc(commands.help) == inspect.cleandoc(commands.help)
