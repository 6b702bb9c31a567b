"""A small stack of its own for each test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.sandbox.account import Account
from tests.sandbox.models.specimen import Stack, allow


@pytest.fixture
def stack(dev_account: Account, request: pytest.FixtureRequest) -> Iterator[Stack]:
    made = Stack(dev_account, re.sub(r"[^a-zA-Z0-9]+", "-", request.node.name)[:60].strip("-"))
    yield made
    made.delete()


@pytest.fixture(scope="module")
def exports(dev_account: Account) -> dict[str, str]:
    """What the other stacks export, by output."""
    return {name.split("-", 3)[3]: value for name, value in dev_account.exports().items()}


@pytest.fixture(scope="module", autouse=True)
def managed_policy(dev_account: Account) -> None:
    """The policy that the specimens of roles name."""
    document = json.dumps(allow("s3:ListAllMyBuckets"))
    dev_account.client("iam").create_policy(PolicyName="managed", PolicyDocument=document)
