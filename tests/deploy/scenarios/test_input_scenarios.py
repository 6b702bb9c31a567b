"""Inputs as others write them: YAML templates, regions, clocks, permissions, no cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cfn_flip
import pytest
from botocore.exceptions import ClientError

from tests.deploy.scenarios.commands import (
    DEPLOY,
    Call,
    ExpiredCredentials,
    World,
    begin_update,
    cancel,
    find_configured_region,
    rollback,
    translate_error_answer,
)

UNREADABLE = "Resources:\n  Bff: {Type: [AWS::ECS::Service\n"


def in_yaml(world: World, **more: Any) -> World:
    """A stack whose template somebody updated in YAML, with short forms."""
    text = cfn_flip.to_yaml(world.text)
    assert "!Ref " in text
    assert "!GetAtt " in text
    assert "!Sub " in text
    world.standing(template=text, **more)
    return world


def test_an_update_of_a_stack_in_yaml_is_cancelled(world: World) -> None:
    in_yaml(world).play.seconds = 60
    begin_update(world)
    assert cancel(world).code == 0


def test_a_stack_with_an_unreadable_template_is_rolled_back(world: World) -> None:
    world.standing("UPDATE_FAILED").template = UNREADABLE
    world.expect(rollback(world), 0, DEPLOY)


@pytest.fixture
def no_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A shell that names no region, with a profile that does."""
    (tmp_path / "config").write_text("[default]\nregion = eu-central-1\n", encoding="utf-8")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return monkeypatch


def test_an_empty_aws_region_is_none(no_region: pytest.MonkeyPatch) -> None:
    no_region.setenv("AWS_REGION", "")
    no_region.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert find_configured_region() == "eu-west-1"


def test_the_profile_names_the_region_where_the_shell_does_not(
    no_region: pytest.MonkeyPatch,
) -> None:
    assert find_configured_region() == "eu-central-1"


def answered(code: str, message: str, status_code: int = 403) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status_code},
        },
        "DescribeStacks",
    )


def test_a_signature_that_does_not_match_otherwise_is_no_matter_of_the_clock() -> None:
    message = "The request signature we calculated does not match the signature you provided."
    fault = translate_error_answer(Call.DESCRIBE_STACKS, answered("SignatureDoesNotMatch", message))
    assert "clock" not in fault.hint.lower()
    assert "AWS_PROFILE" in fault.hint


def test_a_denial_that_names_no_action_names_our_call(update: World) -> None:
    fault = translate_error_answer(
        Call.CREATE_CHANGE_SET, answered("AccessDenied", "Access Denied")
    )
    assert "Allow cloudformation:CreateChangeSet" in fault.hint


def test_credentials_that_expire_are_no_matter_of_the_clock() -> None:
    message = "The security token included in the request is expired"
    fault = translate_error_answer(Call.DESCRIBE_STACKS, answered("ExpiredToken", message))
    assert isinstance(fault, ExpiredCredentials)
    assert "clock" not in fault.hint.lower()
