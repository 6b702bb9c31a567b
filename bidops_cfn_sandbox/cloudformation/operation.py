"""One operation on a stack, recorded event by event, on the stack and on its resources."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from bidops_cfn_sandbox.cloudformation.stack import STACK_TYPE, Resource, Stack
from bidops_cfn_sandbox.cloudformation.template import dependencies
from bidops_cfn_sandbox.engine.answers import present
from bidops_cfn_sandbox.engine.clock import Process, side_by_side
from bidops_cfn_sandbox.engine.engine import HOOK_EVENT, QUOTA, Engine
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceFailed, ResourceType

INITIATED = "User Initiated"
ROLE = "AWS::IAM::Role"
VERBS = ("CREATE", "UPDATE", "DELETE")
RETAINED = frozenset({"Retain", "RetainExceptOnCreate"})


class OperationFailed(Exception):
    """A resource failed: its logical id, the service's reason, and what was done (CREATE, …).

    ``failed`` has what was done with those that were cancelled, too.
    """

    def __init__(self, logical_id: str, reason: str, verb: str) -> None:
        super().__init__(f"{logical_id}: {reason}")
        self.reason = reason
        self.failed = {logical_id: verb}

    def tell(self) -> str:
        """Return what failed, as the status reason of the stack has it."""
        said = {verb: [one for one, of in self.failed.items() if of == verb] for verb in VERBS}
        return "".join(
            f"The following resource(s) failed to {verb.lower()}: [{', '.join(ids)}]. "
            for verb, ids in said.items()
            if ids
        )


class StackFailed(OperationFailed):
    """No resource failed, the stack did: an export is in use, or the update was cancelled.

    ``token`` is that of the request that cancelled it.
    """

    def __init__(self, reason: str = INITIATED, token: str | None = None) -> None:
        super().__init__("", reason, "")
        self.token = token

    def tell(self) -> str:
        """Return the reason."""
        return self.reason


@dataclass
class Operation:
    """An operation of ``type`` (CREATE_STACK, UPDATE_STACK, …) on ``stack``, with its events."""

    stack: Stack
    engine: Engine
    types: Mapping[str, ResourceType]
    type: str
    token: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __post_init__(self) -> None:
        self.stack.operations.insert(0, (self.type, self.id))

    def follow(self, type_: str, token: str | None = None) -> Operation:
        """Return the operation that follows by itself on the failure of this one.

        Each has an id of its own (API reference of DescribeEvents).
        """
        return replace(self, type=type_, token=token or self.token, id=str(uuid.uuid4()))

    def enter(self, status: str, reason: str | None = None, **more: str) -> None:
        """Put the stack into ``status`` and record it."""
        self.stack.status, self.stack.status_reason = status, reason
        self.record(self.stack.name, STACK_TYPE, self.stack.id, status, reason, **more)

    def make(self, verb: str, request: Request, kind: ResourceType, physical_id: str = "") -> Made:
        """Begin to CREATE or UPDATE a resource; raise OperationFailed with the service's reason."""
        name = request.logical_id
        self.record(name, kind.name, physical_id, f"{verb}_IN_PROGRESS")
        with self._failing(name, kind, physical_id, verb):
            if verb == "UPDATE":
                if kind.update is None:
                    raise ResourceFailed(f"{kind.name} cannot be updated in place")
                return kind.update(request, physical_id)
            if self.engine.rehearsal.kind == "quota" and kind.name == ROLE:
                raise ResourceFailed(QUOTA, "ServiceLimitExceeded")
            made = kind.create(request)
        started = "Resource creation Initiated"
        self.record(name, kind.name, made.physical_id, "CREATE_IN_PROGRESS", started)
        return made

    def finish(
        self, verb: str, request: Request, kind: ResourceType, physical_id: str
    ) -> Process[None]:
        """Wait until a resource is created or updated; raise OperationFailed where it never is."""
        if kind.settle is None:
            yield self.engine.seconds(kind.name)
        else:
            with self._failing(request.logical_id, kind, physical_id, verb):
                yield from kind.settle(request, physical_id)
        self.record(request.logical_id, kind.name, physical_id, f"{verb}_COMPLETE")

    def cancel(self, logical_id: str, kind: ResourceType, physical_id: str, verb: str) -> None:
        """Record that a resource was not waited for: another one failed."""
        word = {"CREATE": "creation", "UPDATE": "update"}[verb]
        reason = f"Resource {word} cancelled"
        self.record(logical_id, kind.name, physical_id, f"{verb}_FAILED", reason)

    def delete(
        self,
        resource: Resource,
        *,
        policy: str = "DeletionPolicy",
        retained: frozenset[str] = RETAINED,
    ) -> Process[None]:
        """Delete a resource, unless ``policy`` of its definition is one of ``retained``."""
        name, kind = resource.logical_id, self.types[resource.type]
        physical_id = resource.made.physical_id
        if resource.definition.get(policy) in retained:
            self.record(name, kind.name, physical_id, "DELETE_SKIPPED")
            return
        self.record(name, kind.name, physical_id, "DELETE_IN_PROGRESS")
        with self._failing(name, kind, physical_id, "DELETE"):
            kind.delete(self.request(name, resource.properties, resource.tags), physical_id)
        yield self.engine.seconds(kind.name)
        self.record(name, kind.name, physical_id, "DELETE_COMPLETE")

    def delete_all(
        self,
        resources: Iterable[Resource],
        deleted: Callable[[Resource], None] = lambda _: None,
        retained: frozenset[str] = RETAINED,
    ) -> Process[None]:
        """Delete resources, each after what depends on it; ``deleted`` is told of each."""
        all_ = {one.logical_id: one for one in resources}
        used = dependencies({name: one.definition for name, one in all_.items()})
        needs = {name: {user for user in used if name in used[user]} for name in all_}

        def begin(logical_id: str) -> Process[None]:
            yield from self.delete(all_[logical_id], retained=retained)
            deleted(all_[logical_id])

        def left(logical_id: str) -> None:
            one = all_[logical_id]
            self.record(logical_id, one.type, one.made.physical_id, "DELETE_COMPLETE")
            deleted(one)

        yield from side_by_side(needs, begin, left)

    def restore(self, resource: Resource) -> Process[None]:
        """Give a resource that this operation updated its former properties back."""
        request = self.request(resource.logical_id, resource.properties, resource.tags)
        kind = self.types[resource.type]
        self.stack.resources[resource.logical_id] = resource
        made = self.make("UPDATE", request, kind, resource.made.physical_id)
        yield from self.finish("UPDATE", request, kind, made.physical_id)

    def refusal(
        self,
        logical_id: str,
        kind: ResourceType,
        old: Resource | None,
        reason: str = "",
        *,
        hooked: bool = False,
    ) -> OperationFailed:
        """Record that a resource was refused before its service was asked; return the failure.

        ``hooked``: the rehearsed hook refused it.
        """
        physical_id, verb = ("", "CREATE") if old is None else (old.made.physical_id, "UPDATE")
        if hooked:
            self.record(logical_id, kind.name, physical_id, f"{verb}_IN_PROGRESS", **HOOK_EVENT)
            reason = f"The following hook(s) failed: [{HOOK_EVENT['HookType']}]"
        self.record(logical_id, kind.name, physical_id, f"{verb}_FAILED", reason)
        return OperationFailed(logical_id, reason, verb)

    def request(
        self, logical_id: str, properties: Mapping[str, Any], tags: Mapping[str, str]
    ) -> Request:
        """Return what is asked of the type of a resource."""
        place, name = self.stack.place, self.stack.name
        return Request(self.engine, place, name, logical_id, properties, tags)

    @contextmanager
    def _failing(
        self, logical_id: str, kind: ResourceType, physical_id: str, verb: str
    ) -> Iterator[None]:
        """Record what a service refuses inside, and raise OperationFailed with its reason."""
        try:
            yield
        except ResourceFailed as why:
            token = f"RequestToken: {uuid.uuid4()}"
            code = f" ({token}, HandlerErrorCode: {why.code})" if why.code else ""
            reason = f'Resource handler returned message: "{why}"{code}'
            self.record(logical_id, kind.name, physical_id, f"{verb}_FAILED", reason)
            raise OperationFailed(logical_id, reason, verb) from why

    def record(
        self,
        logical_id: str,
        type_: str,
        physical_id: str,
        status: str,
        reason: str | None = None,
        **more: str,
    ) -> None:
        """Write an event, and note it with the resource that the stack lists."""
        now = self.engine.clock.now()
        event = present(
            StackId=self.stack.id,
            StackName=self.stack.name,
            EventId=str(uuid.uuid4()),
            LogicalResourceId=logical_id,
            PhysicalResourceId=physical_id,
            ResourceType=type_,
            ResourceStatus=status,
            Timestamp=now,
            OperationId=self.id or None,
            ResourceStatusReason=reason,
            ClientRequestToken=self.token,
            **more,
        )
        self.stack.events.insert(0, event)
        known = self.stack.resources.get(logical_id)
        if known is not None and type_ != STACK_TYPE:
            noted = replace(known, status=status, reason=reason, changed=now)
            self.stack.resources[logical_id] = noted
