"""Our own ``deploy`` against a sandbox over HTTP: once it deploys, again it finds no changes."""

from __future__ import annotations

import os
import subprocess

import pytest

from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.contents import SANDBOX_IMAGE_TAG
from bidops_cfn_sandbox.server import Sandbox
from tests.conftest import NAMES, REPOSITORY
from tests.process.command import COMMAND
from tests.sandbox.account import account

LIMIT_SECONDS = 120


def deploy(sandbox: Sandbox, environment: Environment) -> subprocess.CompletedProcess[str]:
    """Run ``bidops-cfn deploy`` in the account of ``environment``."""
    images = [f"--image={name}={SANDBOX_IMAGE_TAG}" for name in environment.services]
    command = [*COMMAND, "deploy", "--env", environment.name, "--yes"]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    # Nothing of the machine's own settings for AWS counts.
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return subprocess.run(
        [*command, *images],
        cwd=REPOSITORY,
        env={**inherited, **nowhere, **sandbox.variables(environment)},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


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
