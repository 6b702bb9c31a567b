"""The commands that an operator is told to type."""

from __future__ import annotations

from dataclasses import replace

from tests.deploy.scripted.world import World


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
    assert world.target.creation() == (
        "bidops-cfn deploy --env dev --image bff=1.4.2 --image agentcore=TAG"
    )


def test_what_a_plan_file_smuggles_in_is_no_command_of_its_own(world: World) -> None:
    world.images = {"bff": ":1; rm -r /"}
    assert world.target.command("plan") == "bidops-cfn plan --env dev --image 'bff=1; rm -r /'"
