"""A scripted stack: its state, its events, and how late reads of it may be."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import cfn_flip

from bidops_cfn_sandbox.engine.answers import make_event
from tests.deploy.scripted.clock import VirtualClock

Json = dict[str, Any]


@dataclass
class Lag:
    """How late DescribeStacks is, in seconds after the event with which an operation ended.

    Until then it shows the last state of rest before that event: status, time of the update and
    change set. ``relapses`` lets reads show the operation while it runs, and the old state only
    after its end, as happens when one replica is behind; without it every read is old.
    """

    seconds: float = 0.0
    relapses: bool = False


@dataclass
class History:
    """The states of rest that a stack was in: when each began, and how it was described."""

    states: list[tuple[float, Json]] = field(default_factory=list)

    def rest(self, at: float, described: Json) -> None:
        """Note that the stack came to rest."""
        self.states.append((at, described))

    def read(self, now: float, lag: Lag, fresh: Json) -> Json:
        """Return what a read shows now, where the stack really is as in ``fresh``."""
        if not lag.seconds:
            return fresh
        known = [one for at, one in self.states if at <= now - lag.seconds]
        status = fresh["StackStatus"]
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            late = not lag.relapses
        else:
            late = len(known) < len(self.states)
        shown = known[-1:] or [one for _, one in self.states[:1]]
        return shown[0] if late and shown else fresh

    def seen(self, now: float, lag: Lag) -> bool:
        """Tell whether a read of a stack that is gone still finds it by its name."""
        return bool(lag.seconds and self.states) and now < self.states[-1][0] + lag.seconds


ACCOUNT = "111111111111"
STACK_TYPE = "AWS::CloudFormation::Stack"
BUSY = "_IN_PROGRESS"
_numbers = count(1)


def arn(kind: str, name: str) -> str:
    return f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:{kind}/{name}/{next(_numbers):08d}"


def read(template: str) -> Json:
    """Return a template, which may be JSON, or YAML with CloudFormation's short forms."""
    found: Json = json.loads(template if template.startswith("{") else cfn_flip.to_json(template))
    return found


def physical_id(logical_id: str, type_: str, revision: int = 1) -> str:
    if type_ == "AWS::ECS::Service":
        return f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/compute/{logical_id}"
    if type_ == "AWS::ECS::TaskDefinition":
        return f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/{logical_id}:{revision}"
    return f"{logical_id.lower()}-{revision}"


@dataclass
class Resource:
    physical_id: str
    type: str
    status: str = "CREATE_COMPLETE"
    reason: str = ""
    revision: int = 1


@dataclass
class ScriptedStack:
    clock: VirtualClock
    name: str
    status: str
    template: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    protected: bool = False
    policy: str = ""
    change_set_id: str = ""
    updated: datetime | None = None
    id: str = ""
    operation: str = ""
    token: str = ""
    events: list[Json] = field(default_factory=list)
    resources: dict[str, Resource] = field(default_factory=dict)
    gone: bool = False
    history: History = field(default_factory=History)
    on_rest: list[Callable[[], None]] = field(default_factory=list)  # once, at the next end

    def __post_init__(self) -> None:
        self.id = self.id or arn("stack", self.name)
        self.created = self.clock.now()
        if self.template:
            for logical_id, one in read(self.template)["Resources"].items():
                self.resources[logical_id] = Resource(
                    physical_id(logical_id, one["Type"]), one["Type"]
                )
        self.event(self.name, STACK_TYPE, self.status, physical=self.id)
        if not self.status.endswith(BUSY) or self.status == "REVIEW_IN_PROGRESS":
            self.history.rest(self.clock.elapsed, self.describe())

    def event(
        self,
        logical_id: str,
        type_: str,
        status: str,
        reason: str = "",
        physical: str = "",
        **more: str,
    ) -> None:
        if not physical and logical_id in self.resources:
            physical = self.resources[logical_id].physical_id
        event = make_event(
            self,
            f"event-{next(_numbers):08d}",
            self.clock.now(),
            (logical_id, physical, type_),
            status,
            **more,
            ResourceStatusReason=reason,
            ClientRequestToken=self.token,
            OperationId=self.operation,
        )
        self.events.insert(0, event)

    def begin(self, status: str, token: str = "", reason: str = "", **more: str) -> None:
        self.operation = f"operation-{next(_numbers):06d}"
        self.token = token
        self.updated = self.clock.now()
        self.enter(status, reason, **more)

    def enter(self, status: str, reason: str = "", **more: str) -> None:
        self.status = status
        self.reason = reason
        if status == "DELETE_COMPLETE":
            self.gone = True
        self.event(self.name, STACK_TYPE, status, reason, physical=self.id, **more)
        if not status.endswith(BUSY):
            self.history.rest(self.clock.elapsed, self.describe())
            happening, self.on_rest = self.on_rest, []
            for happen in happening:
                happen()

    def resource(
        self, logical_id: str, type_: str, status: str, reason: str = "", **more: str
    ) -> None:
        if logical_id not in self.resources:
            self.resources[logical_id] = Resource(physical_id(logical_id, type_), type_)
        self.resources[logical_id].status = status
        self.resources[logical_id].reason = reason
        self.event(logical_id, type_, status, reason, **more)

    def describe(self, outputs: Sequence[Json] = ()) -> Json:
        described: Json = {
            "StackId": self.id,
            "StackName": self.name,
            "StackStatus": self.status,
            "CreationTime": self.created,
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in self.parameters.items()
            ],
            "Outputs": list(outputs),
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            "EnableTerminationProtection": self.protected,
        }
        optional = {
            "StackStatusReason": self.reason,
            "ChangeSetId": self.change_set_id,
            "LastUpdatedTime": self.updated,
        }
        return {**described, **{key: value for key, value in optional.items() if value}}


@dataclass
class ScriptedChangeSet:
    id: str
    name: str
    stack: ScriptedStack
    kind: str
    template: str
    parameters: dict[str, str]
    tags: dict[str, str]
    description: str
    changes: list[Json]
    status: str = "CREATE_COMPLETE"
    execution: str = "AVAILABLE"
    reason: str = ""
    polls: int = 0
    on_failure: str = "ROLLBACK"
    mode: str = ""  # REVERT_DRIFT, where it was asked for
