"""A sandbox with the environment dev. A process holds one at a time, so a module is its life."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bidops_cfn.compute import template
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.sandbox.account import IMAGES, Account, account


@pytest.fixture(scope="module")
def sandbox(dev: Environment) -> Iterator[Sandbox]:
    with Sandbox([dev]) as running:
        yield running


@pytest.fixture(scope="module")
def dev_account(sandbox: Sandbox, dev: Environment) -> Iterator[Account]:
    with account(sandbox, dev) as held:
        yield held


@pytest.fixture(scope="module")
def dev_template(dev: Environment) -> str:
    return template.render(dev)


@pytest.fixture(scope="module")
def deployed(dev_account: Account, dev: Environment, dev_template: str) -> Account:
    """The account of dev, with its compute stack deployed."""
    dev_account.deploy(dev.stack_name, dev_template, IMAGES, "CREATE")
    assert dev_account.stack(dev.stack_name)["StackStatus"] == "CREATE_COMPLETE"
    return dev_account
