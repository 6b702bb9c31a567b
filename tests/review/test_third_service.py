"""A service that is new to the model is reviewed as the others are, and credited with nothing.

Its flows, permissions and variables have no line in the reviewed lists of ``bidops_cfn/spec``.
"""

from __future__ import annotations

import dataclasses
import json
import random

import pytest

from bidops_cfn.compute import template
from bidops_cfn.review import committed
from bidops_cfn.review.exposures import exposure_list
from bidops_cfn.review.flows import flow_graph
from bidops_cfn.review.page import html_page
from bidops_cfn.review.permissions import permission_facts
from bidops_cfn.review.review_page import unasked
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Check
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES, Capability, Service
from bidops_cfn.spec.flows import Zone
from tests.review.test_committed import shuffled

WORKER = Service(
    name="worker",
    title="Worker",
    summary="does what takes long",
    port=9000,
    subnets=Imports.PRIVATE_APP_SUBNETS,
    repository=Imports.APP_REPOSITORY,
    health_path="/health",
    capabilities=frozenset({Capability.READ_CONFIGURATION}),
    callers=("bff", "agentcore"),
)


@pytest.fixture(scope="module")
def third(dev: Environment) -> Subject:
    settings = dataclasses.replace(
        dev.services["agentcore"], configuration_path="/bidopsai/dev/worker"
    )
    environment = dataclasses.replace(dev, services={**dev.services, "worker": settings})
    services = (*SERVICES, WORKER)
    return Subject(environment, template.render(environment, services), services)


def test_no_requirement_asks_for_its_flows_until_the_list_has_them(third: Subject) -> None:
    lines = dict(committed.environment_files(third))["dev/network.tsv"].splitlines()
    for caller in ("Bff", "AgentCore"):
        line = f"worker\tingress\ttcp\t9000\t{caller.lower()}\tWorkerFrom{caller}Ingress\tNONE"
        assert line in lines
    about = [line for line in lines if "worker" in line or "Worker" in line]
    assert [line for line in about if not line.endswith("\tNONE")] == []


def test_no_requirement_asks_for_its_permissions_until_the_list_has_them(third: Subject) -> None:
    roles = ("WorkerTaskRole", "WorkerExecutionRole")
    asked = {
        one.requirement
        for one in permission_facts(third)
        if one.role in roles and one.fact != "bounded"
    }
    assert asked == {"NONE"}


def test_no_requirement_asks_for_what_runs_in_it(third: Subject) -> None:
    found = {one.requirement for one in exposure_list(third) if one.subject == "worker"}
    assert found == {"NONE"}
    assert unasked(third)


def test_it_has_claims_of_its_own(third: Subject) -> None:
    about = {one.claim.name: one.outcome for one in third.verdicts if one.claim.subject == "worker"}
    assert about == {
        "no-bedrock": "PROVED",
        "no-internet": "UNKNOWN",
        "reached-by-callers-only": "REFUTED",
        "spot-saving": "PROVED",
    }


def test_it_is_drawn_in_its_zone(third: Subject) -> None:
    (node,) = [one for one in flow_graph(third).nodes if one.id == "worker"]
    assert (node.title, node.zone) == ("Worker", Zone.APP)
    assert "worker to DatabaseSecurityGroupId, port 5432" in html_page([third], Check())


def test_the_order_of_keys_changes_nothing(third: Subject) -> None:
    text = json.dumps(shuffled(third.template, random.Random(0)))
    other = Subject(third.environment, text, third.specified)
    for (name, one), (_, two) in zip(
        committed.environment_files(third), committed.environment_files(other), strict=True
    ):
        assert one.replace(third.sha256, "") == two.replace(other.sha256, ""), name
