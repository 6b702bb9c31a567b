"""What an account has once for all stacks: roles, quotas, models, topics, hooks, and a key."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, NotFound
from bidops_cfn.deploy.preflight.quotas import ON_DEMAND, SPOT, compute_share
from bidops_cfn.deploy.records import Verdict
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.tables import Capacity
from tests.deploy.preflight.looking import (
    NOT_CHECKED,
    OK,
    REFUSED,
    WARNING,
    Change,
    expect,
    said,
)
from tests.deploy.scripted.world import World, of_pair, rendered
from tests.settings_files import with_service, with_table

SCALING = "AWSServiceRoleForApplicationAutoScaling_ECSService"
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
KEY = "arn:aws:kms:us-east-1:111111111111:key/0a"
PAYMENT = "arn:aws:secretsmanager:us-east-1:111111111111:secret:payment-AbCdEf"
CREATING = "iam create-service-linked-role --aws-service-name"


def refuse(call: Call) -> Change:
    return lambda world: world.wire.refuse(AccessDenied, call)


def without_role(name: str) -> Change:
    return lambda world: world.network.roles.discard(name)


def model(**lack: object) -> Change:
    def change(world: World) -> None:
        name = world.environment.services["agentcore"].bedrock.models[0]
        world.network.models[name] = lack

    return change


def topic(confirmed: int | None = None, *, then: Change = lambda _: None) -> Change:
    """The alarms go to a topic with so many confirmed subscriptions; without a number to none."""

    def change(world: World) -> None:
        world.environment = with_table(world.environment, "alarms", topic_arn=TOPIC)
        if confirmed is not None:
            world.network.topics[TOPIC] = confirmed
        then(world)

    return change


def publishing(policy: str | None = None, **statement: object) -> Change:
    """Stack events go to a topic of this policy."""

    def change(world: World) -> None:
        world.environment = with_table(world.environment, "alarms", events_topic_arn=TOPIC)
        world.network.topics[TOPIC] = 1
        allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
        document = {"Statement": [{**allow, "Action": "sns:Publish", **statement}]}
        world.network.topic_policies[TOPIC] = json.dumps(document) if policy is None else policy

    return change


def hook(*targets: str, then: Change = lambda _: None, **configuration: object) -> Change:
    def change(world: World) -> None:
        status = {"HookInvocationStatus": "ENABLED", **configuration}
        world.network.hooks["Org::Guard::Hook"] = {
            "targets": list(targets), "configuration": status,
        }  # fmt: skip
        then(world)

    return change


def key(name: str, *, ours: bool = True) -> Change:
    """The secrets have a key; ``ours`` names one in the settings."""

    def change(world: World) -> None:
        world.account.key = name
        if ours:
            more = {"secrets_key_output": "SecretsKeyArn"}
            world.environment = with_table(world.environment, "security", **more)
            world.exports["bidopsai-dev-security-SecretsKeyArn"] = KEY

    return change


def managed(world: World) -> None:
    """A secret of Secrets Manager has a key of its own."""
    secret = {"PAYMENT": "PaymentArn"}
    world.environment = with_service(world.environment, "bff", secrets_manager=secret)
    world.text = world.committed = rendered(world.environment, world.services)
    world.exports["bidopsai-dev-security-PaymentArn"] = PAYMENT
    name = "com.amazonaws.us-east-1.secretsmanager"
    ssm = world.network.endpoints["ssm"]
    world.network.endpoints["secretsmanager"] = {**ssm, "ServiceName": name}
    describe = world.wire.handlers[Call.DESCRIBE_SECRET]
    world.wire.handlers[Call.DESCRIBE_SECRET] = lambda **asked: {
        **describe(**asked), "KmsKeyId": KEY,
    }  # fmt: skip


def leaving(world: World) -> None:
    """A secret of Secrets Manager is on its way out."""
    managed(world)
    there = {"ARN": PAYMENT, "DeletedDate": datetime(2026, 1, 1, tzinfo=UTC)}
    world.wire.handlers[Call.DESCRIBE_SECRET] = lambda **_: there


OFF: dict[str, Any] = {"HookInvocationStatus": "DISABLED"}
UNHEARD = "no statement of"
CASES: list[tuple[str, Change, Verdict, str]] = [
    *(("roles", without_role(name), WARNING, one) for name, service in (
        ("AWSServiceRoleForECS", "ecs.amazonaws.com"),
        (SCALING, "ecs.application-autoscaling.amazonaws.com"),
    ) for one in (f"no {name}", f"aws {CREATING} {service}")),
    ("models", model(agreementAvailability={"status": "NOT_AVAILABLE"}), WARNING,
     "agreement NOT_AVAILABLE"),
    ("models", model(authorizationStatus="NOT_AUTHORIZED"), WARNING,
     "authorization NOT_AUTHORIZED"),
    ("models", model(regionAvailability="NOT_AVAILABLE"), WARNING, "region NOT_AVAILABLE"),
    ("models", model(entitlementAvailability="NOT_AVAILABLE"), WARNING,
     "entitlement NOT_AVAILABLE"),
    ("models", lambda world: world.wire.refuse(NotFound, Call.GET_MODEL_AVAILABILITY), WARNING,
     "Bedrock does not know it in this region"),
    ("notifications", topic(), REFUSED, f"{TOPIC} (alarms.topic_arn) does not exist"),
    ("notifications", topic(0), WARNING, "has no confirmed subscription"),
    ("notifications", topic(2), OK, "1 topic, with confirmed subscriptions"),
    ("notifications", topic(then=refuse(Call.GET_TOPIC_ATTRIBUTES)), NOT_CHECKED, ""),
    ("notifications", lambda world: world.settings(notification_topics=(TOPIC,)), REFUSED,
     f"{TOPIC} (deploy.notification_topics) does not exist"),
    ("notifications", publishing(), OK, ""),
    ("notifications", publishing(Principal={"Service": ["cloudwatch.amazonaws.com",
                                                        "events.amazonaws.com"]}), OK, ""),
    ("notifications", publishing(Effect="Deny"), WARNING, UNHEARD),
    ("notifications", publishing(Principal={"AWS": "*"}), WARNING, UNHEARD),
    ("notifications", publishing(Principal={"Service": "cloudwatch.amazonaws.com"}), WARNING,
     UNHEARD),
    ("notifications", publishing(Action="sns:Subscribe"), WARNING, UNHEARD),
    *(("notifications", publishing(policy), WARNING, UNHEARD)
      for policy in ("", "no JSON", '{"Statement": 1}')),
    ("hooks", hook("AWS::ECS::TaskDefinition", FailureMode="FAIL"), WARNING,
     "Hook (it refuses): AWS::ECS::TaskDefinition"),
    ("hooks", hook("AWS::ECS::*", FailureMode="WARN"), WARNING,
     "Hook (it only warns): AWS::ECS::C"),
    ("hooks", hook("STACK", FailureMode="FAIL"), WARNING, "Org::Guard::Hook (it refuses)"),
    ("hooks", hook("STACK", FailureMode="FAIL"), WARNING,
     "1 of 1 hooks may judge this template, and refuse it"),
    ("hooks", hook(FailureMode="FAIL"), WARNING,
     "Org::Guard::Hook (it refuses): cannot tell which resources"),
    ("hooks", hook("AWS::IAM::Role", FailureMode=""), WARNING,
     "(cannot tell whether it refuses): AWS::IAM::Role"),
    *(("hooks", hook(target, **off), OK, "none of 1 hooks judges this template")
      for target, off in (("AWS::S3::Bucket", {}), ("AWS::ECS::Service", OFF),
                          ("AWS::ECS::Service", {"TargetStacks": "NONE"}))),
    # What may not be read of a hook is not taken for nothing.
    ("hooks", hook("AWS::S3::Bucket", then=refuse(Call.DESCRIBE_TYPE)), WARNING,
     "cannot tell which resources"),
    ("hooks", hook("AWS::ECS::Service", **OFF, then=refuse(Call.DESCRIBE_TYPE_CONFIGURATIONS)),
     WARNING, "cannot tell whether it is on"),
    ("secrets", leaving, REFUSED, PAYMENT),
    ("secrets key", lambda _: None, OK, "AWS's own key"),
    ("secrets key", key(KEY, ours=False), REFUSED,
     f"has the key {KEY}, and security.secrets_key_output is not set"),
    ("secrets key", key(KEY), OK, f"all secrets that exist have {KEY}, or AWS's own key"),
    ("secrets key", key("0a"), OK, ""),
    ("secrets key", key("alias/aws/ssm"), OK, ""),
    ("secrets key", key("0b"), REFUSED, f"has the key 0b, and tasks may use {KEY} alone"),
    ("secrets key", key("alias/secrets"), WARNING,
     f"alias/secrets: cannot tell whether that is {KEY}"),
    ("secrets key", lambda world: setattr(world.account, "parameter_type", "String"), WARNING,
     "is not encrypted: it is a String, not a SecureString"),
    ("secrets key", managed, REFUSED, f"{PAYMENT} has the key {KEY}"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "change", "verdict", "says"), CASES)
def test_what_an_account_has(
    world: World, check: str, change: Change, verdict: Verdict, says: str
) -> None:
    change(world)
    expect(world, check, verdict, says)


@pytest.fixture
def prod_world(prod: Environment) -> World:
    """Prod: two services of two tasks of 2 vCPU each, the first two of each on-demand."""
    world = of_pair(prod)
    topic_arn = prod.alarms.topic_arn
    assert topic_arn is not None
    world.network.topics[topic_arn] = 1
    own = f"arn:aws:kms:us-east-1:{prod.account_id}:key/0a"
    world.exports["bidopsai-prod-security-SecretsKeyArn"] = own
    return world


@pytest.mark.parametrize(
    ("tasks", "capacity", "on_demand", "spot"),
    [
        (2, Capacity(), (1, 2), (0, 1)),
        (10, Capacity(), (7, 7), (3, 3)),
        (2, Capacity(on_demand_base=2), (2, 2), (0, 0)),
        (4, Capacity(on_demand_base=2), (3, 4), (0, 1)),
        (4, Capacity(spot_base=1), (2, 3), (1, 2)),
        (1, Capacity(spot_base=4), (0, 0), (1, 1)),
    ],
)
def test_a_base_comes_first_and_both_roundings_count(
    tasks: int, capacity: Capacity, on_demand: tuple[int, int], spot: tuple[int, int]
) -> None:
    assert compute_share(tasks, capacity, ON_DEMAND) == on_demand
    assert compute_share(tasks, capacity, SPOT) == spot


UNKNOWN = ", if nothing else runs: on-demand 4000 vCPU, use unknown; Spot 4000 vCPU, use unknown"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda _: None, ": on-demand 4000 vCPU, 4 used; Spot 4000 vCPU, 2 used"),
        (lambda world: world.network.used.clear(), UNKNOWN),
        (refuse(Call.GET_METRIC_STATISTICS), UNKNOWN),
    ],
)
def test_enough_says_what_is_used_where_it_is_known(
    world: World, change: Change, says: str
) -> None:
    change(world)
    found = expect(world, "quotas", OK)
    assert found.message == f"enough for 10 tasks of each service{says}"


def test_a_creation_that_can_never_run_is_refused(prod_world: World) -> None:
    prod_world.network.quotas[ON_DEMAND] = 6.0
    found = expect(prod_world, "quotas", REFUSED)
    assert "the creation needs 8 vCPU on-demand, the quota is 6" in found.message
    assert "--service-code fargate --quota-code L-3032A538 --desired-value N" in found.hint
    assert "L-36FBB829" not in said(found)


def test_what_others_use_may_be_free_by_then(prod_world: World) -> None:
    prod_world.network.quotas[ON_DEMAND] = 16.0
    prod_world.network.used["Standard/OnDemand"] = 12.0
    needs = "the creation needs 8 vCPU on-demand, the quota is 16, of which 12 are used"
    expect(prod_world, "quotas", WARNING, needs)


def test_a_rollout_and_ten_tasks_that_do_not_fit_warn(prod_world: World) -> None:
    prod_world.network.used = {"Standard/OnDemand": 0.0, "Standard/Spot": 0.0}
    prod_world.network.quotas = {ON_DEMAND: 10.0, SPOT: 10.0}
    found = expect(prod_world, "quotas", WARNING, "10 tasks of each service need")
    rollout = "a 200 % rollout of all services needs 12 to 16 vCPU on-demand, the quota is 10"
    assert found.message.startswith(rollout)
    assert "10 tasks of each service needs" not in said(found)


@pytest.mark.parametrize("stands", [False, True])
def test_a_use_that_says_nothing_is_not_spoken_of(prod_world: World, stands: bool) -> None:
    """It is not known, or our own tasks are among it; and an update creates nothing."""
    prod_world.environment = replace(prod_world.environment, capacity=Capacity())
    prod_world.network.quotas[ON_DEMAND] = 6.0
    prod_world.network.used = {}
    if stands:
        prod_world.network.used["Standard/OnDemand"] = 5.0
        prod_world.standing()
    found = expect(prod_world, "quotas", WARNING)
    rollout = "a 200 % rollout of all services needs 8 to 12 vCPU on-demand, the quota is 6"
    creation = "the creation needs 4 to 8 vCPU on-demand, the quota is 6"
    assert found.message.startswith(rollout if stands else creation)
    assert ("the creation" in said(found)) is not stands
    assert "of which" not in said(found)
