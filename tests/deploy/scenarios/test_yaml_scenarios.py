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
from bidops_cfn.deploy.faults import ExpiredCredentials
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


@pytest.fixture
def no_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A shell that names no region, with a profile that does."""
    (tmp_path / "config").write_text("[default]\nregion = eu-central-1\n", encoding="utf-8")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return monkeypatch


def test_aws_region_comes_before_aws_default_region(no_region: pytest.MonkeyPatch) -> None:
    no_region.setenv("AWS_REGION", "us-west-2")
    no_region.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert find_configured_region() == "us-west-2"


def test_aws_region_comes_before_the_profile(no_region: pytest.MonkeyPatch) -> None:
    no_region.setenv("AWS_REGION", "us-west-2")
    assert find_configured_region() == "us-west-2"


def test_an_empty_aws_region_is_none(no_region: pytest.MonkeyPatch) -> None:
    no_region.setenv("AWS_REGION", "")
    no_region.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert find_configured_region() == "eu-west-1"


def test_the_profile_names_the_region_where_the_shell_does_not(
    no_region: pytest.MonkeyPatch,
) -> None:
    assert find_configured_region() == "eu-central-1"


EXPIRED = (
    "Signature expired: 20260301T233000Z is now earlier than 20260301T234500Z "
    "(20260302T000000Z - 15 min.)"
)
EARLY = (
    "Signature not yet current: 20260302T003000Z is still later than 20260302T001500Z "
    "(20260302T000000Z + 15 min.)"
)
SKEWED = [
    ("RequestTimeTooSkewed", "The difference between the request time and now is too large."),
    ("SignatureDoesNotMatch", EXPIRED),
    ("SignatureDoesNotMatch", EARLY),
    ("InvalidSignatureException", EXPIRED),
    ("RequestInTheFuture", "The request is too far in the future."),
]


def answered(code: str, message: str, status_code: int = 403) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status_code},
        },
        "DescribeStacks",
    )


@pytest.mark.parametrize(("code", "message"), SKEWED)
def test_a_clock_that_is_wrong_is_said_to_be_wrong(code: str, message: str) -> None:
    fault = translate_error_answer(Call.DESCRIBE_STACKS, answered(code, message))
    assert "clock" in fault.hint.lower()
    assert "aws sso login" not in fault.hint


def test_a_signature_that_does_not_match_otherwise_is_no_matter_of_the_clock() -> None:
    message = "The request signature we calculated does not match the signature you provided."
    fault = translate_error_answer(Call.DESCRIBE_STACKS, answered("SignatureDoesNotMatch", message))
    assert "clock" not in fault.hint.lower()
    assert "AWS_PROFILE" in fault.hint


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
    fault = translate_error_answer(
        Call.CREATE_CHANGE_SET, answered("AccessDenied", "Access Denied")
    )
    assert "Allow cloudformation:CreateChangeSet" in fault.hint


def test_a_denial_of_another_action_while_watching_names_it(update: World) -> None:
    message = "kms:Decrypt because no identity-based policy allows the kms:Decrypt action"
    update.cloudformation.on_execute = lambda: update.deny(Call.DESCRIBE_STACKS, message)
    update.deploy().hold(7, "Allow kms:Decrypt")


@pytest.mark.parametrize("seconds", [15, 60, 300])
def test_a_cluster_that_is_gone_after_a_destruction_is_no_warning(
    world: World, seconds: float
) -> None:
    world.standing()
    world.play.seconds = seconds
    world.expect(world.destroy(), 0, "there is no stack bidopsai-dev-compute any more")
    assert world.noticed == ""


@pytest.mark.parametrize("seconds", [15, 60, 300])
def test_a_cluster_that_is_gone_after_an_undone_creation_is_no_warning(
    first: World, seconds: float
) -> None:
    first.play.seconds = seconds
    first.play.fails = "BffService"
    assert first.deploy().code == 1
    assert first.noticed == ""


def test_a_cluster_that_is_gone_after_a_cancelled_creation_is_no_warning(first: World) -> None:

    first.person = Person("c\n")
    first.play.seconds = 60
    first.play.on_update = [(30, interrupt)]
    assert first.deploy().code == 1
    assert first.noticed == ""


def test_credentials_that_expire_are_no_matter_of_the_clock() -> None:
    message = "The security token included in the request is expired"
    fault = translate_error_answer(Call.DESCRIBE_STACKS, answered("ExpiredToken", message))
    assert isinstance(fault, ExpiredCredentials)
    assert "clock" not in fault.hint.lower()
