"""Pairs that differ in what only looks harmless, or in what is read at the time of deploying."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bidops_cfn.facts import symbols
from bidops_cfn.facts.expansions import dynamic_references
from bidops_cfn.facts.symbols import canonical
from bidops_cfn.review.difference.compared import Version, compare
from bidops_cfn.review.difference.text import text
from tests.facts.pairs import Json, N, U, W, container, template, told, verdicts

SERVICE = "AWS::ECS::Service"
SECRET = "{{resolve:secretsmanager:db:SecretString:password}}"


def service(**changes: Json) -> Json:
    own: dict[str, Any] = {
        "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 70}],
        "NetworkConfiguration": {"AwsvpcConfiguration": {"SecurityGroups": ["sg-1"]}},
        "DeploymentConfiguration": {"MaximumPercent": 200},
    }
    found = {**own, **changes}
    return template(SERVICE, {name: value for name, value in found.items() if value is not None})


@pytest.mark.parametrize(
    "changes",
    [
        {"CapacityProviderStrategy": None, "LaunchType": "EXTERNAL"},
        {"CapacityProviderStrategy": None, "LaunchType": "EC2"},
        {"CapacityProviderStrategy": None},
        {"CapacityProviderStrategy": [{"CapacityProvider": "instances"}]},
        {"CapacityProviderStrategy": [{"CapacityProvider": {"Ref": "Provider"}}]},
    ],
)
def test_other_machines_are_wider(changes: Json) -> None:
    assert verdicts(service(), service(**changes)) == {W}
    assert verdicts(service(**changes), service()) == {N}


def test_more_of_fargate_is_not() -> None:
    strategy = [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]
    assert verdicts(service(), service(CapacityProviderStrategy=strategy)) == set()
    assert verdicts(service(), service(CapacityProviderStrategy=None, LaunchType="FARGATE")) == (
        set()
    )


def test_functions_that_a_deployment_calls_are_not_harmless() -> None:
    hook = {"HookTargetArn": "arn:aws:lambda:x", "RoleArn": "arn:aws:iam::1:role/admin"}
    changed = service(DeploymentConfiguration={"MaximumPercent": 200, "LifecycleHooks": [hook]})
    assert verdicts(service(), changed) == {U}
    assert verdicts(service(), service(DeploymentConfiguration={"MaximumPercent": 100})) == set()


def exporting(name: str, value: Json = "x", **parameter: Json) -> Json:
    found = container(Image={"Fn::Sub": "app${Tag}"})
    found["Outputs"] = {"O": {"Value": value, "Export": {"Name": name}}}
    found["Parameters"] = {"Tag": {"Type": "String", "AllowedPattern": "x", **parameter}}
    return found


def test_an_export_is_access_by_its_name_and_value() -> None:
    assert verdicts(exporting("dev-a"), exporting("prod-a")) == {W, N}
    assert verdicts(exporting("dev-a"), exporting("dev-a", "y")) == {W, N}
    assert "template: export: prod-a is x" in told(exporting("dev-a"), exporting("prod-a"))
    assert verdicts(exporting("a"), exporting("a")) == set()


def test_an_image_that_runs_unless_another_is_given_is_access() -> None:
    given = exporting("a", Default=":anothers")
    assert verdicts(exporting("a"), given) == {W}
    assert verdicts(given, exporting("a")) == {N}
    assert told(exporting("a"), given)[0].endswith("Tag is :anothers where none is given")


def discovery(name: str = "agentcore", namespace: str = "N", zone: str = "x.internal") -> Json:
    registry = {"RegistryArn": {"Fn::GetAtt": ["D", "Arn"]}}
    found = service(ServiceRegistries=[registry])
    found["Resources"] |= {
        "D": {
            "Type": "AWS::ServiceDiscovery::Service",
            "Properties": {"Name": name, "NamespaceId": {"Ref": namespace}},
        },
        "N": {"Type": "AWS::ServiceDiscovery::PrivateDnsNamespace", "Properties": {"Name": zone}},
    }
    return found


def test_another_name_is_answered() -> None:
    assert verdicts(discovery(), discovery(name="other")) == {W, N}
    assert verdicts(discovery(), discovery(namespace="Elsewhere")) == {W, N}
    (zone, _) = told(discovery(), discovery(zone="amazonaws.com"))
    assert zone == "N: service discovery: answers for all of amazonaws.com"
    elsewhere = discovery()
    elsewhere["Resources"]["R"]["Properties"]["ServiceRegistries"] = [{"RegistryArn": "arn:x"}]
    assert verdicts(discovery(), elsewhere) == {W, N}


def test_logs_of_another_region_are_told() -> None:
    def logging(region: str) -> Json:
        options = {"awslogs-group": "g", "awslogs-region": region}
        return container(LogConfiguration={"LogDriver": "awslogs", "Options": options})

    assert verdicts(logging("us-east-1"), logging("eu-west-1")) == {U}


PLACES: list[tuple[str, Json, Json]] = [
    ("a variable", container(Environment=[{"Name": "A", "Value": "x"}]),
     container(Environment=[{"Name": "A", "Value": SECRET}])),
    ("a description", template("AWS::EC2::SecurityGroup", {"GroupDescription": "a"}),
     template("AWS::EC2::SecurityGroup", {"GroupDescription": SECRET})),
    ("a tag", service(Tags=[{"Key": "a", "Value": "b"}]),
     service(Tags=[{"Key": "a", "Value": SECRET}])),
    ("an output", {"Outputs": {"O": {"Value": "a"}}}, {"Outputs": {"O": {"Value": SECRET}}}),
    ("a default", {"Parameters": {"P": {"Type": "String", "Default": "a"}}},
     {"Parameters": {"P": {"Type": "String", "Default": SECRET}}}),
    ("parts", container(Environment=[{"Name": "A", "Value": "x"}]),
     container(Environment=[
         {"Name": "A", "Value": {"Fn::Sub": ["${a}solve:ssm:/x}}", {"a": "{{re"}]}}])),
    ("parts that are not known", container(Environment=[{"Name": "A", "Value": "x"}]),
     container(Environment=[{"Name": "A", "Value": {"Fn::Sub": "{{resolve:${AWS::StackName}}}"}}])),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in PLACES], ids=[r[0] for r in PLACES])
def test_what_is_read_while_deploying_is_wider_wherever_it_stands(old: Json, new: Json) -> None:
    assert verdicts(old, new) == {W}
    assert verdicts(new, old) == {N}
    assert verdicts(new, new) == set()


def test_the_same_text_may_read_something_else_another_time() -> None:
    read = container(Image="{{resolve:ssm:/image}}")
    found = compare(*(Version(name, "same", read) for name in ("old", "new")))
    assert "{{resolve:ssm:/image}} is not known" in found.summary
    plain = container(Image="x")
    assert "say the same" in compare(*(Version(n, "same", plain) for n in "ab")).summary


def test_no_other_text_is_taken_for_a_reference() -> None:
    values = ["{{x}}", {"Fn::Sub": "${AWS::Region}"}, {"Ref": "P"}, {"Fn::ImportValue": "a{b"}, 1]
    assert not list(dynamic_references(canonical(values)))


def test_an_image_that_parameter_store_holds_may_be_any() -> None:
    def chosen(kind: str) -> Json:
        found = container(Image={"Fn::Sub": "repo:${Image}"})
        pattern = "^[a-z]+$"
        found["Parameters"] = {"Image": {"Type": kind, "Default": "/i", "AllowedPattern": pattern}}
        return found

    stored = chosen("AWS::SSM::Parameter::Value<String>")
    assert W in verdicts(chosen("String"), stored)
    assert any(
        "whatever Parameter Store holds as /i" in one for one in told(chosen("String"), stored)
    )


QUIETENED: list[tuple[str, Json, Json]] = [
    ("AWS::CloudWatch::Alarm", {"ActionsEnabled": True}, {"ActionsEnabled": False}),
    ("AWS::CloudWatch::Alarm", {"Threshold": 1}, {"Threshold": 99_999}),
    ("AWS::CloudWatch::Alarm", {"TreatMissingData": "a"}, {"TreatMissingData": "missing"}),
    ("AWS::Logs::LogGroup", {"RetentionInDays": 7}, {"RetentionInDays": 1}),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", {"Matcher": {"HttpCode": "200"}},
     {"Matcher": {"HttpCode": "200-499"}}),
    ("AWS::ApplicationAutoScaling::ScalableTarget", {"MaxCapacity": 10}, {"MaxCapacity": 1_000}),
    ("AWS::ECS::Cluster", {"ClusterSettings": [{"Name": "a", "Value": "enabled"}]},
     {"ClusterSettings": [{"Name": "a", "Value": "disabled"}]}),
    ("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"Essential": True}]},
     {"ContainerDefinitions": [{"Essential": False}]}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "old", "new"), QUIETENED)
def test_what_makes_a_guard_silent_is_shown_with_its_value(kind: str, old: Json, new: Json) -> None:
    sides = [Version(n, n, template(kind, copy.deepcopy(p))) for n, p in (("a", old), ("b", new))]
    (before,), (after,) = (_scalars(side) for side in (old, new))
    assert f"{before} -> {after}" in text(compare(*sides))


def breaker(**more: Json) -> Json:
    return {"DeploymentConfiguration": {"DeploymentCircuitBreaker": more}}


GUARDS: list[tuple[str, Json, Json]] = [
    ("AWS::ECS::Service", breaker(Enable=True), breaker(Enable="false")),
    ("AWS::ECS::Service", breaker(Enable=True, Rollback=True), breaker(Enable=True)),
    ("AWS::ECS::Service", {"DeploymentConfiguration": {"Alarms": {"Enable": True}}}, {}),
    ("AWS::ECS::Service", {}, {"DeploymentConfiguration": {"MinimumHealthyPercent": 0}}),
    ("AWS::CloudWatch::Alarm", {}, {"ActionsEnabled": False}),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", {}, {"HealthCheckEnabled": False}),
]


NOTIFIED = {
    name: {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": ["arn:topic"]}}
    for name in ("A", "B")
}


def test_an_alarm_that_notifies_no_more_is_wider_though_others_notify_as_before() -> None:
    silent = {**NOTIFIED, "B": {**NOTIFIED["B"], "Properties": {}}}
    assert verdicts({"Resources": NOTIFIED}, {"Resources": silent}) == {W}


def test_a_rollback_by_fewer_alarms_is_wider() -> None:
    one, other = (
        template(
            "AWS::ECS::Service", {"DeploymentConfiguration": {"Alarms": {"AlarmNames": names}}}
        )
        for names in (["a", "b"], ["a"])
    )
    assert verdicts(one, other) == {W}


@pytest.mark.parametrize(("kind", "old", "new"), GUARDS)
def test_a_guard_that_is_weakened_is_wider(kind: str, old: Json, new: Json) -> None:
    one, other = template(kind, old), template(kind, new)
    assert verdicts(one, other) == {W}
    assert verdicts(other, one) == {N}
    assert " guard: " in told(one, other)[0]


def test_whether_a_guard_is_weakened_by_a_value_that_is_not_known_cannot_be_told() -> None:
    one, other = (
        template("AWS::ECS::Service", breaker(Enable=value))
        for value in (True, {"Fn::Select": ["0", {"Ref": "AWS::NotificationARNs"}]})
    )
    assert verdicts(one, other) == verdicts(other, one) == {U}


def test_what_becomes_of_a_resource_is_shown_with_its_value() -> None:
    def kept(policy: str) -> Json:
        found = template("AWS::Logs::LogGroup", {"RetentionInDays": 7})
        found["Resources"]["R"]["DeletionPolicy"] = policy
        return found

    sides = [Version(one, one, kept(one)) for one in ("Retain", "Delete")]
    assert "Retain -> Delete" in text(compare(*sides))


def _scalars(value: Json) -> list[str]:
    if isinstance(value, dict):
        # Names are the same on both sides.
        return [one for name, item in value.items() if name != "Name" for one in _scalars(item)]
    if isinstance(value, list):
        return [one for item in value for one in _scalars(item)]
    return [symbols.show(value)]
