"""One check's finding in a scripted world."""

from __future__ import annotations

from bidops_cfn.deploy.preflight.survey import ready_to_deploy
from bidops_cfn.deploy.records import Preflight, Verdict
from tests.deploy.scripted.world import Ended, World
from tests.images import EVERY_IMAGE


def looked(world: World, check: str) -> tuple[Preflight, Ended]:
    """Run preflight and return what ``check`` found, and how the run ended."""
    if not world.images and world.cloudformation.stack(world.environment.stack_name) is None:
        world.images = EVERY_IMAGE
    ended = world.run(lambda: ready_to_deploy(world.runtime, world.target))
    (found,) = (one for one in world.output.of("preflight") if one.check == check)
    # A check is judged alone: nothing else in this world may be wrong.
    others = [
        one.check
        for one in world.output.of("preflight")
        if one.check != check and one.verdict is Verdict.REFUSED
    ]
    assert others == []
    assert (ended.code == 3) == (found.verdict is Verdict.REFUSED)
    return found, ended


def said(found: Preflight) -> str:
    """Return all that a finding says."""
    return "\n".join((found.message, *found.details, found.hint))
