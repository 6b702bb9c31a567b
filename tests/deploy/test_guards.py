"""What keeps a deployment from beginning: replacements, exports in use, counts, and a no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.deploy import deploy
from bidops_cfn.deploy.execution import Options
from bidops_cfn.settings.services import SERVICES
from tests.deploy.scripted.changes import change
from tests.deploy.scripted.run import Ended, Person
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE, as_parameters


def parameter(world: World, name: str) -> dict[str, Any]:
    """A parameter of the last change set that was asked for."""
    asked = world.made(Call.CREATE_CHANGE_SET)[-1]
    found: dict[str, Any] = next(one for one in asked["Parameters"] if one["ParameterKey"] == name)
    return found


def replaced(world: World, logical_id: str = "BffService") -> None:
    """Script a change set that replaces a service."""
    arn = world.stack.physical_id(logical_id)
    world.cloudformation.changes = [
        change("Modify", logical_id, "AWS::ECS::Service", replacement="True", physical=arn)
    ]


def test_replacing_a_service_is_refused_even_with_yes(world: World) -> None:
    world.standing()
    replaced(world)
    world.expect(world.deploy(), 3, "--allow-replacement BffService")
    assert world.output.of("change")[0].guarded


def test_a_service_that_is_replaced_gets_the_count_that_runs_now(world: World) -> None:
    world.standing()
    replaced(world)
    world.expect(world.deploy(allowed=frozenset({"BffService"})), 0, "UPDATE_COMPLETE", executed=1)
    assert len(world.made(Call.CREATE_CHANGE_SET)) == 2
    assert parameter(world, "BffDesiredCount")["ParameterValue"] == "5"
    assert parameter(world, "AgentCoreDesiredCount")["ParameterValue"] == "0"
    assert world.made(Call.SET_STACK_POLICY) == []  # the settings ask for no protection


@pytest.mark.parametrize(
    "refused",
    [
        *(
            change("Remove", "Thing", f"AWS::{type_}")
            for type_ in (
                "ECS::Cluster",
                "ElasticLoadBalancingV2::TargetGroup",
                "ServiceDiscovery::PrivateDnsNamespace",
                "ServiceDiscovery::Service",
                "ECS::Service",
            )
        ),
        change("Modify", "Thing", "AWS::ECS::Cluster", replacement="Conditional"),
    ],
)
def test_removing_what_the_application_runs_on_is_refused(
    world: World, refused: dict[str, Any]
) -> None:
    world.standing()
    world.cloudformation.changes = [refused]
    world.expect(world.deploy(), 3, "--allow-replacement Thing")


def test_an_export_that_a_replacement_alters_and_another_stack_imports_is_refused(
    update: World,
) -> None:
    name = "bidopsai-dev-compute-BffTaskDefinitionArn"
    update.cloudformation.importers[name] = ["monitoring"]
    ended = update.deploy().hold(3, f"{name}: imported by monitoring")
    update.expect(ended, 3, "Deploy the importing stacks without these imports first.")


def test_a_new_image_rolls_out_and_the_other_service_keeps_its_own(update: World) -> None:
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert update.stack.parameters["BffImage"] == ":1.4.2"
    assert update.stack.parameters["AgentCoreImage"] == ":2.0.0"
    assert parameter(update, "AgentCoreImage")["UsePreviousValue"] is True
    assert parameter(update, "BffDesiredCount")["ParameterValue"] == "0"
    assert update.ecs.service("BffService").desired == 5  # scaled out, and left alone
    rows = {row.logical_id: row for row in update.output.of("change")}
    assert rows["BffTaskDefinition"].replacement == "True"  # which needs no permission
    assert not rows["BffTaskDefinition"].guarded


def test_the_first_update_after_a_creation_warns_of_what_its_rollback_would_scale_in(
    first: World,
) -> None:
    first.deploy()
    first.ecs.service("BffService").desired = first.ecs.service("BffService").running = 6
    first.images = {"bff": ":1.4.3"}
    first.expect(first.deploy(), 0, "UPDATE_COMPLETE", executed=2)
    (notice,) = first.output.of("warning")
    assert notice.message == (
        "if this update is rolled back, CloudFormation sets BffService from 6 to 2 tasks"
    )
    first.output.records.clear()
    first.images = {"bff": ":1.4.4"}
    first.expect(first.deploy(), 0, "UPDATE_COMPLETE", executed=3)
    assert first.output.of("warning") == []


def test_a_service_that_is_new_to_the_stack_gets_the_settings_count(world: World) -> None:
    known = {**as_parameters(EVERY_IMAGE), **{f"{one.title}DesiredCount": "2" for one in SERVICES}}
    parameters = {key: value for key, value in known.items() if not key.startswith("AgentCore")}
    world.standing(parameters=parameters)
    world.images = {"agentcore": ":2.0.0"}
    world.deploy()
    assert parameter(world, "AgentCoreDesiredCount")["ParameterValue"] == "2"
    assert parameter(world, "BffDesiredCount")["ParameterValue"] == "0"


def test_no_terminal_and_no_yes_executes_nothing(update: World) -> None:
    retyped = "bidops-cfn plan --env dev --out plan.json --image bff=1.4.2"
    update.expect(update.deploy(yes=False), 8, retyped)
    assert update.wire.calls == []  # the question comes before the work


def test_a_local_aws_keeps_no_plan_for_later(update: World) -> None:
    there, options = replace(update.target, local=True), Options(yes=False, minutes=30.0)
    ended = update.run(lambda: deploy(update.runtime, there, options))
    update.expect(ended, 8, "plan first: bidops-cfn plan --env dev --image bff=1.4.2 --sandbox")


def test_a_declined_creation_leaves_no_placeholder(first: World) -> None:
    first.person = Person("n")
    first.expect(first.deploy(yes=False), 8, "our change set is deleted")
    assert first.cloudformation.stack(first.environment.stack_name) is None


@pytest.mark.parametrize("command", [World.cancel, World.destroy, World.restart, World.rollback])
def test_no_command_that_asks_begins_where_no_answer_can_come(
    update: World, command: Callable[..., Ended]
) -> None:
    update.expect(command(update, yes=False), 8, "Add --yes")
    assert update.wire.calls == []


@pytest.mark.parametrize(
    ("named", "answer", "code"),
    [
        *((False, answer, 8) for answer in ("", "n\n", "no", "dev", "yes please")),
        (False, "y\n", 0),
        *((True, answer, 8) for answer in ("y\n", "prod\n")),
        (True, "dev\n", 0),
    ],
)
def test_everything_but_yes_or_the_name_where_that_is_wanted_means_no(
    update: World, answer: str, code: int, *, named: bool
) -> None:
    update.settings(confirm_name=named)
    update.person = Person(answer)
    last = "our change set is deleted" if code else "UPDATE_COMPLETE"
    update.expect(update.deploy(yes=False), code, last, executed=int(not code))
    assert "dev (111111111111, us-east-1)" in update.person.questions[0]


@pytest.mark.parametrize(
    ("status", "command", "last"),
    [
        ("UPDATE_IN_PROGRESS", World.cancel, "the update goes on"),
        ("UPDATE_ROLLBACK_FAILED", World.rollback, "nothing was rolled back"),
    ],
)
def test_what_is_declined_speaks_of_no_change_set(
    world: World, status: str, command: Callable[..., Ended], last: str
) -> None:
    world.standing(status)
    world.person = Person("n")
    world.expect(command(world, yes=False), 8, last)
    assert world.stack.status == status
