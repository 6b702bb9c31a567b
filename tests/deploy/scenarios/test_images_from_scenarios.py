"""``--images-from``: what runs in another environment, by its digest, or why it is not taken."""

from __future__ import annotations

import pytest

from bidops_cfn.cli.operation import uninterrupted
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import ExpiredCredentials, Throttled, Unavailable
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.running_images import take_running_images
from bidops_cfn.errors import Interrupted
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from tests.deploy.happenings import Change, refuse
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.world import World

A, B, C = (f"sha256:{letter * 64}" for letter in "abc")
HOST = "222222222222.dkr.ecr.us-east-1.amazonaws.com/bidopsai"


@pytest.fixture
def source(environments: dict[str, Environment]) -> World:
    """The environment test, in which two tasks of each service run."""
    world = World(environments["test"])
    world.standing(
        parameters={
            **{f"{one.title}Image": f"@{B}" for one in SERVICES},
            **{f"{one.title}DesiredCount": "0" for one in SERVICES},
            "BffImage": ":1.4.1",
        }
    )
    for one in SERVICES:
        name, digest = f"{one.title}Service", A if one.name == "bff" else B
        repository = one.repository.value.output.removesuffix("EcrRepositoryUri").lower()
        revision = world.ecs.service(name).rollouts[0]["targetServiceRevision"]["arn"]
        world.ecs.resolved[revision] = digest
        world.ecs.containers[name] = one.name
        for _ in range(2):
            world.ecs.start_task(name, one.name, f"{HOST}/{repository}:1.4.1", digest)
    return world


def take(source: World, world: World) -> Ended:
    """``deploy --images-from test --yes``: look there, then deploy here."""

    def look() -> Result:
        taken = take_running_images(source.runtime, source.target, world.target)
        world.images, world.sources = dict(taken.images), dict(taken.sources)
        return Result("ready", 0, "taken")

    ended = source.run(look)
    return ended if ended.error else world.deploy()


def test_what_runs_there_is_deployed_digest_for_digest(source: World, world: World) -> None:
    world.account.digests = {A: A, B: B}
    assert take(source, world).code == 0
    assert world.stack.parameters["BffImage"] == f":1.4.1@{A}"
    assert world.stack.parameters["AgentCoreImage"] == f"@{B}"
    assert f"bff 1.4.1, run by 2 tasks: {A}" in source.screen
    assert f"agentcore run by 2 tasks: {B}" in source.screen
    assert source.made(Call.CREATE_CHANGE_SET) == []
    ended = take(source, world)
    assert ended.done.outcome == "no changes"


def test_an_image_that_is_named_decides(source: World, world: World) -> None:
    world.images = {"bff": ":1.4.2"}
    assert take(source, world).code == 0
    assert world.stack.parameters["BffImage"] == ":1.4.2"
    assert world.stack.parameters["AgentCoreImage"] == f"@{B}"


def test_an_image_that_is_not_here_comes_with_the_command_that_copies_it(
    source: World, world: World
) -> None:
    world.account.images = {B}
    ended = take(source, world).hold(3)
    here = "111111111111.dkr.ecr.us-east-1.amazonaws.com/bidopsai/app"
    assert f"bff: {here} lacks {A}, which {HOST}/app has" in ended.said
    assert f"crane copy {HOST}/app@{A} {here}:1.4.1" in ended.said
    assert world.made(Call.CREATE_CHANGE_SET) == []


def test_a_tag_that_is_another_image_here_is_refused(source: World, world: World) -> None:
    world.account.digests = {A: A, B: B, "1.4.1": C}
    take(source, world).hold(3, f"bff: 1.4.1 is {C} in", f"--image bff={A}")


def containers(source: World) -> list[dict[str, str]]:
    return [task["containers"][0] for task in source.ecs.tasks]


def roll_out(source: World) -> None:
    service = source.ecs.service("BffService")
    service.deploy(f"{service.task_definition}0")


def untell(source: World) -> None:
    for one in containers(source):
        del one["imageDigest"]
    source.wire.unknown.add("DescribeServiceRevisions")


STRANGE = "ecs:DescribeTasks: the answer is not what AWS answers: it has no tasks"
UNCLEAR: dict[str, tuple[Change, str]] = {
    "other digest": (
        lambda source: containers(source)[0].update(imageDigest=C),
        "bff: its tasks run different images: ",
    ),
    "other revision": (
        lambda source: source.ecs.resolved.update(dict.fromkeys(source.ecs.resolved, C)),
        f"bff: its tasks run {A}, and its service revision says {C}",
    ),
    "rolling out": (roll_out, "bff: a rollout is in progress"),
    "stopped": (
        lambda source: [task.update(lastStatus="STOPPED") for task in source.ecs.tasks],
        "agentcore: no task of it runs",
    ),
    "untold": (untell, "bff: cannot tell which digest runs"),
    "gone": (lambda source: source.ecs.services.clear(), "bff: ECS has no such active service"),
    "updating": (
        lambda source: setattr(source.stack, "status", "UPDATE_IN_PROGRESS"),
        "bidopsai-test-compute is in UPDATE_IN_PROGRESS",
    ),
    "deleted": (
        lambda source: source.cloudformation.stacks.all.clear(),
        "there is no stack bidopsai-test-compute",
    ),
    "elsewhere": (
        lambda source: setattr(source.account, "account_id", "333333333333"),
        "--images-profile NAME",
    ),
    "denied": (
        lambda source: source.deny(Call.LIST_STACK_RESOURCES), "cloudformation:ListStackResources",
    ),
    "expired": (
        refuse(ExpiredCredentials, Call.DESCRIBE_SERVICES, why="the token has expired"),
        "the token has expired",
    ),
    "throttled": (refuse(Throttled, Call.LIST_TASKS), "AWS throttled ecs:ListTasks"),
    "strange": (
        lambda source: source.wire.handlers.update({Call.DESCRIBE_TASKS: lambda **_: {}}), STRANGE,
    ),
    "silent": (refuse(Unavailable, Call.DESCRIBE_TASKS), "no answer from AWS to ecs:DescribeTasks"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "said"), UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_not_clear_is_not_taken(
    source: World, world: World, spoil: Change, said: str
) -> None:
    spoil(source)
    take(source, world).hold(3, "the images of test cannot be taken", said)
    assert world.wire.calls == []


def test_tasks_that_may_not_be_looked_at_leave_the_revision_and_are_said(
    source: World, world: World
) -> None:
    source.deny(Call.LIST_TASKS)
    assert take(source, world).code == 0
    assert world.stack.parameters["BffImage"] == f":1.4.1@{A}"
    assert f"bff 1.4.1, whose tasks may not be seen: {A}" in source.screen


@pytest.mark.parametrize("number", range(1, 9))
def test_an_interrupt_while_looking_there_begins_nothing_here(
    source: World, world: World, number: int
) -> None:
    source.wire.stop = (number, "before")
    with pytest.raises(Interrupted, match="before anything was executed"):
        uninterrupted(lambda: take(source, world).result or Result("failed", 1, "it goes on"))
    assert world.wire.calls == []
