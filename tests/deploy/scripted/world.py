"""A whole scripted world: an AWS, a clock, a person, a target, and what a run leaves behind."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bidops_cfn import logical_ids
from bidops_cfn.compute import template as templates
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.deploy import deploy
from bidops_cfn.deploy.execution import Options
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Notice, Record, Result, build_line
from bidops_cfn.deploy.runtime import OutputClosed, Runtime, StackIdFolder
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import find_imports
from bidops_cfn.errors import BidopsCfnError
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import AGENTCORE, BFF, SERVICES, Service
from bidops_cfn_sandbox.engine.service import EcsService
from tests.deploy.scripted.account import ScriptedAccount
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.cloudformation import ScriptedCloudFormation
from tests.deploy.scripted.ecs import CLUSTER, ScriptedEcs
from tests.deploy.scripted.logs import ScriptedLogs
from tests.deploy.scripted.network import ScriptedNetwork, export_value
from tests.deploy.scripted.script import Script
from tests.deploy.scripted.stack import ScriptedStack
from tests.deploy.scripted.told import hold_commands, validate_text
from tests.deploy.scripted.wire import ScriptedWire
from tests.images import EVERY_IMAGE, as_parameters

IMAGES = as_parameters({**EVERY_IMAGE, "bff": ":1.4.1"})
COUNTS = {f"{one.title}DesiredCount": "0" for one in SERVICES}


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


class Recorder:
    """An output that keeps what it is told, and holds every line against the schema."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.records: list[Record] = []
        self.times: list[float] = []  # when each was told, on the clock
        self.deaf = False  # the reader has gone

    def emit(self, record: Record) -> None:
        if self.deaf:
            raise OutputClosed
        validate_text(json.dumps(build_line(record)))
        if isinstance(record, Notice):
            hold_commands("\n".join(record.details))
        self.records.append(record)
        self.times.append(self.clock.elapsed)

    def status(self, text: str) -> None:
        assert text

    def first(self, text: str) -> float:
        """Return when ``text`` was first shown, in seconds on the clock; infinite if never."""
        shown = zip(self.records, self.times, strict=True)
        return next((at for one, at in shown if text in json.dumps(build_line(one))), float("inf"))

    def of(self, kind: str) -> list[Any]:
        return [record for record in self.records if record.type == kind]


class KeptIds(StackIdFolder):
    """The ids of stacks that a user's folder keeps."""

    def __init__(self) -> None:
        super().__init__(None)
        self.ids: dict[str, str] = {}

    def keep(self, stack_id: str) -> None:
        self.ids[stack_id.split("/")[1]] = stack_id

    def find(self, account_id: str, region: str, name: str) -> str:
        return self.ids.get(name, "")


class Person:
    """A person at a terminal who answers, or interrupts; no terminal without answers."""

    def __init__(self, *answers: str | BaseException) -> None:
        self.interactive = bool(answers)
        self.answers = list(answers)
        self.questions: list[str] = []

    def ask(self, question: str) -> str:
        self.questions.append(question)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def interrupt() -> None:
    """Press Ctrl-C: what a scenario lets happen at some time."""
    raise KeyboardInterrupt


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, its result or error, and the last line of its block."""

    code: int
    result: Result | None = None
    error: BidopsCfnError | None = None

    @property
    def last(self) -> str:
        """The last thing that is printed."""
        if self.error is not None:
            return (self.error.hint or str(self.error)).splitlines()[-1]
        assert self.result is not None
        return (self.result.next or self.result.summary).splitlines()[-1]

    @property
    def block(self) -> str:
        """The whole last block, of a success or of a failure."""
        if self.result is not None:
            one = self.result
            return "\n".join([one.summary, *one.details, one.next])
        return self.said

    @property
    def said(self) -> str:
        """The whole failure block."""
        assert self.error is not None
        return "\n".join([str(self.error), *self.error.details, self.error.hint])


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
        for name in find_imports(json.loads(self.text)):
            self.exports[name] = export_value(name)
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

    def deploy(self, **options: Any) -> Ended:
        """Deploy with --yes unless told otherwise."""
        chosen = Options(**{"yes": True, "minutes": 30.0, **options})
        return self.run(lambda: deploy(self.runtime, self.target, chosen))

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
        self, ended: Ended, code: int, last: str, *, executed: int = 0, left: Sequence[str] = ()
    ) -> None:
        """Hold a run against what a scenario is about: code, last line, execution, leavings."""
        assert ended.code == code, ended
        assert last in ended.last, ended
        assert len(self.made(Call.EXECUTE_CHANGE_SET)) == executed
        assert self.cloudformation.left_behind() == list(left)

    def made(self, call: Call) -> list[dict[str, Any]]:
        return self.wire.made(call)
