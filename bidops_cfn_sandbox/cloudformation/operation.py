"""One operation on a stack, recorded event by event, on the stack and on its resources."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bidops_cfn_sandbox.cloudformation.stack import STACK_TYPE, Event, Resource, Stack, now
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceFailed, ResourceType

T = TypeVar("T")
RETAINED = frozenset({"Retain", "RetainExceptOnCreate"})


class OperationFailed(Exception):
    """A resource failed: its logical id, and the service's reason."""

    def __init__(self, logical_id: str, reason: str) -> None:
        super().__init__(f"{logical_id}: {reason}")
        self.logical_id = logical_id
        self.reason = reason


@dataclass
class Operation:
    """An operation of ``type`` (CREATE_STACK, UPDATE_STACK, …) on ``stack``, with its events."""

    stack: Stack
    types: Mapping[str, ResourceType]
    type: str
    token: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __post_init__(self) -> None:
        self.stack.operations.insert(0, (self.type, self.id))

    def enter(self, status: str, reason: str | None = None) -> None:
        """Put the stack into ``status`` and record it."""
        self.stack.status, self.stack.status_reason = status, reason
        self._record(self.stack.name, self.stack.id, STACK_TYPE, status, reason)

    def create(self, request: Request, kind: ResourceType) -> Made:
        """Create a resource; raise OperationFailed with the service's reason."""
        self._resource(request.logical_id, kind, "", "CREATE_IN_PROGRESS")
        made = self._attempt(request.logical_id, kind, "", "CREATE", lambda: kind.create(request))
        started = "Resource creation Initiated"
        self._resource(request.logical_id, kind, made.physical_id, "CREATE_IN_PROGRESS", started)
        self._resource(request.logical_id, kind, made.physical_id, "CREATE_COMPLETE")
        return made

    def update(self, request: Request, kind: ResourceType, physical_id: str) -> Made:
        """Update a resource in place; raise OperationFailed with the service's reason."""
        update = kind.update
        if update is None:
            raise OperationFailed(request.logical_id, f"{kind.name} cannot be updated in place")
        self._resource(request.logical_id, kind, physical_id, "UPDATE_IN_PROGRESS")
        made = self._attempt(
            request.logical_id, kind, physical_id, "UPDATE", lambda: update(request, physical_id)
        )
        self._resource(request.logical_id, kind, made.physical_id, "UPDATE_COMPLETE")
        return made

    def delete(
        self,
        resource: Resource,
        *,
        policy: str = "DeletionPolicy",
        retained: frozenset[str] = RETAINED,
    ) -> None:
        """Delete a resource, unless ``policy`` of its definition is one of ``retained``."""
        kind, physical_id = self.types[resource.type], resource.made.physical_id
        if resource.definition.get(policy) in retained:
            self._resource(resource.logical_id, kind, physical_id, "DELETE_SKIPPED")
            return
        request = self.request(resource)
        self._resource(resource.logical_id, kind, physical_id, "DELETE_IN_PROGRESS")
        self._attempt(
            resource.logical_id,
            kind,
            physical_id,
            "DELETE",
            lambda: kind.delete(request, physical_id),
        )
        self._resource(resource.logical_id, kind, physical_id, "DELETE_COMPLETE")

    def restore(self, resource: Resource) -> None:
        """Give a resource that this operation updated its former properties back."""
        self.update(self.request(resource), self.types[resource.type], resource.made.physical_id)

    def refusal(
        self, logical_id: str, kind: ResourceType, old: Resource | None, reason: str
    ) -> OperationFailed:
        """Record that a resource was refused before its service was asked; return the failure."""
        physical_id = "" if old is None else old.made.physical_id
        verb = "CREATE" if old is None else "UPDATE"
        self._resource(logical_id, kind, physical_id, f"{verb}_FAILED", reason)
        return OperationFailed(logical_id, reason)

    def request(self, resource: Resource) -> Request:
        """Return the request that describes ``resource`` as it is."""
        return Request(
            self.stack.place,
            self.stack.name,
            resource.logical_id,
            resource.properties,
            resource.tags,
        )

    def _attempt(
        self, logical_id: str, kind: ResourceType, physical_id: str, verb: str, act: Callable[[], T]
    ) -> T:
        try:
            return act()
        except ResourceFailed as failure:
            reason = f'Resource handler returned message: "{failure}"'
            self._resource(logical_id, kind, physical_id, f"{verb}_FAILED", reason)
            raise OperationFailed(logical_id, reason) from failure

    def _resource(
        self,
        logical_id: str,
        kind: ResourceType,
        physical_id: str,
        status: str,
        reason: str | None = None,
    ) -> None:
        self._record(logical_id, physical_id, kind.name, status, reason)
        known = self.stack.resources.get(logical_id)
        if known is not None:
            self.stack.resources[logical_id] = replace(
                known, status=status, reason=reason, changed=now()
            )

    def _record(
        self, logical_id: str, physical_id: str, type_: str, status: str, reason: str | None
    ) -> None:
        self.stack.events.append(
            Event(
                self.id,
                self.type,
                logical_id,
                physical_id,
                type_,
                status,
                now(),
                reason,
                self.token,
            )
        )
