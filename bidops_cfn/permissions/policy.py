"""IAM policies: decisions and statements, their JSON, how much of it one managed policy holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from bidops_cfn.errors import UsageError
from bidops_cfn.frozen import frozen

Json = dict[str, Any]
Condition = Mapping[str, Mapping[str, str | Sequence[str]]]

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, white space excluded
LIMIT = 6144


@frozen
class Statement:
    """Actions that are allowed on resources; ``sid`` names it in letters and digits."""

    sid: str
    actions: frozenset[str]
    resources: tuple[str, ...]
    condition: Condition = field(default_factory=dict)

    def json(self) -> Json:
        """Return the statement as IAM reads it."""
        found: Json = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": sorted(self.actions),
            "Resource": sorted(self.resources),
        }
        if self.condition:
            found["Condition"] = {
                operator: dict(keys) for operator, keys in sorted(self.condition.items())
            }
        return found


@frozen
class Scope:
    """Actions of some types' handlers (``name_actions``), and the resources they are granted on.

    ``why`` says what stands against narrower resources, where there is something.
    """

    sid: str
    types: Sequence[str]
    calls: str
    resources: tuple[str, ...]
    condition: Condition = field(default_factory=dict)
    why: str = ""

    @property
    def actions(self) -> frozenset[str]:
        """The actions."""
        return name_actions(self.calls)


def name_actions(text: str) -> frozenset[str]:
    """Return ``{"ecs:A", "ecs:B", "iam:C"}`` for ``"ecs A B; iam C"``."""
    split = (one.split() for one in text.split(";"))
    return frozenset(f"{service}:{name}" for service, *names in split for name in names)


def require(key: str, value: str | Sequence[str]) -> Condition:
    """Return the condition that ``key`` is ``value``, or one of several."""
    return {"StringEquals": {key: value}}


def build_document(statements: Iterable[Statement]) -> Json:
    """Return the policy document of ``statements``, in their order."""
    return {"Version": "2012-10-17", "Statement": [one.json() for one in statements]}


def format_document(policy: Json) -> str:
    """Return the document as it is printed."""
    return json.dumps(policy, indent=2) + "\n"


def measure_document(policy: Json) -> int:
    """Return how many characters IAM counts."""
    return len("".join(json.dumps(policy, separators=(",", ":")).split()))


def split_statements(statements: Sequence[Statement]) -> list[Json]:
    """Return the fewest documents, filled in order, that each fit into a managed policy.

    Raises ``UsageError`` for a statement that fits into none.
    """
    parts: list[list[Statement]] = [[]]
    for one in statements:
        length = measure_document(build_document([one]))
        if length > LIMIT:
            raise UsageError(
                f"the statement {one.sid} fits into no managed policy",
                f"it has {length:,} characters, IAM takes {LIMIT:,}",
                hint="Shorten the names in the settings: stack_name comes first.",
            )
        if parts[-1] and measure_document(build_document([*parts[-1], one])) > LIMIT:
            parts.append([])
        parts[-1].append(one)
    return [build_document(part) for part in parts]
