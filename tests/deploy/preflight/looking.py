"""One check's finding in a scripted world."""

from __future__ import annotations

from collections.abc import Callable

from bidops_cfn.deploy.preflight.survey import ready_to_deploy
from bidops_cfn.deploy.records import Preflight, Verdict
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE

Change = Callable[[World], object]
OK, SKIPPED, REFUSED = Verdict.OK, Verdict.SKIPPED, Verdict.REFUSED
WARNING, NOT_CHECKED = Verdict.WARNING, Verdict.NOT_CHECKED


def looked(world: World, check: str) -> tuple[Preflight, Ended]:
    """Run preflight and return what ``check`` found, and how the run ended."""
    if not world.images and world.cloudformation.stack(world.environment.stack_name) is None:
        world.images = EVERY_IMAGE
    world.output.records.clear()
    ended = world.run(lambda: ready_to_deploy(world.runtime, world.target))
    findings = {one.check: one for one in world.output.of("preflight")}
    found = findings.pop(check)
    # A check is judged alone: nothing else in this world may be wrong.
    assert [one.check for one in findings.values() if one.verdict is REFUSED] == []
    assert (ended.code == 3) == (found.verdict is REFUSED)
    return found, ended


def expect(world: World, check: str, verdict: Verdict, says: str = "") -> Preflight:
    """Run preflight, hold what ``check`` found against its verdict and words, and return it."""
    found, ended = looked(world, check)
    assert found.verdict is verdict, found
    assert says in (ended.said if ended.error else said(found))
    return found


def said(found: Preflight) -> str:
    """Return all that a finding says."""
    return "\n".join((found.message, *found.details, found.hint))
