"""What settings decide and no house rule asks for; the rest is in ``tests/rules``.

What the rules ask, of committed templates and of every setting, is stated apart from what builds:
a value that is built otherwise is a finding there, and another text than the committed one.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bidops_cfn.compute import template
from bidops_cfn.compute.roles import GRANTS, complete
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import read_expression
from bidops_cfn.settings.services import Capability
from bidops_cfn.settings.tables import Capacity
from tests.neighbours import GROUPS, beside

DIGEST = "@sha256:" + "0123456789abcdef" * 4


def test_weights_and_bases_are_those_of_the_settings(dev: Environment) -> None:
    capacity = Capacity(on_demand_weight=5, spot_weight=6, on_demand_base=1)
    resources = template.build(replace(dev, capacity=capacity))["Resources"]
    on_demand = {"CapacityProvider": "FARGATE", "Weight": 5}
    spot = {"CapacityProvider": "FARGATE_SPOT", "Weight": 6}
    default = resources["ClusterCapacity"]["Properties"]["DefaultCapacityProviderStrategy"]
    assert default == [on_demand, spot]
    own = resources["BffService"]["Properties"]["CapacityProviderStrategy"]
    assert own == [{**on_demand, "Base": 1}, spot]


def test_the_default_count_is_the_one_of_the_settings(dev: Environment) -> None:
    services = {**dev.services, "bff": replace(dev.services["bff"], desired_count=4)}
    parameters = template.build(replace(dev, services=services))["Parameters"]
    assert parameters["BffDesiredCount"]["Default"] == 4


TAKEN = (":1.4.2", ":v1", ":latest-2", ":a" + "b" * 127, DIGEST, f":1.4.2{DIGEST}")
REFUSED = (
    *("", "1.4.2", ":latest", ":", ":-a", ":a" + "b" * 128, "x:1", ":a b", f"{DIGEST}:1.4.2"),
    *(DIGEST[:-1], DIGEST + "0", f":1.4.2{DIGEST[:-1]}", f":1.4.2{DIGEST}{DIGEST}"),
)


@pytest.mark.parametrize("reference", [*TAKEN, *REFUSED])
def test_an_image_is_a_tag_a_digest_or_both(dev: Environment, reference: str) -> None:
    image = template.build(dev)["Parameters"]["BffImage"]
    assert bool(re.search(image["AllowedPattern"], reference)) is (reference in TAKEN)


def test_the_id_of_a_rule_on_a_group_does_not_depend_on_the_groups_after_the_first(
    dev: Environment,
) -> None:
    def rules(environment: Environment) -> dict[str, object]:
        resources = template.build(environment)["Resources"]
        endpoints = {name: one for name, one in resources.items() if name.startswith("Endpoints")}
        return {name: one["Properties"]["GroupId"] for name, one in endpoints.items()}

    first, second, *others = GROUPS
    before = rules(beside(dev))
    after = rules(beside(dev, VpcEndpointSecurityGroupId=(first, *reversed(others))))
    gone = before.keys() - after.keys()
    assert {read_expression(before[name]) for name in gone} == {second}
    assert all(before[name] == after[name] for name in after)


def test_a_capability_without_a_grant_is_seen_when_the_module_loads() -> None:
    assert complete(GRANTS) == GRANTS
    some = dict(GRANTS)
    del some[Capability.INVOKE_BEDROCK]
    with pytest.raises(LookupError, match=r"Capability\.INVOKE_BEDROCK: no grant in bidops_cfn"):
        complete(some)
