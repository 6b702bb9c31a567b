"""After the execution: what AWS refuses, throttles or does not answer is never a refusal of ours.

Whatever changes something and got no answer is asked after; what cannot be read is not judged.
"""

from __future__ import annotations

import pytest

from tests.deploy.scenarios.commands import (
    BOTH,
    Call,
    World,
    deny,
    deploy,
)

JUDGED = "do not run what"


@pytest.mark.parametrize("call", [Call.UPDATE_TERMINATION_PROTECTION, Call.SET_STACK_POLICY])
def test_protection_that_is_denied_after_the_end_says_what_runs_and_what_lacks(
    world: World, call: Call
) -> None:
    world.settings(termination_protection=True)
    world.images = BOTH
    deny(world, call)
    ended = deploy(world)
    assert ended.code not in (0, 3), ended
    assert "CREATE_COMPLETE" in ended.block
    assert call.text in ended.block
    assert JUDGED not in ended.block
