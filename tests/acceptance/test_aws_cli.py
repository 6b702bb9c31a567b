"""The committed templates work with any client: here, the AWS CLI deploys one of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.conftest import REPOSITORY
from tests.process.command import run_with
from tests.sandbox.account import IMAGES, account

AWS = Path(sys.executable).with_name("aws")


def aws_deploy(sandbox: Sandbox, dev: Environment, *arguments: str) -> str:
    """Run ``aws cloudformation deploy`` on the committed template of dev; return what it says."""
    command = [
        *(str(AWS), "cloudformation", "deploy"),
        *("--template-file", str(REPOSITORY / "templates" / "dev" / "compute.json")),
        *("--stack-name", dev.stack_name, "--capabilities", "CAPABILITY_IAM"),
        *arguments,
    ]
    done = run_with(sandbox.variables(dev), *command)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.requirement("US1.1")
def test_the_aws_cli_deploys_the_committed_template_and_then_finds_no_changes(
    sandbox: Sandbox, dev: Environment
) -> None:
    images = [f"{name}={value}" for name, value in IMAGES.items()]
    first = aws_deploy(sandbox, dev, "--parameter-overrides", *images)
    again = aws_deploy(sandbox, dev, "--no-fail-on-empty-changeset")
    with account(sandbox, dev) as held:
        stack = held.stack(dev.stack_name)
    assert "Successfully created/updated stack" in first
    assert "No changes to deploy" in again
    assert stack["StackStatus"] == "CREATE_COMPLETE"
