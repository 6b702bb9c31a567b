"""The commands that an operator is told to type, and the image references that they take."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.compute.template import IMAGE_PATTERN
from bidops_cfn.deploy.target import (
    GivenImages,
    format_image,
    make_image_identifier,
    parse_image,
    parse_images,
)
from bidops_cfn.errors import UsageError
from bidops_cfn.settings.services import SERVICES
from tests.conftest import REPOSITORY
from tests.deploy.scripted.world import World
from tests.images import typed


def test_a_command_that_takes_images_names_them_again(world: World) -> None:
    world.images = {"bff": ":1.4.2", "agentcore": f"@sha256:{'0' * 64}"}
    images = f"--image bff=1.4.2 --image agentcore=sha256:{'0' * 64}"
    assert world.target.command("deploy") == f"bidops-cfn deploy --env dev {images}"
    assert world.target.command("plan", "--out", "plan.json").endswith(f"plan.json {images}")
    assert world.target.command("preflight") == f"bidops-cfn preflight --env dev {images}"
    assert world.target.command("watch") == "bidops-cfn watch --env dev"


def test_a_command_for_a_big_template_names_the_bucket_again(world: World) -> None:
    world.bucket = "templates"
    assert world.target.command("deploy") == "bidops-cfn deploy --env dev --s3-bucket templates"
    assert world.target.command("status") == "bidops-cfn status --env dev"


def test_a_deployment_to_a_local_aws_is_repeated_there(world: World) -> None:
    target = replace(world.target, local=True)
    assert target.command("deploy") == "bidops-cfn deploy --env dev --sandbox"
    assert target.command("check") == "bidops-cfn check --env dev"


def test_a_creation_asks_for_the_images_that_are_not_named(world: World) -> None:
    world.images = {"bff": ":1.4.2"}
    assert world.target.creation() == (f"bidops-cfn deploy --env dev {typed(world.images)}")


def test_what_a_plan_file_smuggles_in_is_no_command_of_its_own(world: World) -> None:
    world.images = {"bff": ":1; rm -r /"}
    assert world.target.command("plan") == "bidops-cfn plan --env dev --image 'bff=1; rm -r /'"


def test_a_command_of_aws_goes_to_the_same_account_and_region(world: World) -> None:
    assert world.target.aws("sns list-topics") == "aws sns list-topics"
    target = replace(world.target, access=("--profile", "my own", "--region", "us-east-1"))
    assert target.aws("iam get-role --role-name R") == (
        "aws iam get-role --role-name R --profile 'my own' --region us-east-1"
    )
    assert target.aws("ec2 describe-vpcs", "eu-west-1") == (
        "aws ec2 describe-vpcs --profile 'my own' --region eu-west-1"
    )


def test_no_hint_names_a_command_of_aws_without_profile_and_region() -> None:
    loose = [
        f"{path.name}: {node.value.strip()}"
        for path in sorted((REPOSITORY / "bidops_cfn" / "deploy").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.search(r"(?m)^(.*[ :])?aws [a-z0-9-]+ [a-z]", node.value)
    ]
    # A login names its own profile, and another account has credentials of its own.
    assert [one.partition(":")[0] for one in loose] == ["faults.py", "neighbours.py"], loose


DIGEST = "sha256:" + "0a" * 32


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1.4.2", ":1.4.2"),
        (":1.4.2", ":1.4.2"),
        ("v1", ":v1"),
        ("latest-1", ":latest-1"),
        (DIGEST, f"@{DIGEST}"),
        (f"@{DIGEST}", f"@{DIGEST}"),
        (f"1.4.2@{DIGEST}", f":1.4.2@{DIGEST}"),
    ],
)
def test_a_tag_and_a_digest_become_the_parameters_value(typed: str, value: str) -> None:
    assert parse_image(typed) == value


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "latest",
        ":latest",
        "-1",
        "a b",
        "a/b",
        "x" * 129,
        "sha256:0A",
        DIGEST.upper(),
        "1\n",
        "1@x",
    ],
)
def test_what_is_no_reference_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"tag|digest"):
        parse_image(typed)


@given(st.text(max_size=140))
def test_whatever_is_accepted_satisfies_the_template(typed: str) -> None:
    import re

    try:
        value = parse_image(typed)
    except ValueError:
        return
    assert re.fullmatch(IMAGE_PATTERN, value)
    assert parse_image(format_image(value)) == value


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        parse_images(["bff", "web=1", "bff=latest", "agentcore=1", "agentcore=2"], SERVICES)
    assert len(caught.value.details) == 4
    assert "--image bff=1.4.2" in caught.value.hint


def test_images_are_found_by_service() -> None:
    assert parse_images(["bff=1.4.2", f"agentcore={DIGEST}"], SERVICES) == GivenImages(
        {"bff": ":1.4.2", "agentcore": f"@{DIGEST}"}
    )


@pytest.mark.parametrize(
    ("image", "value"),
    [
        (":1.4.2", ":1.4.2"),
        (f"@{DIGEST}", f"@{DIGEST}"),
        (f":1.4.2@{DIGEST}", f":1.4.2@{DIGEST}"),
    ],
)
@pytest.mark.parametrize(
    "repository",
    [
        "111111111111.dkr.ecr.us-east-1.amazonaws.com/bidopsai/app",
        "111111111111.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app",
        "111111111111.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/a/b/c",
    ],
)
def test_an_image_with_its_repository_is_taken_apart(
    repository: str, image: str, value: str
) -> None:
    assert parse_images([f"bff={repository}{image}"], SERVICES) == GivenImages(
        {"bff": value}, {"bff": repository}
    )


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("docker.io/library/node:22", "not an image in ECR: ACCOUNT.dkr.ecr.REGION"),
        ("111111111111.dkr.ecr.us-east-1.amazonaws.com/app", "not an image in ECR"),
        ("111111111111.dkr.ecr.us-east-1.amazonaws.com/app:", "not a tag"),
        ("111111111111.dkr.ecr.us-east-1.amazonaws.com/app:latest", 'the tag "latest" moves'),
        ("111111111111.dkr.ecr.us-east-1.amazonaws.com/app@sha256:1", "a digest is sha256: and 64"),
    ],
)
def test_an_image_of_elsewhere_is_refused(image: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_images([f"bff={image}"], SERVICES)
    assert said in caught.value.details[0]


def test_ecr_is_asked_for_a_tag_or_a_digest() -> None:
    assert make_image_identifier(":1.4.2") == {"imageTag": "1.4.2"}
    assert make_image_identifier(f"@{DIGEST}") == {"imageDigest": DIGEST}
    assert make_image_identifier(f":1.4.2@{DIGEST}") == {"imageDigest": DIGEST}
