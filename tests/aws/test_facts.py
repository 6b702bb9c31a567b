"""What only an account can settle, told apart, and a transcript in which nothing is secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bidops_cfn.permissions.place import Place
from bidops_cfn.settings.environment import Environment
from tests.aws import facts
from tests.aws.facts import QUESTIONS
from tests.aws.steps import Ran, Step, Verdict, expect, mask, write_transcript

TAGGED = (
    *("BffSecurityGroup", "AgentCoreSecurityGroup", "BffListenerRule"),
    *("Namespace", "AgentCoreDiscovery"),
)


def error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Any")


def settled(place: Place, claim: str, **answers: Any) -> Step:
    """The answer to one question, where each call of AWS answers or raises what it is told."""

    class Told:
        def __getattr__(self, name: str) -> Callable[..., Any]:
            def call(**_: Any) -> Any:
                if isinstance(answers[name], Exception):
                    raise answers[name]
                return answers[name]

            return call

    physical = {
        "Cluster": "one",
        "AgentCoreService": "two",
        "BffTaskRole": f"{place.stack}-BffTaskRole-0",
        **{name: name for name in TAGGED},
        "BffTargetGroup": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/bidops-BffTa-0/1",
    }
    reasons = answers.pop("reasons", ())
    asked = facts.Account(lambda _: Told(), place, physical, reasons)
    (step,) = (one for one in facts.settle(asked) if one.claim == claim)
    return step


GRACE, TAGS, ROLES, DENIALS, GROUP = QUESTIONS


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ({}, Verdict.FAILS),
        (error("InvalidParameterException", "not behind a load balancer"), Verdict.HOLDS),
        (error("AccessDeniedException", "no"), Verdict.UNKNOWN),
    ],
)
def test_a_refusal_is_told_from_a_denial(answer: Any, verdict: Verdict, place: Place) -> None:
    assert settled(place, GRACE, update_service=answer).verdict is verdict


@pytest.mark.parametrize(
    ("untagged", "verdict"), [((), Verdict.HOLDS), (("BffListenerRule",), Verdict.FAILS)]
)
def test_a_resource_without_the_stacks_tag_is_named(
    untagged: tuple[str, ...], verdict: Verdict, place: Place
) -> None:
    def tags(name: str) -> list[dict[str, str]]:
        if name in untagged:
            return []
        return [{"Key": "aws:cloudformation:stack-name", "Value": place.stack}]

    group = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/bidops-BffTa-0/1"
    step = settled(
        place,
        TAGS,
        describe_security_groups={
            "SecurityGroups": [
                {"GroupId": name, "Tags": tags(name)} for name in TAGGED if "Group" in name
            ]
        },
        describe_tags={
            "TagDescriptions": [
                {"ResourceArn": name, "Tags": tags(name)} for name in (group, "BffListenerRule")
            ]
        },
        list_tags_for_resource={"Tags": tags("Namespace")},
    )
    assert step.verdict is verdict
    assert all(name in step.why for name in untagged)


def test_a_question_that_cannot_be_asked_is_a_doubt(place: Place) -> None:
    step = settled(place, TAGS)
    assert step.verdict is Verdict.UNKNOWN
    assert "could not be asked" in step.why


def test_names_are_compared_with_what_the_policies_say(place: Place) -> None:
    assert settled(place, ROLES).verdict is Verdict.HOLDS
    other = replace(place.environment, stack_name="another")
    assert "another-" in settled(Place(other, place.template), ROLES).why


@pytest.mark.parametrize(
    ("role", "reasons", "verdict"),
    [
        (None, (), Verdict.UNKNOWN),
        (None, ("User: x is not authorized to perform: ecs:CreateService",), Verdict.FAILS),
        ("arn:aws:iam::111111111111:role/service", (), Verdict.HOLDS),
        ("arn:aws:iam::111111111111:role/service", ("AccessDenied",), Verdict.FAILS),
    ],
)
def test_a_denial_counts_and_its_absence_only_with_a_service_role(
    role: str | None, reasons: tuple[str, ...], verdict: Verdict, place: Place
) -> None:
    one = place.environment
    there = Place(replace(one, deploy=replace(one.deploy, role_arn=role)), place.template)
    assert settled(there, DENIALS, reasons=reasons).verdict is verdict


SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def test_nothing_secret_stands_in_a_transcript(dev: Environment) -> None:
    variables = {"AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": "FwoGZXIvYXdz"}
    said = (
        f"account 111111111111 in us-east-1, as assumed-role/Admin/jane.doe\n{SECRET}\nFwoGZXIvYXdz"
        "\narn:aws:iam::222222222222:role/x AKIAIOSFODNN7EXAMPLE"
    )
    ran = Ran("bidops-cfn preflight", 0, said)
    text = write_transcript(dev, [expect("Preflight", ran, 0)], variables)
    for secret in ("1111", "2222", "jane", SECRET, "FwoG", "AKIA"):
        assert secret not in text, secret
    assert "account <account> in us-east-1, as assumed-role/<caller>" in text


def test_digests_and_times_are_no_account_numbers() -> None:
    text = "sha256:1234567890123456 at 20260101T000000Z"
    assert mask(text, {}) == text


def test_a_step_needs_its_exit_code_and_its_words() -> None:
    ran = Ran("deploy", 0, "Deployed:\n  stack")
    assert expect("it", ran, 0, "Deployed: stack").verdict is Verdict.HOLDS
    assert expect("it", ran, 0, "No changes").why == "it does not say 'No changes'"
    assert expect("it", ran, 1).why == "exit code 0, expected 1"
