"""What CloudFormation knows about a resource type: its properties, and how to make one.

The functions of a type work on moto's own backends, so that the AWS APIs show what they made.
They are called with resolved properties that its tree allows, and answer with ``Made``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bidops_cfn_sandbox.engine.clock import Process
from bidops_cfn_sandbox.engine.engine import Engine
from bidops_cfn_sandbox.properties import Tree


@dataclass(frozen=True, slots=True)
class Place:
    """One region of one account."""

    account_id: str
    region: str

    @property
    def partition(self) -> str:
        """The partition of the region, the second part of every ARN."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def suffix(self) -> str:
        """The domain of AWS's services there."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of ``resource`` of ``service`` here."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"


class ResourceFailed(Exception):
    """A service refused to create, update or delete a resource; the text is its reason.

    ``code`` is the error code of the resource's handler, where it is worth telling.
    """

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """What CloudFormation asks a resource type for.

    ``tags`` are the resource's own tags over the stack's, with CloudFormation's three.
    """

    engine: Engine
    place: Place
    stack_name: str
    logical_id: str
    properties: Mapping[str, Any]
    tags: Mapping[str, str]

    def name(self, limit: int = 255) -> str:
        """Return a generated physical name, ``<stack>-<logical id>-<random>``, cut to ``limit``."""
        suffix = uuid.uuid4().hex[:12].upper()
        stem = f"{self.stack_name}-{self.logical_id}"[: limit - len(suffix) - 1].rstrip("-")
        return f"{stem}-{suffix}"

    @property
    def tag_list(self) -> list[dict[str, str]]:
        """The tags as most services take them, ``[{"Key": …, "Value": …}]``."""
        return [{"Key": key, "Value": value} for key, value in self.tags.items()]


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that exists: what ``Ref`` and ``Fn::GetAtt`` return for it."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


Create = Callable[[Request], Made]
Update = Callable[[Request, str], Made]
Delete = Callable[[Request, str], None]
Settle = Callable[[Request, str], Process[None]]


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type: the properties it keeps, those whose change replaces it, and what makes it.

    ``update`` is None where every property is create-only; ``named`` is the property that holds a
    fixed physical name. ``attributes`` are what ``Fn::GetAtt`` knows. ``settle`` is what a resource
    that was created or updated still takes; it raises ResourceFailed where that goes wrong.
    """

    name: str
    properties: dict[str, Tree]
    create: Create
    delete: Delete
    update: Update | None = None
    required: frozenset[str] = frozenset()
    create_only: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    named: str = ""
    settle: Settle | None = None

    def replaces(self, name: str) -> bool:
        """Whether a change of property ``name`` needs a new resource."""
        return self.update is None or name in self.create_only

    @property
    def taggable(self) -> bool:
        """Whether the stack's tags reach a resource of this type."""
        return "Tags" in self.properties
