"""A stack as CloudFormation keeps it, and what its stack policy lets an update do.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bidops_cfn_sandbox.cloudformation.template import Template
from bidops_cfn_sandbox.engine.answers import ValidationError
from bidops_cfn_sandbox.resource_type import Made, Place

NAME, NAME_LENGTH = "[a-zA-Z][-a-zA-Z0-9]*", 128
STACK_TYPE = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a stack that exists, with the resolved properties it was made from."""

    logical_id: str
    type: str
    made: Made
    properties: Mapping[str, Any]
    tags: Mapping[str, str]
    definition: Mapping[str, Any]
    status: str
    changed: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What a caller says about a stack beside template and parameters."""

    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] = ()
    role_arn: str | None = None
    rollback_configuration: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Stack:
    """A stack. ``template`` is None while only a change set that would create it exists."""

    place: Place
    name: str
    id: str
    created: datetime
    status: str
    status_reason: str | None = None
    template: Template | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: list[dict[str, str]] = field(default_factory=list)
    imported: frozenset[str] = frozenset()
    events: list[dict[str, Any]] = field(default_factory=list)
    operations: list[tuple[str, str]] = field(default_factory=list)
    updated: datetime | None = None
    deleted: datetime | None = None
    policy: str | None = None
    termination_protection: bool = False
    change_set_id: str | None = None

    @property
    def exports(self) -> dict[str, str]:
        """The stack's exports, name to value."""
        return exports_of(self.outputs)

    @property
    def is_busy(self) -> bool:
        """Whether an operation is running; a review is not one."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


def check_name(member: str, name: str) -> None:
    """Raise ValidationError unless a new stack or change set may have ``name``."""
    if len(name) > NAME_LENGTH or not re.fullmatch(NAME, name):
        raise ValidationError(
            f"1 validation error detected: Value '{name}' at '{member}' failed to satisfy"
            f" constraint: Member must satisfy regular expression pattern: {NAME}"
        )


def exports_of(outputs: list[dict[str, str]]) -> dict[str, str]:
    """Return the exports among ``outputs``, name to value."""
    return {o["ExportName"]: o["OutputValue"] for o in outputs if "ExportName" in o}


def read_policy(text: str) -> str:
    """Return the text of a stack policy; raise ValidationError when it is none."""
    try:
        statements = json.loads(text)["Statement"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValidationError("Error validating stack policy: Invalid stack policy") from error
    for statement in statements:
        if statement.get("Effect") not in ("Allow", "Deny") or "Action" not in statement:
            raise ValidationError("Error validating stack policy: Invalid stack policy")
    return text


def is_allowed(policy: str | None, action: str, logical_id: str, type_: str) -> bool:
    """Whether ``action`` (``Update:Replace``, …) is allowed; without a policy, everything is."""
    if policy is None:
        return True
    effects = {
        statement["Effect"]
        for statement in json.loads(policy)["Statement"]
        if _matches(statement, action, logical_id, type_)
    }
    return effects == {"Allow"}


def _matches(statement: Mapping[str, Any], action: str, logical_id: str, type_: str) -> bool:
    if not _any(statement["Action"], action):
        return False
    target = f"LogicalResourceId/{logical_id}"
    if "NotResource" in statement:
        named = not _any(statement["NotResource"], target)
    else:
        named = _any(statement.get("Resource", "*"), target)
    return named and all(
        _any(values, type_)
        for tests in statement.get("Condition", {}).values()
        for values in tests.values()
    )


def _any(patterns: str | list[str], value: str) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in listed)
