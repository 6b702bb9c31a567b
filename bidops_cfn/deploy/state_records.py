"""What is seen of a stack and of its services, in fields: two lines of ``--output json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

Count = Annotated[int, {"minimum": 0}]


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One line of the report; ``wrong`` when something should be done about it: ``step``."""

    text: str
    wrong: bool = False
    step: str = ""


@dataclass(frozen=True, slots=True)
class StoppedTask:
    """A task that ended against its service's will, with everything that says why."""

    task: str
    stop_code: str
    reason: str
    containers: tuple[str, ...] = ()
    log: Annotated[tuple[str, ...], "The last log lines."] = ()


@dataclass(frozen=True, slots=True)
class ServiceProgress:
    """An ECS service during the operation; written when something changed."""

    type: ClassVar[str] = "ecs"
    service: Annotated[str, "The service's logical id."]
    desired: Count
    running: Count
    pending: Count
    rollout: Annotated[str, "The rollout state of the deployment."]
    rollout_reason: str = ""
    failed_tasks: Count = 0
    stopped: Annotated[tuple[StoppedTask, ...], "Tasks that failed since the last record."] = ()
    unhealthy: Annotated[tuple[str, ...], "Targets that fail their health checks."] = ()
    events: Annotated[
        tuple[str, ...], "What ECS said of trouble since the last record, each kind once."
    ] = ()
    stage: Annotated[str, "The stage of ECS's service deployment; empty where unknown."] = ""
    failures_allowed: Annotated[
        Count, "Failures that the circuit breaker allows; 0 where unknown."
    ] = 0
    alarms: Annotated[tuple[str, ...], "Alarms in ALARM that end the service deployment."] = ()
    digests: Annotated[
        tuple[str, ...], "A container and the digest of its image, where ECS has resolved it."
    ] = ()


@dataclass(frozen=True, slots=True)
class TemplateStatus:
    """Whether the template that is deployed is the committed one."""

    verdict: Annotated[str, {"enum": ["committed", "other", "not committed", "unreadable", "none"]}]
    path: Annotated[str, "The committed file."]
    deployed_sha256: str = ""
    committed_sha256: str = ""
    problem: Annotated[str, "Why the deployed template cannot be read."] = ""


@dataclass(frozen=True, slots=True)
class SecretStatus:
    """A parameter or secret that a service's tasks read when they start."""

    source: Annotated[str, "Its ARN or name, as the task definition has it."]
    verdict: Annotated[
        str,
        "Read: by all tasks as it is now; newer: than a task that runs.",
        {"enum": ["read", "newer", "may be newer", "cannot tell"]},
    ]
    changed: Annotated[datetime | None, "When it was changed last; null where unknown."] = None
    tasks: Annotated[Count, "The tasks that have, or may have, an older one."] = 0
    problem: Annotated[str, "Why that cannot be told; empty where it can."] = ""


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
    digest: Annotated[str, "The digest of the image that runs; empty where it is not known."] = ""
    secrets: tuple[SecretStatus, ...] = ()
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
class PropertyDrift:
    """A property that is not what was deployed."""

    path: Annotated[str, "Where in the resource's properties, as SecurityGroupEgress.3."]
    difference: Annotated[str, "ADD, REMOVE or NOT_EQUAL: what happened to the live value."]
    expected: Annotated[str | None, "The value that was deployed, null where there was none."]
    actual: Annotated[str | None, "The live value, null where there is none."]
    scaling: Annotated[bool, "Whether it is scaling's own, the desired count: no drift."] = False


@dataclass(frozen=True, slots=True)
class ResourceDrift:
    """A resource that differs from what was deployed, or of which that is not known."""

    logical_id: str
    resource_type: str
    status: Annotated[str, "IN_SYNC, MODIFIED, DELETED, NOT_CHECKED, UNKNOWN or UNSUPPORTED."]
    reason: Annotated[str, "Why CloudFormation cannot tell; empty where it can."] = ""
    properties: tuple[PropertyDrift, ...] = ()


@dataclass(frozen=True, slots=True)
class DriftStatus:
    """What the last drift detection found, or the one that was asked for."""

    verdict: Annotated[
        str, {"enum": ["in sync", "partly checked", "drifted", "cannot tell", "never detected"]}
    ]
    detected: Annotated[datetime | None, "When the detection began; null where none did."] = None
    outdated: Annotated[bool, "Whether the stack was updated after that."] = False
    checked: Annotated[Count, "Resources that CloudFormation compared."] = 0
    total: Annotated[Count, "Resources of the stack."] = 0
    resources: Annotated[tuple[ResourceDrift, ...], "Those that are not in sync."] = ()
    problem: Annotated[str, "Why the detection is not whole; empty where it is."] = ""
    hint: Annotated[str, "What to do about that; empty when nothing."] = ""


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
    images: Annotated[
        Mapping[str, str], "The tag, digest or both of each service, by its name."
    ] = field(default_factory=dict)
    services: tuple[ServiceStatus, ...] = ()
    log_groups: tuple[LogGroupStatus, ...] = ()
    alarms: tuple[AlarmStatus, ...] = ()
    drift: DriftStatus = field(default_factory=lambda: DriftStatus("never detected"))
