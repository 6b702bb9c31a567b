"""A whole scripted world: an AWS, a clock, a person, a target, and what a run leaves behind."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from bidops_cfn import logical_ids
from bidops_cfn.compute import template as templates
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.console import show_links
from bidops_cfn.deploy.deploy import deploy
from bidops_cfn.deploy.destroy import destroy
from bidops_cfn.deploy.execution import Options, Purpose
from bidops_cfn.deploy.faults import AccessDenied, Unavailable
from bidops_cfn.deploy.log_lines import show_logs
from bidops_cfn.deploy.plan import Plan, execute_plan
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Result, build_line
from bidops_cfn.deploy.restart import restart
from bidops_cfn.deploy.rollback import cancel, rollback
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.status import status
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import find_stack_references, prepare_body
from bidops_cfn.deploy.watch import show_operations, watch
from bidops_cfn.errors import BidopsCfnError
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Export
from bidops_cfn.settings.services import AGENTCORE, BFF, SERVICES, Service
from bidops_cfn_sandbox.engine.service import EcsService
from tests.deploy.scripted.account import ScriptedAccount
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.cloudformation import ScriptedCloudFormation
from tests.deploy.scripted.ecs import CLUSTER, ScriptedEcs
from tests.deploy.scripted.logs import ScriptedLogs
from tests.deploy.scripted.network import ScriptedNetwork, export_value
from tests.deploy.scripted.run import Ended, KeptIds, Person, Recorder, hold_commands, validate_text
from tests.deploy.scripted.script import Script
from tests.deploy.scripted.stack import ScriptedStack
from tests.deploy.scripted.wire import ScriptedWire
from tests.images import EVERY_IMAGE, as_parameters

WATCH = "bidops-cfn watch --env dev"
DEPLOY = "bidops-cfn deploy --env dev"
STATUS = "bidops-cfn status --env dev"
DESTROY = "bidops-cfn destroy --env dev"
IMAGES = as_parameters({**EVERY_IMAGE, "bff": ":1.4.1"})
COUNTS = {f"{one.title}DesiredCount": "0" for one in SERVICES}


@cache
def list_exports(text: str) -> dict[str, str]:
    """The exports that a template imports, with a plausible value of each."""
    found = find_stack_references(json.loads(text))
    return {one.name: export_value(one.name) for one in found if isinstance(one, Export)}


_texts: dict[str, str] = {}


def rendered(environment: Environment, services: Sequence[Service] = SERVICES) -> str:
    """The template of an environment, rendered once for the same settings."""
    settings = repr((environment, services))
    if settings not in _texts:
        _texts[settings] = templates.render(environment, services)
    return _texts[settings]


# A public service and a private one, each in a tier of its own, whatever else the model has.
PAIR = (BFF, AGENTCORE)


def of_pair(environment: Environment) -> World:
    """A world of these two services alone, for what counts services, subnets or imports."""
    settings = {one.name: environment.services[one.name] for one in PAIR}
    return World(dataclasses.replace(environment, services=settings), services=PAIR)


@dataclass
class World:
    environment: Environment
    person: Person = field(default_factory=Person)
    clock: VirtualClock = field(default_factory=VirtualClock)
    services: Sequence[Service] = SERVICES

    def __post_init__(self) -> None:
        self.wire = ScriptedWire(self.clock)
        self.ecs = ScriptedEcs(self.wire, self.clock)
        self.cloudformation = ScriptedCloudFormation(self.wire, self.clock, self.ecs)
        self.account = ScriptedAccount(
            self.wire, self.environment.account_id, self.environment.network.s3_prefix_list_id
        )
        self.network = ScriptedNetwork(self.wire)
        self.logs = ScriptedLogs(self.wire, self.clock)
        self.output = Recorder(self.clock)
        self.text = rendered(self.environment, self.services)
        self.exports = self.cloudformation.exports
        self.exports.update(list_exports(self.text))
        self.images: dict[str, str] = {}
        self.repositories: dict[str, str] = {}
        self.sources: dict[str, str] = {}  # repositories that have the images
        self.committed: str | None = self.text
        self.findings: tuple[str, ...] = ()
        self.bucket: str | None = None
        self.assumptions = {
            "A4": "NetworkStack's `PrivateAgentSubnetIds`: no default route",
            "A5": "NetworkStack's `VpcEndpointSecurityGroupId`: endpoints alone",
            "A6": "NetworkStack's `DatabaseSecurityGroupId`: databases alone",
            "A7": "the prefix list is S3's; the gateway endpoint's policy bounds it",
            "A11": "NetworkStack's `AlbSecurityGroupId`: the load balancer alone",
        }
        self.stack_ids = KeptIds()
        self._words = count(1)

    @property
    def play(self) -> Script:
        return self.cloudformation.play

    @property
    def target(self) -> Target:
        known = {one.name for one in self.services}
        return Target(
            environment=self.environment,
            rendered=self.text,
            committed=self.committed,
            path=f"templates/{self.environment.name}/compute.json",
            findings=lambda: self.findings,
            images={name: image for name, image in self.images.items() if name in known},
            repositories=self.repositories,
            sources=self.sources,
            assumptions=lambda: self.assumptions,
            bucket=self.bucket,
            services=self.services,
        )

    @property
    def runtime(self) -> Runtime:
        return Runtime(
            client=self.wire,
            clock=self.clock,
            output=self.output,
            terminal=self.person,
            chance=lambda: 0.5,
            unique=lambda: f"{next(self._words):08x}" * 4,
            stack_ids=self.stack_ids,
        )

    @property
    def context(self) -> DeploymentContext:
        return DeploymentContext(self.wire, self.target, self.clock)

    @property
    def stack(self) -> ScriptedStack:
        found = self.cloudformation.stack(self.environment.stack_name)
        assert found is not None
        return found

    def standing(self, status: str = "UPDATE_COMPLETE", **more: Any) -> ScriptedStack:
        """A stack that runs this very template and was updated before; 5 tasks of bff run."""
        titles = tuple(one.title for one in self.services)
        kept = {k: v for k, v in {**IMAGES, **COUNTS}.items() if k.startswith(titles)}
        parameters = more.get("parameters", kept)
        stack = self.cloudformation.stacks.stand(
            self.environment.stack_name,
            status,
            more.get("template", self.text),
            {**kept, **parameters},
            more.get("tags", dict(self.environment.tags)),
        )
        stack.parameters = dict(parameters)
        stack.termination_protection = more.get("protected", False)
        stack.policy = more.get("policy")
        for one in stack.resources.values():
            if one.type == "AWS::CloudWatch::Alarm":
                self.account.alarms[one.made.physical_id] = "OK"
        self.ecs.services.clear()
        for model in self.services:
            desired = 5 if model.public else 2
            arn = stack.physical_id(logical_ids.ecs_service(model))
            definition = stack.physical_id(logical_ids.task_definition(model))
            service = EcsService(self.clock, arn, desired, definition, cluster_arn=CLUSTER)
            service.deploy(definition, "COMPLETED")
            service.complete()
            self.ecs.services[arn] = service
        return stack

    def count_alarms(self) -> int:
        """How many alarms the stack has."""
        found = self.stack.resources.values()
        return sum(one.type == "AWS::CloudWatch::Alarm" for one in found)

    def placeholder(self) -> ScriptedStack:
        """The empty stack that a first change set made."""
        name = self.environment.stack_name
        return self.cloudformation.stacks.stand(name, "REVIEW_IN_PROGRESS")

    def settings(self, **changes: Any) -> None:
        """Change the environment's deploy settings."""
        deploy_ = dataclasses.replace(self.environment.deploy, **changes)
        self.environment = dataclasses.replace(self.environment, deploy=deploy_)

    def edit(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change what renders (and is committed)."""
        document = json.loads(self.text)
        change(document)
        self.text = self.committed = templates.canonical(document)

    # The commands, as they are typed with --yes unless told otherwise.

    def deploy(self, **options: Any) -> Ended:
        chosen = Options(**{"yes": True, "minutes": 30.0, **options})
        return self.run(lambda: deploy(self.runtime, self.target, chosen))

    def plan(self, *, drift: bool = False) -> Ended:
        """``plan``, with ``--drift``: shows, and keeps nothing."""
        return self.deploy(purpose=Purpose.SHOW, revert_drift=drift)

    def plan_to_file(self, *, drift: bool = False) -> tuple[Ended, Plan]:
        """``plan --out plan.json``, with ``--drift``, and what the file says."""
        taken: list[Plan] = []

        def take(made: Plan) -> str:
            taken.append(made)
            return "Execute it: bidops-cfn deploy --env dev --plan plan.json"

        ended = self.deploy(purpose=Purpose.KEEP, take=take, revert_drift=drift).hold(0)
        return ended, taken[0]

    def execute(self, made: Plan, **options: Any) -> Ended:
        """``deploy --plan plan.json``."""
        chosen = Options(**{"yes": True, "minutes": 30.0, **options})
        return self.run(lambda: execute_plan(self.runtime, self.target, made, chosen))

    def watch(self, minutes: float = 30.0) -> Ended:
        return self.run(lambda: watch(self.runtime, self.target, minutes))

    def cancel(self, minutes: float = 30.0, *, yes: bool = True) -> Ended:
        return self.run(lambda: cancel(self.runtime, self.target, minutes, yes=yes))

    def rollback(self, *skipped: str, yes: bool = True) -> Ended:
        return self.run(lambda: rollback(self.runtime, self.target, skipped, 30.0, yes=yes))

    def destroy(self, minutes: float = 30.0, *, yes: bool = True) -> Ended:
        return self.run(lambda: destroy(self.runtime, self.target, minutes, yes=yes))

    def status(self, *, drift: bool = False) -> Ended:
        return self.run(lambda: status(self.runtime, self.target, drift=drift))

    def read_logs(
        self,
        since: datetime | timedelta = timedelta(hours=1),
        service: str = "",
        text: str = "",
        *,
        follow: bool = False,
    ) -> Ended:
        """``logs``."""
        asked = (since, service, text)
        return self.run(lambda: show_logs(self.runtime, self.target, *asked, follow=follow))

    def events(self, last: int = 5) -> Ended:
        return self.run(lambda: show_operations(self.runtime, self.target, last))

    def links(
        self,
        kind: str = "stack",
        service: str = "",
        visit: Callable[[str], bool] | None = None,
    ) -> Ended:
        """``open``."""
        return self.run(lambda: show_links(self.runtime, self.target, kind, service, visit))

    def restart(self, service: str = "", minutes: float = 30.0, *, yes: bool = True) -> Ended:
        return self.run(lambda: restart(self.runtime, self.target, service, minutes, yes=yes))

    def run(self, action: Callable[[], Result]) -> Ended:
        try:
            result = action()
        except BidopsCfnError as error:
            ended = Ended(error.exit_code, error=error)
            hold_commands(ended.said)
            return ended
        hold_commands("\n".join([*result.details, result.next]))
        validate_text(json.dumps(build_line(result)))
        return Ended(result.exit_code, result=result)

    def expect(
        self,
        ended: Ended,
        code: int,
        last: str,
        *says: str,
        executed: int = 0,
        left: Sequence[str] = (),
    ) -> Ended:
        """Hold a run against its code, last line, last block, executions and what it leaves."""
        ended.hold(code, *says)
        assert last in ended.last, ended
        assert len(self.made(Call.EXECUTE_CHANGE_SET)) == executed
        assert self.cloudformation.left_behind() == list(left)
        return ended

    def made(self, call: Call) -> list[dict[str, Any]]:
        return self.wire.made(call)

    # What others do, and what goes wrong.

    def begin_update(self, *, fails: str = "") -> None:
        """Begin an update with a new image, in another terminal."""
        self.play.fails = fails
        kept = [name for name in self.stack.parameters if name != "BffImage"]
        made = self.cloudformation.create_change_set(
            StackName=self.stack.name,
            ChangeSetName="bidops-cfn-theirs",
            ClientToken="bidops-cfn-theirs",
            ChangeSetType="UPDATE",
            Description="made in another terminal",
            TemplateBody=prepare_body(self.text),
            Capabilities=["CAPABILITY_IAM"],
            Tags=[{"Key": key, "Value": value} for key, value in self.environment.tags.items()],
            Parameters=[
                {"ParameterKey": "BffImage", "ParameterValue": ":1.4.2"},
                *({"ParameterKey": name, "UsePreviousValue": True} for name in kept),
            ],
        )
        self.cloudformation.execute_change_set(made["Id"], ClientRequestToken="bidops-cfn-theirs")

    def at_the_end_of_ours(self, happen: Callable[[], object]) -> None:
        """Let something happen the moment the next operation of the stack comes to its end."""
        self.cloudformation.on_execute = lambda: self.stack.on_rest.append(happen)

    def deny(self, call: Call, permission: str = "") -> None:
        """Refuse the call from now on, as IAM does."""
        caller = "arn:aws:sts::111111111111:assumed-role/Deployer/night"
        message = f"User: {caller} is not authorized to perform: {permission or call.text}"
        self.wire.refuse(AccessDenied, call, why=message, code="AccessDenied")

    def lose(self, call: Call, *, arrives: bool) -> None:
        """Lose the answer to the next such call, which took effect if it ``arrives``."""
        planned = self.wire.after if arrives else self.wire.before
        planned[call] = [Unavailable(call, "the connection was closed without an answer")]

    @property
    def screen(self) -> str:
        """Everything that was told while the command ran, in the words of its records."""
        return "\n".join(map(repr, self.output.records))

    @property
    def noticed(self) -> str:
        """Every warning."""
        return "\n".join(map(repr, self.output.of("warning")))
