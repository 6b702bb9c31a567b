"""What an operation reports: one frozen record per fact, shown to people or written as a JSON line.

``lines.schema.json`` describes the lines. The last one is always one ``result``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

SCHEMA_VERSION = "1"


class Verdict(StrEnum):
    """What a preflight check found."""

    OK = "ok"
    REFUSED = "refused"
    SKIPPED = "skipped"  # it does not apply; the message says why


@dataclass(frozen=True, slots=True)
class Preflight:
    """One preflight check: its name, verdict, what it found, and what to do about it."""

    type: ClassVar[str] = "preflight"
    check: str
    verdict: Verdict
    message: str
    details: tuple[str, ...] = ()
    hint: str = ""


class Group(StrEnum):
    """Where a change stands in the table: the dangerous first."""

    REMOVAL = "removal or replacement"
    IAM = "iam"
    SECURITY_GROUP = "security group"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change as it is shown; ``guarded`` says that it needs ``--allow-replacement``.

    ``widened`` and ``narrowed`` are permissions and flows that the change adds or takes away.
    """

    type: ClassVar[str] = "change"
    group: Group
    action: str
    logical_id: str
    resource_type: str
    physical_id: str = ""
    replacement: str = "False"
    policy_action: str = ""
    properties: tuple[PropertyChange, ...] = ()
    guarded: bool = False
    widened: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that does not stop the operation, and that should be known."""

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
    token: str = ""
    operation: str = ""
    hook: str = ""


@dataclass(frozen=True, slots=True)
class StoppedTask:
    """A task that ended against its service's will, with everything that says why."""

    task: str
    stop_code: str
    reason: str
    containers: tuple[str, ...] = ()
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceProgress:
    """An ECS service during a deployment, and what failed in it since the last record."""

    type: ClassVar[str] = "ecs"
    service: str
    desired: int
    running: int
    pending: int
    rollout: str
    rollout_reason: str = ""
    failed_tasks: int = 0
    stopped: tuple[StoppedTask, ...] = ()
    unhealthy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outputs:
    """The stack's outputs."""

    type: ClassVar[str] = "outputs"
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """How the operation ended; ``outcome`` is one word or two, ``next`` what to type now."""

    type: ClassVar[str] = "result"
    outcome: str
    exit_code: int
    summary: str
    details: tuple[str, ...] = ()
    next: str = ""
    environment: str = ""
    stack_id: str = ""
    change_set_id: str = ""
    template_sha256: str = ""


Record = Preflight | ChangeRow | Notice | Event | ServiceProgress | Outputs | Result


def build_line(record: Record) -> dict[str, Any]:
    """Return the record as its JSON line says it: type and schema version first."""
    values = {key: _to_plain(value) for key, value in asdict(record).items()}
    return {"type": record.type, "schema_version": SCHEMA_VERSION, **values}


def _to_plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """A changed property or attribute: its path, its values where known, and what it takes.

    ``recreation`` is ``Never``, ``Conditionally`` or ``Always``; ``cause`` is the parameter or the
    resource that the change comes from.
    """

    path: str
    before: str | None = None
    after: str | None = None
    recreation: str = "Never"
    cause: str = ""
