"""What the deploying commands take from the review files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn.cli.surroundings import assumptions
from bidops_cfn.deploy.preflight.groups import ALB, DATABASE, ENDPOINTS
from bidops_cfn.deploy.preflight.load_balancer import number_outlet
from bidops_cfn.deploy.preflight.vpc import AGENT, BOUNDED
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import BFF
from tests.conftest import REPOSITORY
from tests.deploy.scripted.world import World


@pytest.mark.parametrize("name", ["dev", "test", "prod"])
def test_the_review_numbers_every_assumption_that_preflight_looks_at(
    dev: Environment, name: str
) -> None:
    world = World(dev)
    world.assumptions = dict(assumptions(REPOSITORY / "templates" / name / "REVIEW.md"))
    context = world.context
    numbers = [context.number_assumption(one.value) for one in (AGENT, ENDPOINTS, DATABASE, ALB)]
    numbers.append(context.find_number(BOUNDED, ""))
    numbers.append(number_outlet(context, BFF))
    assert len(set(numbers)) == 6
    assert all(number.removeprefix("A").isdecimal() for number in numbers), numbers


def test_without_a_review_nothing_is_numbered(tmp_path: Path) -> None:
    assert assumptions(tmp_path / "REVIEW.md") == {}
