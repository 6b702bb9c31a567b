"""What ``status`` knows of a stack, in fields: one line of ``--output json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

Count = Annotated[int, {"minimum": 0}]


@dataclass(frozen=True, slots=True)
class TemplateStatus:
    """Whether the template that is deployed is the committed one."""

    verdict: Annotated[str, {"enum": ["committed", "other", "not committed", "unreadable", "none"]}]
    path: Annotated[str, "The committed file."]
    deployed_sha256: str = ""
    committed_sha256: str = ""
    problem: Annotated[str, "Why the deployed template cannot be read."] = ""


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """An ECS service of the stack, as ECS has it."""

    service: Annotated[str, "The service's name."]
    logical_id: str
    arn: str
    deleted: Annotated[bool, "Whether ECS has it no more, while CloudFormation believes it does."]
    problem: Annotated[str, "Why it does not run what the stack says; empty where it does."] = ""
    desired: Count = 0
    running: Count = 0
    pending: Count = 0
    rollout: Annotated[str, "The rollout state of its primary deployment."] = ""
    rollout_reason: str = ""
    failed_tasks: Count = 0
    task_definition: Annotated[str, "The task definition of its primary deployment."] = ""
    console: Annotated[str, "Its address in the AWS console."] = ""


@dataclass(frozen=True, slots=True)
class LogGroupStatus:
    """A log group of the stack."""

    service: str
    name: str
    console: Annotated[str, "Its address in the AWS console."]


@dataclass(frozen=True, slots=True)
class AlarmStatus:
    """An alarm of the stack."""

    logical_id: str
    name: str
    state: Annotated[
        str, "OK, ALARM or INSUFFICIENT_DATA; empty where CloudWatch has no such alarm."
    ]
    console: Annotated[str, "Its address in the AWS console."]


@dataclass(frozen=True, slots=True)
class StackStatus:
    """The stack with everything that ``status`` looks at."""

    type: ClassVar[str] = "status"
    stack: Annotated[str, "The stack's name."]
    stack_id: str
    status: Annotated[str, "The stack's status, in CloudFormation's words."]
    since: Annotated[datetime | None, "When its last operation began."]
    termination_protection: bool
    template: TemplateStatus
    console: Annotated[str, "The stack's address in the AWS console."]
    images: Annotated[Mapping[str, str], "The tag or digest of each service, by its name."] = field(
        default_factory=dict
    )
    services: tuple[ServiceStatus, ...] = ()
    log_groups: tuple[LogGroupStatus, ...] = ()
    alarms: tuple[AlarmStatus, ...] = ()
