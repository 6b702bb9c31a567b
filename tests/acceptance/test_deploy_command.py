"""Our own ``deploy`` against a sandbox over HTTP: once it deploys, again it finds no changes."""

from __future__ import annotations

import subprocess

import pytest

from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.contents import SANDBOX_IMAGE_TAG
from bidops_cfn_sandbox.server import Sandbox
from tests.conftest import NAMES
from tests.process.command import COMMAND, run_with
from tests.sandbox.account import account


def deploy(sandbox: Sandbox, environment: Environment) -> subprocess.CompletedProcess[str]:
    """Run ``bidops-cfn deploy`` in the account of ``environment``."""
    images = [f"--image={name}={SANDBOX_IMAGE_TAG}" for name in environment.services]
    command = [*COMMAND, "deploy", "--env", environment.name, "--yes", *images]
    return run_with(sandbox.variables(environment), *command)


@pytest.mark.parametrize("name", NAMES)
def test_each_environment_is_deployed_once_and_then_has_no_changes(
    sandbox: Sandbox, environments: dict[str, Environment], name: str
) -> None:
    environment = environments[name]
    first = deploy(sandbox, environment)
    assert first.returncode == 0, first.stderr
    with account(sandbox, environment) as held:
        before = held.resources(environment.stack_name)
        again = deploy(sandbox, environment)
        after = held.resources(environment.stack_name)
        stack = held.stack(environment.stack_name)
    assert again.returncode == 0, again.stderr
    assert "No changes" in again.stderr
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert after == before
