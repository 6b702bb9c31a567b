"""Every optional setting at once: the template that they render is deployed as any other.

What it has to say, ``tests/rules/test_optional_settings.py`` tries, and that the APIs show every
property, ``tests/sandbox/models/test_round_trip.py``.
"""

from __future__ import annotations

import pytest

from bidops_cfn.compute import template
from bidops_cfn.deploy.template import prepare_body
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.rules.test_other_settings import ADDITIONS
from tests.sandbox.account import IMAGES, account


@pytest.fixture(scope="module")
def everything(dev: Environment) -> Environment:
    for change in ADDITIONS.values():
        dev = change(dev)
    return dev


def test_it_fits_into_a_request_as_it_is_sent(everything: Environment) -> None:
    assert len(prepare_body(template.render(everything)).encode()) < 51_200


def test_it_is_deployed_and_a_second_deployment_has_no_changes(everything: Environment) -> None:
    text, name = template.render(everything), everything.stack_name
    with Sandbox([everything]) as sandbox, account(sandbox, everything) as held:
        held.deploy(name, text, IMAGES, "CREATE")
        assert held.stack(name)["StackStatus"] == "CREATE_COMPLETE"
        described = held.change_set(name, text, IMAGES)
    assert described["StatusReason"].startswith("The submitted information didn't contain changes")
