"""What the imported groups are attached to, and the rules of the load balancer's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, Throttled
from bidops_cfn.deploy.records import Verdict
from tests.deploy.preflight.looking import looked, said
from tests.deploy.scripted.network import (
    ALB_GROUP,
    DATABASE_GROUP,
    ENDPOINT_GROUP,
    interface,
    rule,
)
from tests.deploy.scripted.world import World
from tests.settings_files import with_table

Change = Callable[[World], object]


def attached(group: str, **values: object) -> Change:
    return lambda world: world.network.interfaces.append(interface(group, 9, **values))


def without_ours(world: World) -> None:
    world.environment = with_table(world.environment, "network", load_balancer_rules=False)


def test_what_the_contract_says_is_confirmed_by_number(world: World) -> None:
    found, _ = looked(world, "groups")
    assert found.message.endswith("A11, A5, A6 confirmed")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            attached(ENDPOINT_GROUP, Attachment={"InstanceId": "i-1"}),
            (
                "sg-endpoints (VpcEndpointSecurityGroupId) is attached to the instance i-1, eni-9: "
                "A5 refuted"
            ),
        ),
        (
            attached(DATABASE_GROUP, InterfaceType="lambda", Description="AWS Lambda VPC ENI"),
            "is attached to a Lambda function, eni-9: A6 refuted",
        ),
        (
            attached(ALB_GROUP, RequesterManaged=True, Description="ELB app/internal/9z"),
            "is attached to the load balancer app/internal/9z, eni-9: A11 refuted",
        ),
        (
            attached(ENDPOINT_GROUP, RequesterManaged=True, Description="RDSNetworkInterface"),
            "is attached to a database, eni-9: A5 refuted",
        ),
    ],
)
def test_a_group_on_something_else_refutes_its_claim(
    world: World, change: Change, says: str
) -> None:
    change(world)
    found, ended = looked(world, "groups")
    assert found.verdict is Verdict.REFUSED
    assert says in ended.said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            attached(DATABASE_GROUP, Description="something unheard of"),
            "something unheard of, eni-9: cannot tell what it is (A6)",
        ),
        (
            # Its words are a database's, but anybody can write them.
            attached(DATABASE_GROUP, Description="RDSNetworkInterface"),
            "RDSNetworkInterface, eni-9: cannot tell what it is (A6)",
        ),
        (
            lambda world: world.network.interfaces.pop(),
            "sg-database (DatabaseSecurityGroupId) is attached to nothing: A6 holds so far",
        ),
    ],
)
def test_what_cannot_be_told_apart_warns(world: World, change: Change, says: str) -> None:
    change(world)
    found, _ = looked(world, "groups")
    assert found.verdict is Verdict.WARNING
    assert says in said(found)


@pytest.mark.parametrize(
    ("group", "verdict", "says"),
    [
        (ENDPOINT_GROUP, Verdict.REFUSED, "no ingress rule of sg-endpoints"),
        (DATABASE_GROUP, Verdict.WARNING, "no ingress rule of sg-database"),
    ],
)
def test_rules_that_the_owner_writes_have_to_let_us_in(
    world: World, group: str, verdict: Verdict, says: str
) -> None:
    theirs = {"endpoint_rules": False, "database_rules": False}
    world.environment = with_table(world.environment, "network", **theirs)
    assert looked(world, "groups")[0].verdict is Verdict.OK
    world.network.owned[group] = [rule(egress=False, port=22), rule(egress=True, port=443)]
    world.output.records.clear()
    found, _ = looked(world, "groups")
    assert found.verdict is verdict
    assert says in found.message


def rules(*several: dict[str, object]) -> Change:
    return lambda world: setattr(world.network, "rules", list(several))


@pytest.mark.requirement("FR-030")
@pytest.mark.parametrize(
    ("opened", "says"),
    [
        (rule(egress=False, port=22), "lets 0.0.0.0/0 in on tcp 22: A11 refuted"),
        (rule(egress=False, protocol="-1"), "lets 0.0.0.0/0 in on every port: A11 refuted"),
        ({**rule(egress=False, port=80), "ToPort": 443}, "in on tcp 80-443: A11 refuted"),
    ],
)
def test_more_than_80_and_443_for_the_world_is_refused(
    world: World, opened: dict[str, object], says: str
) -> None:
    without_ours(world)
    world.network.rules.append(opened)
    found, ended = looked(world, "load balancer")
    assert found.verdict is Verdict.REFUSED
    assert says in ended.said


def test_ports_for_a_range_are_the_owners_own(world: World) -> None:
    world.network.rules.append(rule(egress=False, port=8443, cidr="203.0.113.0/24"))
    found, _ = looked(world, "load balancer")
    assert found.verdict is Verdict.OK


def test_an_egress_rule_of_ours_would_cut_others_off(world: World) -> None:
    world.environment = with_table(world.environment, "network", load_balancer_rules=True)
    rules(rule(egress=False, port=443), rule(egress=True, protocol="-1"))(world)
    found, ended = looked(world, "load balancer")
    assert found.verdict is Verdict.REFUSED
    assert "our rule would take it away, and every other target of the load balancer" in ended.said
    assert "Set network.load_balancer_rules = false in params/dev.toml" in ended.said


def test_a_group_without_egress_has_nothing_to_lose(world: World) -> None:
    world.environment = with_table(world.environment, "network", load_balancer_rules=True)
    rules(rule(egress=False, port=443))(world)
    found, _ = looked(world, "load balancer")
    assert found.verdict is Verdict.OK


def test_the_default_egress_is_fine_where_we_write_none(world: World) -> None:
    without_ours(world)
    rules(rule(egress=False, port=443), rule(egress=True, protocol="-1"))(world)
    found, _ = looked(world, "load balancer")
    assert found.verdict is Verdict.OK


def test_an_owner_whose_egress_does_not_reach_us_is_warned_about(world: World) -> None:
    without_ours(world)
    rules(rule(egress=False, port=443), rule(egress=True, port=8080, cidr="10.0.0.0/16"))(world)
    found, _ = looked(world, "load balancer")
    assert found.verdict is Verdict.WARNING
    assert "no egress rule of sg-alb covers 3000" in found.message


@pytest.mark.parametrize("fault", [AccessDenied, Throttled])
@pytest.mark.parametrize("ours", [True, False])
def test_only_where_we_write_a_rule_looking_is_a_must(
    world: World, fault: type[AccessDenied], ours: bool
) -> None:
    world.environment = with_table(world.environment, "network", load_balancer_rules=ours)
    call = Call.DESCRIBE_GROUP_RULES
    world.wire.always[call] = lambda: fault(call, "no")
    found, _ = looked(world, "load balancer")
    assert found.verdict is (Verdict.REFUSED if ours else Verdict.NOT_CHECKED)
