"""The three committed environments, as settings, as built templates and as a project to change."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from bidops_cfn.cli.root import root as command
from bidops_cfn.compute import template
from bidops_cfn.settings import load
from bidops_cfn.settings.environment import Environment
from tests.process.command import forking

REPOSITORY = Path(__file__).parents[1]
NAMES = ("dev", "test", "prod")

# As in the command itself: collecting eight thousand tests took two thirds more time without.
gc.set_threshold(100_000)

# A shell starts what runs in its background with Ctrl-C ignored, and every command inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What is printed is compared; a test that is about a width sets it.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)

# What a sandbox does is over at once, except in tests that move its clock themselves.
os.environ["BIDOPS_CFN_SANDBOX_PACE"] = "0"

# Examples are the same on every run, and a slow machine fails nothing.
settings.register_profile("deterministic", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("deterministic")


def pytest_configure(config: pytest.Config) -> None:
    """Hold the server that forks commands (``tests/process``)."""
    stack = ExitStack()
    stack.enter_context(forking())
    config.add_cleanup(stack.close)


@pytest.fixture(scope="session")
def environments() -> dict[str, Environment]:
    """The committed environments, by name."""
    return {name: load.load(REPOSITORY / "params", name) for name in NAMES}


@pytest.fixture(scope="session", params=NAMES)
def environment(
    request: pytest.FixtureRequest, environments: dict[str, Environment]
) -> Environment:
    """Each committed environment in turn."""
    return environments[request.param]


@pytest.fixture(scope="session")
def dev(environments: dict[str, Environment]) -> Environment:
    """The committed environment dev."""
    return environments["dev"]


@pytest.fixture(scope="session")
def prod(environments: dict[str, Environment]) -> Environment:
    """The committed environment prod."""
    return environments["prod"]


@pytest.fixture(scope="session")
def document(environment: Environment) -> dict[str, Any]:
    """The template of each committed environment in turn."""
    return template.build(environment)


@pytest.fixture(scope="session")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is committed; were an environment added, as it is without that one."""
    added = {path.stem for path in (REPOSITORY / "params").glob("[!.]*.toml")}.difference(NAMES)
    if not added:
        return REPOSITORY
    root = tmp_path_factory.mktemp("committed")
    copy_project(REPOSITORY, root)
    for name in added:
        (root / "params" / f"{name}.toml").unlink()
        shutil.rmtree(root / "templates" / name)
    assert command(["--project", str(root), "review", "--all"]) == 0
    return root


@pytest.fixture
def project(committed: Path, tmp_path: Path) -> Path:
    """A copy of the project's settings and templates, to change and to break."""
    root = tmp_path / "project"
    copy_project(committed, root)
    return root


@pytest.fixture(scope="session")
def judged(committed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that no test changes: in its ``.cache`` are verdicts on dev, which hold where it lies.

    A process that finds one need not load cfn-lint.
    """
    root = tmp_path_factory.mktemp("judged") / "project"
    copy_project(committed, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CI", raising=False)  # a pipeline keeps no verdict
        patch.setenv("XDG_CACHE_HOME", str(root / ".cache"))
        assert command(["--project", str(root), "check", "--env", "dev"]) == 0
    return root


@pytest.fixture
def unchanged(judged: Path) -> Iterator[Path]:
    """The project ``judged``, whose cache knows no stack."""
    yield judged
    shutil.rmtree(judged / ".cache/bidops-cfn/stacks", ignore_errors=True)


def copy_project(source: Path, target: Path) -> None:
    """Copy settings and templates."""
    for folder in ("params", "templates"):
        shutil.copytree(source / folder, target / folder)
