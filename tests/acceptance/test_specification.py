"""The specification on a deployed stack, by the checks of ``verify``: one truth for both."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bidops_cfn.cli.surroundings import assumptions
from bidops_cfn.compute import template
from bidops_cfn.deploy.boto_client import BotoClient
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Observation, Verification
from bidops_cfn.deploy.runtime import SystemClock
from bidops_cfn.deploy.stack import find_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.verify.observed import KeptAnswers, Observed
from bidops_cfn.verify.survey import list_rows, look_at_row
from tests.acceptance.conftest import Deployment
from tests.conftest import REPOSITORY

# What tasks, their network interfaces, targets and metrics would have to show, which the sandbox
# does not run; what IAM would have to simulate; and what no call shows.
OPEN = {
    *("FR-031", "FR-032", "FR-035", "US3-4", "US3-5", "US4-3", "US5-2", "US5-3"),
    *(f"SC-{number:03}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 11)),
}
# The same of the assumptions, by their words: their numbers change with the services.
UNTOLD = re.compile(
    r"attaches a policy to|asks another service|SubnetIds`|answers DNS|to anything$|Spot (is|has)"
)
ELSEWHERE = {
    "dev": {"FR-042", "FR-043"},
    "test": {"FR-041", "FR-043"},
    "prod": {"FR-041", "FR-042"},
}


@pytest.fixture(scope="module")
def rows(deployment: Deployment) -> dict[str, Verification]:
    """What ``verify`` finds in the environment's account, by id."""
    environment, clock = deployment.environment, SystemClock()
    page = REPOSITORY / "templates" / environment.name / "REVIEW.md"
    text = template.render(environment)
    target = Target(environment, text, text, str(page), assumptions=lambda: assumptions(page))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in deployment.account.variables.items():
            patch.setenv(name, value)
        client = KeptAnswers(BotoClient(environment.region))
        stack = find_stack(client, environment.stack_name)
        assert stack is not None
        now = clock.now()

        context = DeploymentContext(client, target, clock)
        seen = Observed(context, stack, now - timedelta(hours=24), now)
        found = [look_at_row(row, seen, []) for row in list_rows(target)]
    return {one.id: one for one in found}


@pytest.mark.requirement(
    *("FR-001", "FR-002", "FR-003", "FR-004", "FR-005", "FR-006", "FR-007", "FR-008", "FR-009"),
    *("FR-010", "FR-011", "FR-012", "FR-013", "FR-014", "FR-015", "FR-016", "FR-017", "FR-018"),
    *("FR-019", "FR-020", "FR-021", "FR-022", "FR-023", "FR-024", "FR-025", "FR-026", "FR-027"),
    *("FR-028", "FR-029", "FR-030", "FR-033", "FR-034", "FR-037", "FR-038"),
    *("FR-039", "FR-040", "FR-041", "FR-042", "FR-043", "FR-044", "FR-045", "FR-046", "FR-047"),
    *("FR-048", "FR-049", "FR-050", "SC-009", "SC-010", "US1-1", "US1-2", "US1-3", "US1-4"),
    *("US2-1", "US2-2", "US2-3", "US2-4", "US2-5", "US3-1", "US3-2", "US3-3", "US4-1", "US4-2"),
    *("US4-4", "US4-5"),
    *("US5-1", "US5-4"),
)
def test_what_the_sandbox_can_show_holds(
    deployment: Deployment, rows: dict[str, Verification]
) -> None:
    name = deployment.environment.name
    open_ = {one.id for one in rows.values() if one.outcome is Observation.NOT_OBSERVED}
    failing = {one.id: one.reason for one in rows.values() if one.outcome is Observation.FAILS}
    assert not failing
    prod = {"SC-008"} if name == "prod" else set()
    untold = {one.id for one in rows.values() if UNTOLD.search(one.title) and one.id[0] == "A"}
    assert open_ | prod == OPEN | untold | ELSEWHERE[name]
