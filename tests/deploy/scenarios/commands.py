"""The commands as the scenarios run them; no other file of them knows the product's modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bidops_cfn.deploy.boto_client import find_configured_region, translate_error_answer
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.console import show_links
from bidops_cfn.deploy.destroy import destroy as destroy_stack
from bidops_cfn.deploy.execution import Options, Purpose
from bidops_cfn.deploy.faults import (
    AccessDenied,
    ExpiredCredentials,
    Fault,
    NotFound,
    Rejected,
    Throttled,
    Unavailable,
)
from bidops_cfn.deploy.log_lines import LogRequest, show_logs
from bidops_cfn.deploy.plan import Plan, execute_plan, format_plan, read_plan
from bidops_cfn.deploy.protection import make_stack_policy
from bidops_cfn.deploy.restart import restart as restart_services
from bidops_cfn.deploy.rollback import cancel as cancel_update
from bidops_cfn.deploy.rollback import rollback as roll_back
from bidops_cfn.deploy.status import status as report_status
from bidops_cfn.deploy.watch import show_operations
from bidops_cfn.deploy.watch import watch as watch_operation
from tests.deploy.scripted.changes import change
from tests.deploy.scripted.other import Other
from tests.deploy.scripted.world import Ended, Person, World
from tests.images import EVERY_IMAGE

__all__ = [
    "DEPLOY",
    "DESTROY",
    "EVERY_IMAGE",
    "ROLLBACK",
    "STATUS",
    "WATCH",
    "AccessDenied",
    "Call",
    "Ended",
    "ExpiredCredentials",
    "Fault",
    "NotFound",
    "Other",
    "Person",
    "Plan",
    "Rejected",
    "Throttled",
    "Unavailable",
    "World",
    "at_the_end_of_ours",
    "begin_update",
    "cancel",
    "change",
    "deny",
    "deploy",
    "destroy",
    "events",
    "execute",
    "find_configured_region",
    "format_plan",
    "links",
    "logs",
    "lose",
    "make_stack_policy",
    "noticed",
    "plan",
    "plan_to_file",
    "read_plan",
    "restart",
    "rollback",
    "screen",
    "status",
    "translate_error_answer",
    "watch",
]

WATCH = "bidops-cfn watch --env dev"
DEPLOY = "bidops-cfn deploy --env dev"
STATUS = "bidops-cfn status --env dev"
DESTROY = "bidops-cfn destroy --env dev"
ROLLBACK = "bidops-cfn rollback --env dev"


def deploy(world: World, **options: Any) -> Ended:
    """``deploy --env dev --yes``."""
    return world.deploy(**options)


def plan(world: World, *, drift: bool = False) -> Ended:
    """``plan --env dev``, with ``--drift``: shows, and keeps nothing."""
    return world.deploy(purpose=Purpose.SHOW, revert_drift=drift)


def plan_to_file(
    world: World, file: str = "plan.json", *, drift: bool = False
) -> tuple[Ended, Plan]:
    """``plan --env dev --out plan.json``, with ``--drift``, and what the file says."""
    taken: list[Plan] = []

    def take(made: Plan) -> str:
        taken.append(made)
        return f"Execute it: bidops-cfn deploy --env dev --plan {file}"

    ended = world.deploy(purpose=Purpose.KEEP, take=take, revert_drift=drift)
    assert ended.code == 0, ended
    return ended, taken[0]


def execute(world: World, made: Plan, **options: Any) -> Ended:
    """``deploy --env dev --plan plan.json --yes``."""
    chosen = Options(**{"yes": True, "minutes": 30.0, **options})
    return world.run(lambda: execute_plan(world.runtime, world.target, made, chosen))


def watch(world: World, minutes: float = 30.0) -> Ended:
    """``watch --env dev``."""
    return world.run(lambda: watch_operation(world.runtime, world.target, minutes))


def cancel(world: World, minutes: float = 30.0, *, yes: bool = True) -> Ended:
    """``cancel --env dev --yes``."""
    return world.run(lambda: cancel_update(world.runtime, world.target, minutes, yes=yes))


def rollback(world: World, *skipped: str, minutes: float = 30.0) -> Ended:
    """``rollback --env dev --yes``."""
    return world.run(lambda: roll_back(world.runtime, world.target, skipped, minutes, yes=True))


def destroy(world: World, minutes: float = 30.0, *, yes: bool = True) -> Ended:
    """``destroy --env dev --yes``."""
    return world.run(lambda: destroy_stack(world.runtime, world.target, minutes, yes=yes))


def status(world: World, *, drift: bool = False) -> Ended:
    """``status --env dev``, with ``--drift``."""
    return world.run(lambda: report_status(world.runtime, world.target, drift=drift))


def logs(world: World, **asked: Any) -> Ended:
    """``logs --env dev``."""
    return world.run(lambda: show_logs(world.runtime, world.target, LogRequest(**asked)))


def events(world: World, last: int = 5) -> Ended:
    """``events --env dev``."""
    return world.run(lambda: show_operations(world.runtime, world.target, last))


def links(
    world: World,
    kind: str = "stack",
    service: str = "",
    visit: Callable[[str], bool] | None = None,
) -> Ended:
    """``open --env dev``."""
    return world.run(lambda: show_links(world.runtime, world.target, kind, service, visit))


def restart(world: World, service: str = "", minutes: float = 30.0, *, yes: bool = True) -> Ended:
    """``restart --env dev --yes``."""
    return world.run(
        lambda: restart_services(world.runtime, world.target, service, minutes, yes=yes)
    )


def begin_update(world: World, *, fails: str = "") -> None:
    """Begin an update with a new image, in another terminal."""
    service, stack = world.cloudformation, world.stack
    world.play.fails = fails
    kept = [name for name in stack.parameters if name != "BffImage"]
    made = service.create_change_set(
        StackName=stack.name,
        ChangeSetName="bidops-cfn-theirs",
        ClientToken="bidops-cfn-theirs",
        ChangeSetType="UPDATE",
        Description="made in another terminal",
        TemplateBody=world.text,
        Capabilities=["CAPABILITY_IAM"],
        Tags=[{"Key": key, "Value": value} for key, value in world.environment.tags.items()],
        Parameters=[
            {"ParameterKey": "BffImage", "ParameterValue": ":1.4.2"},
            *({"ParameterKey": name, "UsePreviousValue": True} for name in kept),
        ],
    )
    service.execute_change_set(made["Id"], ClientRequestToken="bidops-cfn-theirs")


def deny(world: World, call: Call, permission: str = "") -> None:
    """Refuse the call from now on, as IAM does."""
    action = permission or call.text
    caller = "arn:aws:sts::111111111111:assumed-role/Deployer/night"
    message = f"User: {caller} is not authorized to perform: {action}"
    world.wire.always[call] = lambda: AccessDenied(call, message, "AccessDenied")


def lose(world: World, call: Call, *, arrives: bool) -> None:
    """Lose the answer to the next such call, which took effect if it ``arrives``."""
    planned = world.wire.after if arrives else world.wire.before
    planned[call] = [Unavailable(call, "the connection was closed without an answer")]


def screen(world: World) -> str:
    """Everything that was told while the command ran, in the words of its records."""
    return "\n".join(map(repr, world.output.records))


def noticed(world: World) -> str:
    """Every warning."""
    return "\n".join(map(repr, world.output.of("warning")))


def at_the_end_of_ours(world: World, happen: Callable[[], object]) -> None:
    """Let something happen the moment the next operation of the stack comes to its end."""

    def begin() -> None:
        world.stack.on_rest.append(happen)

    world.cloudformation.on_execute = begin
