"""What AWS does not tell: a check says so, and only what has to be known stops a deployment."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import (
    AccessDenied,
    ExpiredCredentials,
    Fault,
    NoCredentials,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)
from bidops_cfn.deploy.preflight.survey import CHECKS, Kind, ready_to_deploy
from bidops_cfn.deploy.records import Verdict
from tests.deploy.preflight.looking import NOT_CHECKED, REFUSED, WARNING, Change, expect, said
from tests.deploy.preflight.test_survey import refused, verdicts
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE

# A call that each check makes.
DENIED = {
    "imports": Call.LIST_EXPORTS,
    "images": Call.DESCRIBE_IMAGES,
    "platform": Call.BATCH_GET_IMAGE,
    "secrets": Call.DESCRIBE_PARAMETERS,
    "secrets key": Call.DESCRIBE_PARAMETERS,
    "roles": Call.GET_ROLE,
    "quotas": Call.GET_SERVICE_QUOTA,
    "models": Call.GET_MODEL_AVAILABILITY,
    "prefix list": Call.DESCRIBE_PREFIX_LISTS,
    "subnets": Call.DESCRIBE_ROUTE_TABLES,
    "endpoints": Call.DESCRIBE_VPC_ENDPOINTS,
    "groups": Call.DESCRIBE_INTERFACES,
    "public alb": Call.DESCRIBE_LOAD_BALANCERS,
    "https": Call.DESCRIBE_LISTENERS,
    "listener": Call.DESCRIBE_LISTENER_RULES,
    "hooks": Call.LIST_TYPES,
}
# The checks that only advise, and their calls; those that dev has no question for are not asked.
NOT_ASKED = {"notifications", "secrets key", "scan findings"}
ADVICE = {one.name for one in CHECKS if one.kind is Kind.ADVICE} - NOT_ASKED
NEW = {call for name, call in DENIED.items() if name in ADVICE} | {
    Call.DESCRIBE_GROUP_RULES,
    Call.DESCRIBE_SUBNETS,
    Call.DESCRIBE_TYPE,
    Call.DESCRIBE_TYPE_CONFIGURATIONS,
    Call.DESCRIBE_VPC_ATTRIBUTE,
    Call.GET_METRIC_STATISTICS,
    Call.GET_SIGNING_CONFIGURATION,
}


def test_what_is_ready_with_doubts_says_how_many(world: World) -> None:
    world.images = EVERY_IMAGE
    world.network.roles = set()
    world.network.used = {}
    denied(world, Call.LIST_TYPES)
    ended = world.run(lambda: ready_to_deploy(world.runtime, world.target))
    assert ended.done.summary == "dev can be deployed, with 1 warning and 1 not checked"


def test_rollback_alarms_that_may_not_be_looked_at_are_not_checked(world: World) -> None:
    world.settings(rollback_alarms=("arn:aws:cloudwatch:us-east-1:111111111111:alarm:smoke",))
    denied(world, Call.DESCRIBE_ALARMS)
    world.images = EVERY_IMAGE
    assert world.deploy().code == 0
    assert verdicts(world)["alarms"] is Verdict.NOT_CHECKED


def denied(world: World, call: Call) -> None:
    world.wire.refuse(AccessDenied, call, why="User is not authorized", code="AccessDenied")


@pytest.mark.parametrize("check", DENIED)
def test_a_check_that_may_not_look_says_so_and_stops_nothing(world: World, check: str) -> None:
    denied(world, DENIED[check])
    world.images = EVERY_IMAGE
    ended = world.run(lambda: ready_to_deploy(world.runtime, world.target))
    assert (ended.code, refused(world)) == (0, [])
    (finding,) = (one for one in world.output.of("preflight") if one.check == check)
    assert finding.verdict is Verdict.NOT_CHECKED
    assert f"not permitted: {DENIED[check].text}" in finding.message
    assert "bidops-cfn policy prints all that it needs" in finding.hint


@pytest.mark.parametrize("fault", [AccessDenied, Rejected, Throttled, Unavailable, Unsupported])
def test_an_aws_that_answers_none_of_the_new_questions_stops_nothing(
    world: World, fault: type[Fault]
) -> None:
    for call in NEW:
        world.wire.always[call] = partial(fault, call, "no")
    world.images = EVERY_IMAGE
    assert world.deploy().code == 0
    unseen = {one for one, verdict in verdicts(world).items() if verdict is Verdict.NOT_CHECKED}
    assert unseen == ADVICE


def test_an_aws_that_answers_nothing_is_not_taken_for_a_bad_network(world: World) -> None:
    world.wire.handlers |= {call: lambda **_: {} for call in NEW}
    world.images = EVERY_IMAGE
    assert world.deploy().code == 0


def answer(call: Call, **answered: object) -> Change:
    def change(world: World) -> None:
        world.wire.handlers[call] = lambda **_: answered

    return change


def describe_parameters(**changes: object) -> Change:
    def change(world: World) -> None:
        asked = world.wire.handlers[Call.DESCRIBE_PARAMETERS]
        world.wire.handlers[Call.DESCRIBE_PARAMETERS] = lambda **given: {
            "Parameters": [
                {key: value for key, value in {**one, **changes}.items() if value is not None}
                for one in asked(**given)["Parameters"]
            ]
        }

    return change


def secret_is(value: str) -> Change:
    name = "bidopsai-dev-security-BffDatabaseUrlParameterArn"
    return lambda world: world.exports.update({name: value})


def another_service(world: World) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:x"
    world.account.managed[arn] = {"ARN": arn}
    secret_is(arn)(world)


def undescribed(world: World) -> None:
    asked = world.wire.handlers[Call.DESCRIBE_SUBNETS]
    world.wire.handlers[Call.DESCRIBE_SUBNETS] = lambda **given: {
        "Subnets": [one for one in asked(**given)["Subnets"] if one["SubnetId"] != "subnet-agent-b"]
    }


def listed(world: World) -> None:
    ports = {"FromPort": 0, "ToPort": 65535, "IpProtocol": "tcp"}
    world.network.rules.append({"IsEgress": False, "PrefixListId": "pl-0a", **ports})


STRANGE = "security.BffDatabaseUrlParameterArn holds something else than the ARN of an SSM"


@pytest.mark.parametrize(
    ("check", "change", "verdict", "says"),
    [
        ("listener", lambda world: world.network.listener_rules.clear(), NOT_CHECKED,
         "AWS describes no rule of the listener"),
        *(("public alb", answer(Call.DESCRIBE_LOAD_BALANCERS, LoadBalancers=few), NOT_CHECKED,
           "AWS does not describe arn:")
          for few in ((), ({"LoadBalancerArn": "arn:another", "Scheme": "internet-facing"},))),
        *(("https", answer(Call.DESCRIBE_LISTENERS, Listeners=few), NOT_CHECKED,
           "AWS does not describe arn:") for few in ((), ({"ListenerArn": "arn:another"},))),
        *(("public alb", lambda world, lost=lost: world.network.balancer.pop(lost), WARNING,
           f"cannot tell its {lost}")
          for lost in ("Scheme", "Type", "VpcId", "State", "SecurityGroups")),
        ("public alb", lambda world: world.network.balancer.pop("AvailabilityZones"), WARNING,
         "cannot tell whether it is in the zones of its targets"),
        *(("https", lambda world, lost=lost: world.network.listener.pop(lost), WARNING,
           f"cannot tell its {lost}") for lost in ("Protocol", "Port")),
        ("images", answer(Call.DESCRIBE_IMAGES, imageDetails=[]), REFUSED, "says nothing of"),
        ("roles", answer(Call.GET_ROLE), NOT_CHECKED, "it has no Role"),
        ("signatures", answer(Call.GET_SIGNING_CONFIGURATION), NOT_CHECKED,
         "it has no signingConfiguration"),
        ("secrets", secret_is("hunter2"), REFUSED, STRANGE),
        ("secrets", another_service, REFUSED, STRANGE),
        ("secrets key", describe_parameters(KeyId=None), WARNING, "cannot tell with which key"),
        ("secrets key", describe_parameters(Type=None), WARNING, "cannot tell whether it is enc"),
        *((check, undescribed, WARNING, "subnet-agent-b: AWS does not describe it")
          for check in ("subnets", "endpoints")),
        ("load balancer", listed, WARNING,
         "lets pl-0a in on tcp 0-65535: cannot tell whether that is the world"),
    ],
)  # fmt: skip
def test_nothing_and_what_is_not_known_are_no_good_answer(
    world: World, check: str, change: Change, verdict: Verdict, says: str
) -> None:
    change(world)
    assert "hunter2" not in said(expect(world, check, verdict, says))


def test_a_guard_that_protects_others_refuses_when_it_may_not_look(world: World) -> None:
    world.standing()
    world.edit(lambda document: document["Outputs"].pop("ClusterArn"))
    denied(world, Call.LIST_IMPORTS)
    assert world.deploy().code == 3
    assert refused(world) == ["exports"]


@pytest.mark.parametrize("fault", [Throttled, Unavailable])
def test_what_passes_by_itself_is_waited_for_where_it_is_needed(
    world: World, fault: type[Fault]
) -> None:
    for call in (Call.DESCRIBE_IMAGES, Call.LIST_TYPES):
        world.wire.always[call] = partial(fault, call, "later")
    world.images = EVERY_IMAGE
    ended = world.deploy()
    assert refused(world) == ["images"]
    assert verdicts(world)["hooks"] is Verdict.NOT_CHECKED
    assert "could not be checked" in ended.said


def test_what_depends_on_a_missing_export_is_not_checked(world: World) -> None:
    del world.exports["bidopsai-dev-network-VpcId"]
    world.images = EVERY_IMAGE
    world.deploy()
    assert refused(world) == ["imports"]
    assert verdicts(world)["subnets"] is Verdict.NOT_CHECKED


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        (NoCredentials, "Set AWS_PROFILE"),
        (ExpiredCredentials, "Sign in again"),
        (Unavailable, "AWS_ENDPOINT_URL"),
        (Throttled, "Wait a minute"),
    ],
)
def test_an_aws_that_cannot_be_asked_at_all_is_one_clear_refusal(
    world: World, fault: type[Any], hint: str
) -> None:
    world.wire.refuse(fault, Call.GET_CALLER_IDENTITY)
    world.deploy().hold(3, hint)


@pytest.mark.parametrize("fault", [AccessDenied, Throttled, Unavailable])
def test_only_does_not_exist_means_that_there_is_no_stack(world: World, fault: type[Any]) -> None:
    world.wire.refuse(fault, Call.DESCRIBE_STACKS)
    world.images = EVERY_IMAGE
    world.deploy().hold(3)
    assert world.made(Call.CREATE_CHANGE_SET) == []


@pytest.mark.parametrize(
    ("call", "answer", "check", "verdict"),
    [
        (Call.DESCRIBE_INTERFACES, "NetworkInterfaces", "groups", Verdict.NOT_CHECKED),
        (Call.DESCRIBE_PREFIX_LISTS, "PrefixLists", "prefix list", Verdict.REFUSED),
    ],
)
def test_an_answer_that_makes_no_sense_is_no_traceback(
    world: World, call: Call, answer: str, check: str, verdict: Verdict
) -> None:
    group = {"Groups": [{"GroupId": "sg-alb"}], "InterfaceType": "lambda"}
    world.wire.handlers[call] = lambda **_: {answer: [group if check == "groups" else {}]}
    world.images = EVERY_IMAGE
    world.deploy()
    (found,) = (one for one in world.output.of("preflight") if one.check == check)
    assert found.verdict is verdict
    assert "the answer is not what AWS answers: it has no " in found.message
