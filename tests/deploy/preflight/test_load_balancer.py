"""What the imported groups are attached to, the load balancer's rules, and its listener's."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, NotFound, Throttled
from bidops_cfn.deploy.preflight.load_balancer import covers, overlap
from bidops_cfn.deploy.records import Verdict
from tests.deploy.preflight.looking import NOT_CHECKED, OK, REFUSED, WARNING, Change, expect
from tests.deploy.scripted.network import (
    ALB_GROUP,
    BALANCER,
    DATABASE_GROUP,
    ENDPOINT_GROUP,
    LISTENER,
    interface,
    listener_rule,
    rule,
)
from tests.deploy.scripted.world import World
from tests.settings_files import with_table

ANOTHERS = LISTENER.replace("/1a2b/", "/9z/")
HOST = "dev.bidopsai.example"
REGULAR = {"Field": "host-header", "HostHeaderConfig": {"RegexValues": ["^dev.*"]}}
METHOD = {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}}


def attached(group: str, **values: object) -> Change:
    return lambda world: world.network.interfaces.append(interface(group, 9, **values))


def exported(output: str, value: str) -> Change:
    return lambda world: world.exports.update({f"bidopsai-dev-network-{output}": value})


def ours(world: World, *, written: bool) -> None:
    world.environment = with_table(world.environment, "network", load_balancer_rules=written)


def opened(**values: object) -> Change:
    """A rule for the world, of a group whose egress is its owner's."""

    def change(world: World) -> None:
        ours(world, written=False)
        world.network.rules.append({**rule(egress=False, port=80), **values})

    return change


def private_six(world: World) -> None:
    """A rule for every private address of IPv6, wider than any public range of one holder."""
    opened(FromPort=22, ToPort=22)(world)
    del world.network.rules[-1]["CidrIpv4"]
    world.network.rules[-1]["CidrIpv6"] = "fc00::/7"


def egress(*rules: dict[str, object], written: bool) -> Change:
    def change(world: World) -> None:
        ours(world, written=written)
        world.network.rules = [rule(egress=False, port=443), *rules]

    return change


def theirs(group: str) -> Change:
    """Rules that the owners write, and that do not let us in."""

    def change(world: World) -> None:
        more = {"endpoint_rules": False, "database_rules": False}
        world.environment = with_table(world.environment, "network", **more)
        expect(world, "groups", OK)
        world.network.owned[group] = [rule(egress=False, port=22), rule(egress=True, port=443)]

    return change


def balancer(**values: object) -> Change:
    return lambda world: world.network.balancer.update(values)


def ends(**values: object) -> Change:
    """The listener is another one."""
    return lambda world: world.network.listener.update(values)


def unknown(call: Call) -> Change:
    return lambda world: world.wire.refuse(NotFound, call)


def of_others(*rules: dict[str, object]) -> Change:
    return lambda world: world.network.listener_rules.extend(rules)


def deployed(*rules: dict[str, object]) -> Change:
    """Our own rule stands, beside those of others."""

    def change(world: World) -> None:
        world.standing().identify("BffListenerRule", f"{LISTENER}/100")
        of_others(listener_rule(100, HOST), *rules)(world)

    return change


DEFAULT = rule(egress=True, protocol="-1")
MANY = [listener_rule(number, f"other-{number}.example") for number in range(1, 8)]
CASES: list[tuple[str, Change, Verdict, str]] = [
    ("groups", of_others(), OK, "A11, A5, A6 confirmed"),
    ("groups", attached(ENDPOINT_GROUP, Attachment={"InstanceId": "i-1"}), REFUSED,
     ("sg-endpoints (VpcEndpointSecurityGroupId) is attached to the instance i-1, eni-9: "
     "A5 refuted")),
    *(("groups", attached(group, VpcId="vpc-other"), REFUSED, "in vpc-other and not in vpc-0a")
      for group in (ALB_GROUP, DATABASE_GROUP, ENDPOINT_GROUP)),
    ("groups", attached(DATABASE_GROUP, InterfaceType="lambda", Description="AWS Lambda VPC ENI"),
     REFUSED, "is attached to a Lambda function, eni-9: A6 refuted"),
    ("groups", attached(ALB_GROUP, RequesterManaged=True, Description="ELB app/internal/9z"),
     REFUSED, "is attached to the load balancer app/internal/9z, eni-9: A11 refuted"),
    ("groups", attached(ENDPOINT_GROUP, RequesterManaged=True, Description="RDSNetworkInterface"),
     REFUSED, "is attached to a database, eni-9: A5 refuted"),
    ("groups", attached(DATABASE_GROUP, Description="something unheard of"), WARNING,
     "something unheard of, eni-9: cannot tell what it is (A6)"),
    # Its words are a database's, but any role can write them.
    ("groups", attached(DATABASE_GROUP, Description="RDSNetworkInterface"), WARNING,
     "RDSNetworkInterface, eni-9: cannot tell what it is (A6)"),
    ("groups", lambda world: world.network.interfaces.pop(), WARNING,
     "sg-database (DatabaseSecurityGroupId) is attached to nothing: A6 holds so far"),
    ("groups", theirs(ENDPOINT_GROUP), REFUSED, "no ingress rule of sg-endpoints"),
    ("groups", theirs(DATABASE_GROUP), WARNING, "no ingress rule of sg-database"),
    ("load balancer", opened(FromPort=22, ToPort=22), REFUSED,
     "lets 0.0.0.0/0 in on tcp 22: A11 refuted"),
    ("load balancer", opened(IpProtocol="-1"), REFUSED,
     "lets 0.0.0.0/0 in on every port: A11 refuted"),
    ("load balancer", opened(FromPort=22, ToPort=22, CidrIpv4="192.0.0.0/2"), REFUSED,
     "lets 192.0.0.0/2 in on tcp 22: A11 refuted"),
    ("load balancer", opened(FromPort=22, ToPort=22, CidrIpv4="0.0.0.0/1"), REFUSED,
     "lets 0.0.0.0/1 in on tcp 22: A11 refuted"),
    ("load balancer", opened(ToPort=443), REFUSED, "in on tcp 80-443: A11 refuted"),
    # Ports for a range are the owner's own.
    ("load balancer", private_six, OK, ""),
    ("load balancer", opened(FromPort=8443, ToPort=8443, CidrIpv4="203.0.113.0/24"), OK, ""),
    ("load balancer", egress(DEFAULT, written=True), REFUSED,
     "our rule would take it away, and every other target of the load balancer"),
    ("load balancer", egress(DEFAULT, written=True), REFUSED,
     "Set network.load_balancer_rules = false in params/dev.toml"),
    ("load balancer", egress(written=True), OK, ""),  # which has nothing to lose
    ("load balancer", egress(DEFAULT, written=False), OK, ""),
    ("load balancer", egress(rule(egress=True, port=8080, cidr="10.0.0.0/16"), written=False),
     WARNING, "no egress rule of sg-alb covers 3000"),
    ("public alb", of_others(), OK, "the load balancer is internet-facing and active"),
    ("public alb", balancer(SecurityGroups=["sg-1", "sg-alb"]), OK, ""),
    ("public alb", balancer(Scheme="internal"), REFUSED,
     "app/public/1a2b: Scheme is internal, not internet-facing"),
    ("public alb", balancer(Type="network"), REFUSED, "Type is network, not application"),
    ("public alb", balancer(VpcId="vpc-other"), REFUSED, "VpcId is vpc-other, not vpc-0a"),
    ("public alb", balancer(SecurityGroups=["sg-1", "sg-2"]), WARNING,
     "SecurityGroups is sg-1, sg-2, not sg-alb"),
    ("public alb", balancer(State={"Code": "failed"}), REFUSED, "State is failed"),
    ("public alb", balancer(State={"Code": "provisioning"}), WARNING, "State is provisioning"),
    ("public alb", balancer(AvailabilityZones=[{"ZoneName": "us-east-1a"}]), WARNING,
     "app/public/1a2b is not in us-east-1b: targets there get no request, and ECS stops them"),
    ("public alb", lambda world: world.wire.refuse(AccessDenied, Call.DESCRIBE_SUBNETS),
     WARNING, "cannot tell whether it is in the zones of its targets"),
    ("public alb", unknown(Call.DESCRIBE_LOAD_BALANCERS), WARNING, f"AWS knows no {BALANCER}"),
    ("https", of_others(), OK, "the listener takes HTTPS on 443"),
    ("https", ends(Protocol="HTTP", Port=80), REFUSED,
     "app/public/1a2b/3c4d: Protocol is HTTP, not HTTPS"),
    ("https", ends(Port=8443), WARNING, "Port is 8443, not 443"),
    ("https", unknown(Call.DESCRIBE_LISTENERS), WARNING, f"AWS knows no {LISTENER}"),
    ("listener", exported("HttpsListenerArn", ANOTHERS), REFUSED,
     f"HttpsListenerArn names {ANOTHERS}, which is no listener of {BALANCER} (FR-021)"),
    ("listener", of_others(listener_rule(100, "other.example")), REFUSED,
     "rule 100 (other.example) has its"),
    ("listener", of_others(listener_rule(7, HOST.upper())), WARNING,
     "answers all its requests before it"),
    ("listener", of_others(listener_rule(7, "*.bidopsai.example")), WARNING,
     "answers all its requests"),
    ("listener", of_others(listener_rule(7)), WARNING,
     "rule 7 (any request) answers all its requests"),
    ("listener", of_others(listener_rule(7, HOST, "/admin/*")), WARNING,
     "may answer some of its requests"),
    ("listener", of_others(listener_rule(7, Conditions=[METHOD])), WARNING,
     "rule 7 (other conditions) may answer some"),
    ("listener", of_others(listener_rule(7, Conditions=[REGULAR])), WARNING, "may answer some"),
    ("listener", of_others(listener_rule(200, HOST, "/api/*")), REFUSED,
     "would get no request any more"),
    ("listener", of_others(listener_rule(200, "*.example")), WARNING,
     "loses the requests that are ours too"),
    ("listener", of_others(listener_rule(7, "other.example")), OK,
     "priority 100 is free, and none of 1 other rules"),
    ("listener", of_others(listener_rule(200, "other.example")), OK,
     "priority 100 is free, and none of 1 other rules"),
    ("listener", of_others(*MANY, listener_rule(100, "last.example")), REFUSED, ""),  # pages
    ("listener", deployed(), OK, ""),
    # What an update takes from others, it has taken already.
    ("listener", deployed(listener_rule(200, HOST, "/api/*")), WARNING, ""),
]  # fmt: skip


def test_the_settings_are_what_these_tests_are_about(world: World) -> None:
    listener = world.environment.services["bff"].listener
    assert listener is not None
    assert (listener.priority, listener.hosts, listener.paths) == (100, (HOST,), ())


@pytest.mark.requirement("FR-030")
@pytest.mark.parametrize(("check", "change", "verdict", "says"), CASES)
def test_each_way_in_which_a_shared_load_balancer_is_met(
    world: World, check: str, change: Change, verdict: Verdict, says: str
) -> None:
    change(world)
    expect(world, check, verdict, says)


@pytest.mark.parametrize("fault", [AccessDenied, Throttled])
@pytest.mark.parametrize("written", [True, False])
def test_only_where_we_write_a_rule_looking_is_a_must(
    world: World, fault: type[AccessDenied], written: bool
) -> None:
    ours(world, written=written)
    call = Call.DESCRIBE_GROUP_RULES
    world.wire.refuse(fault, call)
    expect(world, "load balancer", REFUSED if written else NOT_CHECKED)


PATTERN = st.text("ab*?", max_size=6)
WORD = st.text("ab", max_size=6)


@given(PATTERN, PATTERN, WORD)
def test_patterns_agree_with_what_they_match(one: str, other: str, word: str) -> None:
    if covers(one, other) and fnmatchcase(word, other):
        assert fnmatchcase(word, one)
    if fnmatchcase(word, one) and fnmatchcase(word, other):
        assert overlap(one, other)
        assert overlap(other, one)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a*", "*b", True), ("a*", "b*", False), ("*.example", "*.example.com", False),
        ("?", "", False), ("*", "", True), ("a?c", "abc", True), ("a?c", "ac", False),
    ],
)  # fmt: skip
def test_patterns_that_meet(one: str, other: str, meet: bool) -> None:
    assert overlap(one, other) is meet


@pytest.mark.parametrize(
    ("wide", "narrow", "all_of_it"),
    [
        ("*", "a*b?", True), ("a*", "ab*", True), ("ab*", "a*", False), ("a?", "ab", True),
        ("a?", "a*", False), ("?", "*", False), ("*", "*", True),
    ],
)  # fmt: skip
def test_patterns_that_cover(wide: str, narrow: str, all_of_it: bool) -> None:
    assert covers(wide, narrow) is all_of_it
