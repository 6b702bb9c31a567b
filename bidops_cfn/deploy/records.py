"""What a command reports: one frozen record per fact, shown to people or written as a JSON line.

``lines.schema.json`` describes the lines; ``records_schema`` writes it from these types: what an
annotation carries is the member's description and what else JSON Schema says of it. The last line
is always one ``result``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from bidops_cfn.deploy.state_records import ServiceProgress, StackStatus

SCHEMA_VERSION = "1"

ChangeAction = Annotated[
    str, {"enum": ["Add", "Modify", "Remove", "Import", "Dynamic", "SyncWithActual"]}
]
Replacement = Annotated[str, {"enum": ["True", "False", "Conditional"]}]
Recreation = Annotated[str, {"enum": ["Never", "Conditionally", "Always"]}]
Outcome = Annotated[
    str,
    {
        "enum": [
            "deployed",
            "no changes",
            "planned",
            "ready",
            "finished",
            "cancelled",
            "rolled back",
            "restarted",
            "destroyed",
            "healthy",
            "verified",
            "drilled",
            "attention",
            "failed",
            "unusable",
            "refused",
            "change set failed",
            "needs a human",
            "busy",
            "still running",
            "cannot tell",
            "declined",
            "interrupted",
        ]
    },
]
ExitCode = Annotated[int, {"enum": [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 130]}]


class Verdict(StrEnum):
    """What a preflight check found."""

    OK = "ok"
    REFUSED = "refused"
    SKIPPED = "skipped"  # it does not apply; the message says why
    WARNING = "warning"  # it may fail later; nothing is refused for it
    NOT_CHECKED = "not checked"  # AWS could not be asked; the message says why


@dataclass(frozen=True, slots=True)
class Preflight:
    """One check before anything is created."""

    type: ClassVar[str] = "preflight"
    check: Annotated[str, "The check's name."]
    verdict: Annotated[Verdict, "Refused ends the command with exit code 3; nothing else does."]
    message: str
    details: tuple[str, ...] = ()
    hint: Annotated[str, "What to do about it; empty when nothing."] = ""


class Group(StrEnum):
    """Where a change stands in the table: the dangerous first."""

    REMOVAL = "removal or replacement"
    IAM = "iam"
    SECURITY_GROUP = "security group"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """A changed property or attribute of a resource."""

    path: Annotated[str, "Where in the resource, as Properties.Name or deeper."]
    before: Annotated[str | None, "The value before, null where it is unknown."] = None
    after: Annotated[str | None, "The value after, null where it is unknown."] = None
    recreation: Recreation = "Never"
    cause: Annotated[
        str, "The parameter or resource that the change comes from; empty otherwise."
    ] = ""
    drifted: Annotated[bool, "Whether the live value is not the deployed one."] = False
    deployed: Annotated[str | None, "Where it drifted, the value that was deployed."] = None
    live: Annotated[str | None, "Where it drifted, the value that is live."] = None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One row of the change table, in the table's order."""

    type: ClassVar[str] = "change"
    group: Group
    action: ChangeAction
    logical_id: str
    resource_type: str
    physical_id: str = ""
    replacement: Replacement = "False"
    policy_action: Annotated[
        str, "What happens to the old resource, in CloudFormation's words; empty otherwise."
    ] = ""
    properties: tuple[PropertyChange, ...] = ()
    guarded: Annotated[bool, "Whether it needs --allow-replacement."] = False
    image: Annotated[
        str, "The image that a service rolls out, as 1.0.0 -> 1.0.1; empty otherwise."
    ] = ""
    widened: Annotated[tuple[str, ...], "Permissions and flows that the change adds."] = ()
    narrowed: Annotated[tuple[str, ...], "Permissions and flows that the change takes away."] = ()
    drift: Annotated[
        str,
        "In a drift-aware change set, how the resource differs from what was deployed: "
        "IN_SYNC, MODIFIED, DELETED, NOT_CHECKED, UNKNOWN or UNSUPPORTED; empty otherwise.",
    ] = ""
    ignored: Annotated[
        tuple[str, ...], "Attributes whose drift CloudFormation leaves alone, with its reason."
    ] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that does not stop the operation."""

    type: ClassVar[str] = "warning"
    message: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A stack event of the operation that is followed."""

    type: ClassVar[str] = "event"
    id: str
    time: datetime
    logical_id: str
    resource_type: str
    status: str
    reason: str = ""
    physical_id: str = ""
    token: Annotated[str, "The token of the request that began the operation."] = ""
    operation: Annotated[str, "CloudFormation's id of the operation."] = ""
    hook: Annotated[str, "What a hook said; empty otherwise."] = ""
    hook_id: Annotated[str, "The id of the hook's result; empty otherwise."] = ""
    hook_failed: Annotated[bool, "Whether a hook refused the resource."] = False


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a container logged, or another writer of the stack's log groups."""

    type: ClassVar[str] = "log"
    id: str
    time: Annotated[datetime, "When it was written, in UTC."]
    service: Annotated[str, "The service's name; the log group's logical id where it has none."]
    stream: Annotated[str, "The log stream; its last part is the task's id."]
    message: str


@dataclass(frozen=True, slots=True)
class PastOperation:
    """An operation of the stack, as its events tell it."""

    type: ClassVar[str] = "operation"
    action: Annotated[str, {"enum": ["create", "update", "delete", "import", "roll back", "other"]}]
    begin: datetime
    end: Annotated[datetime | None, "When it was over; null where no event says so."]
    seconds: Annotated[int | None, "How long it took; null where that is not known."]
    outcome: Annotated[
        str,
        {"enum": ["succeeded", "rolled back", "cancelled", "failed", "running", "cannot tell"]},
    ]
    status: Annotated[str, "The stack's status at its end, or its latest one."]
    cause: Annotated[str, "What failed first, in AWS's words; empty where nothing did."] = ""
    token: Annotated[str, "The token of the request that began it; empty where it had none."] = ""
    cancelled_by: Annotated[str, "The token of the request that cut it short."] = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An address in the AWS console."""

    type: ClassVar[str] = "link"
    kind: Annotated[str, {"enum": ["stack", "service", "logs", "alarm"]}]
    name: Annotated[str, "What it shows: a stack, a service, a service's logs, an alarm."]
    url: str


class Observation(StrEnum):
    """What ``verify`` saw of a requirement, scenario or assumption."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_OBSERVED = "not observed"  # the reason says why

    @property
    def plural(self) -> str:
        """How several are counted: ``3 hold``."""
        return {"holds": "hold", "fails": "fail"}.get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class Verification:
    """A requirement, scenario or assumption, as the running stack shows it."""

    type: ClassVar[str] = "verification"
    id: Annotated[str, "As FR-026, SC-003, US4-3, or A7 for an assumption of REVIEW.md."]
    title: str
    outcome: Annotated[Observation, "Holds only where an answer of AWS holds it."]
    measured: Annotated[str, "What was seen; empty where nothing was."] = ""
    reason: Annotated[str, "Why it fails or was not observed; empty otherwise."] = ""
    value: Annotated[float | None, "The figure that was measured; null where there is none."] = None
    unit: Annotated[str, "The figure's unit; empty where there is none."] = ""
    calls: Annotated[tuple[str, ...], "The calls whose answers show it."] = ()


@dataclass(frozen=True, slots=True)
class Instance:
    """An account's stack of a stack set; written when its status changes."""

    type: ClassVar[str] = "instance"
    account: str
    region: str
    status: Annotated[str, "In StackSets' words: PENDING, RUNNING, SUCCEEDED, FAILED, CANCELLED."]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outputs:
    """The stack's outputs."""

    type: ClassVar[str] = "outputs"
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """How the command ended: the last line, exactly once."""

    type: ClassVar[str] = "result"
    outcome: Outcome
    exit_code: ExitCode
    summary: str
    details: tuple[str, ...] = ()
    next: Annotated[str, "What to type next; empty when nothing."] = ""
    environment: str = ""
    stack_id: str = ""
    change_set_id: str = ""
    template_sha256: str = ""


Record = (
    Preflight
    | ChangeRow
    | Notice
    | Event
    | ServiceProgress
    | LogLine
    | PastOperation
    | Link
    | Verification
    | StackStatus
    | Instance
    | Outputs
    | Result
)


def build_line(record: Record) -> dict[str, Any]:
    """Return the record as its JSON line says it: type and schema version first."""
    return {"type": record.type, "schema_version": SCHEMA_VERSION, **_to_plain(record)}


def _to_plain(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _to_plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _to_plain(inner) for key, inner in value.items()}
    return [_to_plain(one) for one in value] if isinstance(value, list | tuple) else value
