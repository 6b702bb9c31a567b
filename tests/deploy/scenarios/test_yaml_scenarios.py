"""Inputs as others write them: YAML with short forms, regions, clocks, permissions, no cluster."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cfn_flip
import pytest
from botocore.exceptions import ClientError

from bidops_cfn.deploy.boto_client import find_configured_region, translate_error_answer
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.protection import make_stack_policy
from tests.deploy.happenings import Change, every, play
from tests.deploy.scripted.changes import REPLACEMENT, change
from tests.deploy.scripted.run import Ended, Person, interrupt
from tests.deploy.scripted.world import DEPLOY, World
from tests.images import EVERY_IMAGE

UNREADABLE = "Resources:\n  Bff: {Type: [AWS::ECS::Service\n"
Command = Callable[[World], Ended]


def rewrite(world: World) -> None:
    """Let the stack's template be written in YAML, with short forms."""
    world.stack.text = cfn_flip.to_yaml(world.text)
    assert all(f"!{form} " in world.stack.text for form in ("Ref", "GetAtt", "Sub"))


def planned(world: World) -> Ended:
    world.expect(world.plan(), 0, DEPLOY)
    return world.execute(world.plan_to_file()[1])


def replaced(world: World) -> Ended:
    world.cloudformation.changes = [REPLACEMENT]
    return world.deploy(allowed=frozenset({"BffService"}))


def unchanged(world: World) -> Ended:
    world.images = {}
    return world.deploy()


def watched(world: World) -> Ended:
    world.begin_update()
    world.stack.on_rest.append(lambda: rewrite(world))
    return world.watch()


def cancelled(world: World) -> Ended:
    world.begin_update()
    return world.cancel()


def recreated(world: World) -> Ended:
    return world.deploy(recreate=True)


def protect(world: World) -> None:
    world.settings(termination_protection=True)
    world.stack.termination_protection = True


CASES: list[tuple[Command, Change, int, str]] = [
    (World.deploy, every(), 0, "UPDATE_COMPLETE"),
    (World.deploy, every(protect, play(fails="BffService")), 1, DEPLOY),
    (unchanged, every(), 0, "is what templates/dev/compute.json says"),
    (planned, every(), 0, "UPDATE_COMPLETE"),
    (replaced, protect, 0, "UPDATE_COMPLETE"),
    (World.status, every(), 0, "is what runs"),
    (watched, play(seconds=30), 0, "UPDATE_COMPLETE"),
    (cancelled, play(seconds=60), 0, "is back where it was before the update"),
    (World.destroy, every(), 0, "there is no stack bidopsai-dev-compute any more"),
    (recreated, lambda world: world.stack.enter("ROLLBACK_COMPLETE"), 0, "CREATE_COMPLETE"),
]


@pytest.mark.parametrize(("command", "happen", "code", "says"), CASES)
def test_a_stack_in_yaml_is_as_good_as_any(
    world: World, command: Command, happen: Change, code: int, says: str
) -> None:
    world.standing()
    rewrite(world)
    world.images = EVERY_IMAGE
    happen(world)
    command(world).hold(code, says)
    assert world.cloudformation.left_behind() == []
    if world.environment.deploy.termination_protection:
        assert json.loads(world.stack.policy or "") == make_stack_policy(world.target.template)


@pytest.mark.parametrize(
    ("command", "codes"),
    [
        (World.destroy, (0,)),
        (World.status, (1,)),
        (World.watch, (0, 7)),
        (World.plan, (0, 3)),
        (World.deploy, (0, 3)),
    ],
)
def test_a_template_that_cannot_be_read_is_said(
    world: World, command: Command, codes: tuple[int, ...]
) -> None:
    world.standing().text = UNREADABLE
    world.images = EVERY_IMAGE
    world.cloudformation.changes = [change("Modify", "BffService", "AWS::ECS::Service")]
    ended = command(world)
    assert ended.code in codes, ended
    assert "template" in ended.block + world.screen
    assert "cannot be read" in ended.block + world.screen


def test_a_stack_with_an_unreadable_template_is_rolled_back(world: World) -> None:
    world.standing("UPDATE_FAILED").text = UNREADABLE
    world.expect(world.rollback(), 0, DEPLOY)


@pytest.mark.parametrize(
    ("shell", "region"),
    [
        ({"AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "eu-west-1"}, "us-west-2"),
        ({"AWS_REGION": "us-west-2"}, "us-west-2"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({}, "eu-central-1"),
    ],
)
def test_the_region_is_that_of_aws_region_then_of_the_default_then_of_the_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shell: dict[str, str], region: str
) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-central-1\n", encoding="utf-8")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**shell, "AWS_CONFIG_FILE": str(tmp_path / "config")}.items():
        monkeypatch.setenv(name, value)
    assert find_configured_region() == region


EXPIRED = (
    "Signature expired: 20260301T233000Z is now earlier than 20260301T234500Z "
    "(20260302T000000Z - 15 min.)"
)
EARLY = (
    "Signature not yet current: 20260302T003000Z is still later than 20260302T001500Z "
    "(20260302T000000Z + 15 min.)"
)
OTHERWISE = "The request signature we calculated does not match the signature you provided."
CLOCK, LOGIN, PROFILE = "clock", "aws sso login", "AWS_PROFILE"
# AWS's code, its message, and what the hint speaks of: of nothing else of these three.
ANSWERS = [
    ("RequestTimeTooSkewed", "The difference between the request time and now is large.", [CLOCK]),
    ("SignatureDoesNotMatch", EXPIRED, [CLOCK]),
    ("SignatureDoesNotMatch", EARLY, [CLOCK]),
    ("InvalidSignatureException", EXPIRED, [CLOCK]),
    ("RequestInTheFuture", "The request is too far in the future.", [CLOCK]),
    ("SignatureDoesNotMatch", OTHERWISE, [LOGIN, PROFILE]),
    ("ExpiredToken", "The security token included in the request is expired", [LOGIN]),
]


def translated(call: Call, code: str, message: str) -> Fault:
    said = {"Code": code, "Message": message}
    answer = {"Error": said, "ResponseMetadata": {"HTTPStatusCode": 403}}
    return translate_error_answer(call, ClientError(answer, call.value.name))


@pytest.mark.parametrize(("code", "message", "words"), ANSWERS)
def test_a_clock_that_is_wrong_is_said_to_be_wrong_and_no_other(
    code: str, message: str, words: list[str]
) -> None:
    hint = translated(Call.DESCRIBE_STACKS, code, message).hint
    assert [one for one in (CLOCK, LOGIN, PROFILE) if one in hint] == words


PASS = "iam:PassRole on resource: arn:aws:iam::111111111111:role/bidopsai-cloudformation"


@pytest.mark.parametrize("call", [Call.CREATE_CHANGE_SET, Call.EXECUTE_CHANGE_SET])
def test_the_action_that_was_denied_is_the_one_to_allow(update: World, call: Call) -> None:
    update.deny(call, PASS)
    ended = update.deploy()
    assert ended.code in (3, 4), ended
    assert "Allow iam:PassRole" in ended.block
    assert f"Allow {call.text}" not in ended.block


def test_a_destruction_that_may_not_pass_its_role_says_so(world: World) -> None:
    world.settings(role_arn="arn:aws:iam::111111111111:role/bidopsai-cloudformation")
    world.standing()
    world.deny(Call.DELETE_STACK, PASS)
    world.destroy().hold(3, "Allow iam:PassRole")


def test_a_denial_that_names_no_action_names_our_call(update: World) -> None:
    fault = translated(Call.CREATE_CHANGE_SET, "AccessDenied", "Access Denied")
    assert "Allow cloudformation:CreateChangeSet" in fault.hint


def test_a_denial_of_another_action_while_watching_names_it(update: World) -> None:
    message = "kms:Decrypt because no identity-based policy allows the kms:Decrypt action"
    update.cloudformation.on_execute = lambda: update.deny(Call.DESCRIBE_STACKS, message)
    update.deploy().hold(7, "Allow kms:Decrypt")


def destroyed(world: World) -> None:
    world.standing()
    world.expect(world.destroy(), 0, "there is no stack bidopsai-dev-compute any more")


def undone(world: World) -> None:
    world.play.fails = "BffService"
    world.deploy().hold(1)


def cancelled_creation(world: World) -> None:
    world.person = Person("c\n")
    world.play.on_update = [(10, interrupt)]
    world.deploy().hold(1)


@pytest.mark.parametrize("seconds", [15, 60, 300])
@pytest.mark.parametrize("end", [destroyed, undone, cancelled_creation])
def test_a_cluster_that_is_gone_at_the_end_is_no_warning(
    first: World, end: Callable[[World], None], seconds: float
) -> None:
    first.play.seconds = seconds
    end(first)
    assert first.noticed == ""
