"""What an account has once for all stacks: roles, topics, hooks; and the key of the secrets."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, NotFound
from bidops_cfn.deploy.records import Verdict
from tests.deploy.preflight.looking import looked, said
from tests.deploy.scripted.world import World
from tests.settings_files import with_table

SCALING = "AWSServiceRoleForApplicationAutoScaling_ECSService"
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
KEY = "arn:aws:kms:us-east-1:111111111111:key/0a"


@pytest.mark.parametrize(
    ("missing", "service"),
    [
        ("AWSServiceRoleForECS", "ecs.amazonaws.com"),
        (SCALING, "ecs.application-autoscaling.amazonaws.com"),
    ],
)
def test_a_missing_service_linked_role_comes_with_the_command(
    world: World, missing: str, service: str
) -> None:
    world.network.roles.discard(missing)
    found, _ = looked(world, "roles")
    assert found.verdict is Verdict.WARNING
    assert f"no {missing}" in found.message
    assert f"aws iam create-service-linked-role --aws-service-name {service}" in found.hint


@pytest.mark.parametrize(
    ("lack", "says"),
    [
        ({"agreementAvailability": {"status": "NOT_AVAILABLE"}}, "agreement NOT_AVAILABLE"),
        ({"authorizationStatus": "NOT_AUTHORIZED"}, "authorization NOT_AUTHORIZED"),
        ({"entitlementAvailability": "NOT_AVAILABLE"}, "entitlement NOT_AVAILABLE"),
    ],
)
def test_access_to_a_model_that_lacks_something_warns(
    world: World, lack: dict[str, object], says: str
) -> None:
    model = world.environment.services["agentcore"].bedrock.models[0]
    world.network.models[model] = lack
    found, _ = looked(world, "models")
    assert found.verdict is Verdict.WARNING
    assert f"{model}: {says}" in found.message


def test_a_model_that_bedrock_does_not_know_warns(world: World) -> None:
    call = Call.GET_MODEL_AVAILABILITY
    world.wire.always[call] = lambda: NotFound(call, "no model", "ResourceNotFoundException")
    found, _ = looked(world, "models")
    assert found.verdict is Verdict.WARNING
    assert "Bedrock does not know it in this region" in found.message


def alarms_go_to(world: World, topic: str) -> None:
    alarms = replace(world.environment.alarms, topic_arn=topic)
    world.environment = replace(world.environment, alarms=alarms)


@pytest.mark.parametrize(
    ("subscribed", "verdict", "says"),
    [
        (None, Verdict.REFUSED, f"{TOPIC} (alarms.topic_arn) does not exist"),
        (0, Verdict.WARNING, "has no confirmed subscription"),
        (2, Verdict.OK, "1 topic, with confirmed subscriptions"),
    ],
)
def test_alarms_need_a_topic_that_is_heard(
    world: World, subscribed: int | None, verdict: Verdict, says: str
) -> None:
    alarms_go_to(world, TOPIC)
    if subscribed is not None:
        world.network.topics[TOPIC] = subscribed
    found, _ = looked(world, "notifications")
    assert found.verdict is verdict
    assert says in said(found)


def publish(**statement: object) -> str:
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    return json.dumps({"Statement": [{**allow, "Action": "sns:Publish", **statement}]})


@pytest.mark.parametrize(
    ("policy", "admits"),
    [
        (publish(), True),
        (
            publish(Principal={"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"]}),
            True,
        ),
        (publish(Effect="Deny"), False),
        (publish(Principal={"AWS": "*"}), False),
        (publish(Principal={"Service": "cloudwatch.amazonaws.com"}), False),
        (publish(Action="sns:Subscribe"), False),
        ("", False),
        ("no JSON", False),
        ('{"Statement": 1}', False),
    ],
)
def test_eventbridge_needs_a_topic_whose_policy_admits_it(
    world: World, policy: str, admits: bool
) -> None:
    alarms = replace(world.environment.alarms, events_topic_arn=TOPIC)
    world.environment = replace(world.environment, alarms=alarms)
    world.network.topics[TOPIC] = 1
    world.network.topic_policies[TOPIC] = policy
    found, _ = looked(world, "notifications")
    assert found.verdict is (Verdict.OK if admits else Verdict.WARNING)
    assert ("no statement of" in said(found)) != admits


def test_a_topic_that_may_not_be_looked_at_is_not_checked(world: World) -> None:
    alarms_go_to(world, TOPIC)
    call = Call.GET_TOPIC_ATTRIBUTES
    world.wire.always[call] = lambda: AccessDenied(call, "no")
    found, _ = looked(world, "notifications")
    assert found.verdict is Verdict.NOT_CHECKED


def test_the_topics_of_stack_events_are_looked_for_too(world: World) -> None:
    world.settings(notification_topics=(TOPIC,))
    found, _ = looked(world, "notifications")
    assert f"{TOPIC} (deploy.notification_topics) does not exist" in said(found)


def hook(world: World, *targets: str, **configuration: object) -> None:
    world.network.hooks["Org::Guard::Hook"] = {
        "targets": list(targets),
        "configuration": {"HookInvocationStatus": "ENABLED", **configuration},
    }


@pytest.mark.parametrize(
    ("targets", "mode", "says"),
    [
        (("AWS::ECS::TaskDefinition",), "FAIL", "Hook (it refuses): AWS::ECS::TaskDefinition"),
        (("AWS::ECS::*",), "WARN", "Hook (it only warns): AWS::ECS::C"),
        (("STACK",), "FAIL", "Org::Guard::Hook (it refuses)"),
        ((), "FAIL", "Org::Guard::Hook (it refuses): cannot tell which resources"),
        (("AWS::IAM::Role",), "", "(cannot tell whether it refuses): AWS::IAM::Role"),
    ],
)
def test_a_hook_that_would_judge_us_is_named(
    world: World, targets: tuple[str, ...], mode: str, says: str
) -> None:
    hook(world, *targets, FailureMode=mode)
    found, _ = looked(world, "hooks")
    assert found.verdict is Verdict.WARNING
    assert found.message == "1 of 1 hooks may judge this template, and refuse it"
    assert says in said(found)


@pytest.mark.parametrize(
    ("targets", "configuration"),
    [
        (("AWS::S3::Bucket",), {}),
        (("AWS::ECS::Service",), {"HookInvocationStatus": "DISABLED"}),
        (("AWS::ECS::Service",), {"TargetStacks": "NONE"}),
    ],
)
def test_a_hook_that_does_not_concern_us_is_counted(
    world: World, targets: tuple[str, ...], configuration: dict[str, object]
) -> None:
    hook(world, *targets, **configuration)
    found, _ = looked(world, "hooks")
    assert (found.verdict, found.message) == (
        Verdict.OK,
        "none of 1 hooks judges this template",
    )


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (Call.DESCRIBE_TYPE, "cannot tell which resources"),
        (Call.DESCRIBE_TYPE_CONFIGURATIONS, "cannot tell whether it is on"),
    ],
)
def test_what_may_not_be_read_of_a_hook_is_not_taken_for_nothing(
    world: World, call: Call, says: str
) -> None:
    hook(world, "AWS::ECS::Service", HookInvocationStatus="DISABLED")
    if call is Call.DESCRIBE_TYPE:
        hook(world, "AWS::S3::Bucket")
    world.wire.always[call] = lambda: AccessDenied(call, "no")
    found, _ = looked(world, "hooks")
    assert found.verdict is Verdict.WARNING
    assert says in said(found)


def with_key(world: World, arn: str = KEY) -> None:
    world.environment = with_table(
        world.environment, "security", secrets_key_output="SecretsKeyArn"
    )
    world.exports["bidopsai-dev-security-SecretsKeyArn"] = arn


def test_without_the_setting_the_key_is_aws_own(world: World) -> None:
    found, _ = looked(world, "secrets key")
    assert (found.verdict, found.message) == (Verdict.OK, "AWS's own key")


def test_a_key_of_ones_own_without_the_setting_is_refused(world: World) -> None:
    world.account.key = KEY
    found, ended = looked(world, "secrets key")
    assert found.verdict is Verdict.REFUSED
    assert f"has the key {KEY}, and security.secrets_key_output is not set" in ended.said


@pytest.mark.parametrize(
    ("key", "verdict", "says"),
    [
        (KEY, Verdict.OK, f"all secrets that exist have {KEY}, or AWS's own key"),
        ("0a", Verdict.OK, ""),
        ("alias/aws/ssm", Verdict.OK, ""),
        ("0b", Verdict.REFUSED, f"has the key 0b, and tasks may use {KEY} alone"),
        ("alias/secrets", Verdict.WARNING, f"alias/secrets: cannot tell whether that is {KEY}"),
    ],
)
def test_the_key_is_compared_with_the_one_of_the_setting(
    world: World, key: str, verdict: Verdict, says: str
) -> None:
    with_key(world)
    world.account.key = key
    found, _ = looked(world, "secrets key")
    assert found.verdict is verdict
    assert says in said(found)


def test_a_parameter_in_plain_text_warns(world: World) -> None:
    world.account.parameter_type = "String"
    found, _ = looked(world, "secrets key")
    assert found.verdict is Verdict.WARNING
    assert "is not encrypted: it is a String, not a SecureString" in found.message


def test_a_secret_of_secrets_manager_has_a_key_too(world: World) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:payment-AbCdEf"
    name = next(name for name in world.exports if name.endswith("ParameterArn"))
    world.exports[name] = arn
    describe = world.wire.handlers[Call.DESCRIBE_SECRET]
    world.wire.handlers[Call.DESCRIBE_SECRET] = lambda **asked: {
        **describe(**asked),
        "KmsKeyId": KEY,
    }
    found, ended = looked(world, "secrets key")
    assert found.verdict is Verdict.REFUSED
    assert f"{arn} has the key {KEY}" in ended.said
