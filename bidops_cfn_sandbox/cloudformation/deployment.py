"""Bring a stack's resources to what a template says; take everything back when one fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bidops_cfn_sandbox.cloudformation.intrinsics import Scope
from bidops_cfn_sandbox.cloudformation.operation import Operation, OperationFailed
from bidops_cfn_sandbox.cloudformation.stack import Resource, Stack, is_allowed
from bidops_cfn_sandbox.engine.answers import ValidationError
from bidops_cfn_sandbox.engine.clock import Process, side_by_side
from bidops_cfn_sandbox.engine.engine import HOOK_TARGET
from bidops_cfn_sandbox.properties import conform, problems
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceType

CREATE = "Create"
# The actions of an update, as stack policies name them.
DELETE, MODIFY, REPLACE = "Update:Delete", "Update:Modify", "Update:Replace"


class Refused(Exception):
    """A resource cannot be changed as asked; the text is the reason, no service was asked yet."""


@dataclass
class Deployment:
    """The resources of one create or update, as far as it has come.

    ``updated`` is what was updated, as it was before, ``made`` what did not exist before, and
    ``obsolete`` what a replacement left behind. A rollback that fails goes on where it stopped.
    """

    operation: Operation
    scope: Scope
    tags: Mapping[str, str]
    before: Mapping[str, Resource]
    current: dict[str, Resource] = field(default_factory=dict)
    updated: list[Resource] = field(default_factory=list)
    made: list[Resource] = field(default_factory=list)
    obsolete: list[Resource] = field(default_factory=list)

    def run(self) -> Process[None]:
        """Create, update and replace resources; raise OperationFailed at the first that fails."""
        active = self.scope.active_resources()
        for logical_id, old in self.before.items():
            if logical_id not in active:
                self._check_removal(old)
        template = self.scope.template
        needs = {one: template.needs[one] & {*active} for one in template.order if one in active}
        cancelled: list[str] = []
        try:
            yield from side_by_side(
                needs,
                lambda logical_id: self._bring(logical_id, active[logical_id]),
                cancelled.append,
            )
        except OperationFailed as failure:
            for logical_id in cancelled:
                self._cancel(logical_id, active[logical_id])
            failure.failed += cancelled
            raise

    def _cancel(self, logical_id: str, definition: Mapping[str, Any]) -> None:
        kind = self.operation.types[definition["Type"]]
        made = next((one for one in self.made if one.logical_id == logical_id), None)
        old = made or self.before[logical_id]
        verb = "UPDATE" if made is None else "CREATE"
        self.operation.cancel(logical_id, kind, old.made.physical_id, verb)

    def clean_up(self) -> Process[None]:
        """Delete what was replaced, and what the template no longer has, newest first."""
        for resource in self.obsolete:
            yield from self.operation.delete(resource, policy="UpdateReplacePolicy")
        yield from self.operation.delete_all(
            one
            for logical_id, one in reversed(list(self.before.items()))
            if logical_id not in self.current
        )

    def roll_back(
        self, operation: Operation, skipped: frozenset[str] = frozenset()
    ) -> Process[None]:
        """Restore what was updated and delete what was created, newest first.

        ``skipped`` are logical ids to leave as they are.
        """
        while self.updated:
            if self.updated[-1].logical_id not in skipped:
                yield from operation.restore(self.updated[-1])
            self.updated.pop()
        yield from operation.delete_all(
            [one for one in reversed(self.made) if one.logical_id not in skipped],
            self.made.remove,
            frozenset({"Retain"}),
        )
        self.made.clear()

    def _bring(self, logical_id: str, definition: Mapping[str, Any]) -> Process[None]:
        kind = self.operation.types[definition["Type"]]
        old = self.before.get(logical_id)
        try:
            request = self._request(logical_id, kind, definition)
            action = self._action(old, request, kind)
        except Refused as refusal:
            raise self.operation.refusal(logical_id, kind, old, str(refusal)) from refusal
        rehearsed = self.operation.engine.rehearsal.kind
        if action is not None and (rehearsed, kind.name) == ("hook", HOOK_TARGET):
            raise self.operation.refuse_by_hook(logical_id, kind, old)
        if action is None and old is not None:
            self.current[logical_id] = replace(old, definition=definition)
        elif action == MODIFY and old is not None:
            yield from self._update(old, request, kind, definition)
        else:
            yield from self._create(request, kind, definition)
            self.obsolete += [] if old is None else [old]

    def _action(self, old: Resource | None, request: Request, kind: ResourceType) -> str | None:
        """Return what the resource needs; None for nothing. Raise Refused where it must not."""
        if old is None:
            return CREATE
        if old.properties == request.properties and old.tags == request.tags:
            return None
        action = REPLACE if self._is_replaced(old, request, kind) else MODIFY
        self._check_policy(action, request.logical_id, kind.name)
        name = request.properties.get(kind.named)
        if action == REPLACE and name is not None and old.properties.get(kind.named) == name:
            raise Refused(
                "CloudFormation cannot update a stack when a custom-named resource requires"
                f" replacing. Rename {name} and update the stack again."
            )
        return action

    def _create(
        self, request: Request, kind: ResourceType, definition: Mapping[str, Any]
    ) -> Process[None]:
        made = self.operation.create(request, kind)
        resource = self._resource(request, kind, made, definition, "CREATE")
        self.made.append(resource)
        yield from self.operation.finish("CREATE", request, kind, made.physical_id)
        self.current[request.logical_id] = replace(resource, status="CREATE_COMPLETE")

    def _update(
        self, old: Resource, request: Request, kind: ResourceType, definition: Mapping[str, Any]
    ) -> Process[None]:
        self.updated.append(old)
        made = self.operation.update(request, kind, old.made.physical_id)
        resource = self._resource(request, kind, made, definition, "UPDATE")
        yield from self.operation.finish("UPDATE", request, kind, made.physical_id)
        self.current[request.logical_id] = replace(resource, status="UPDATE_COMPLETE")

    def _resource(
        self,
        request: Request,
        kind: ResourceType,
        made: Made,
        definition: Mapping[str, Any],
        verb: str,
    ) -> Resource:
        """Return a resource that is being created or updated; the stack lists it from now on."""
        resource = Resource(
            request.logical_id,
            kind.name,
            made,
            request.properties,
            request.tags,
            definition,
            f"{verb}_IN_PROGRESS",
            self.operation.engine.clock.now(),
        )
        self.operation.stack.resources[request.logical_id] = resource
        return resource

    def _request(
        self, logical_id: str, kind: ResourceType, definition: Mapping[str, Any]
    ) -> Request:
        try:
            resolved = self.scope.resolve(definition.get("Properties", {}))
        except ValidationError as error:
            raise Refused(error.message) from error
        found = next(problems(resolved, kind.properties), None)
        if found is not None:
            raise Refused(
                f"Properties validation failed for resource {logical_id} ({kind.name})"
                f" with message: {found}"
            )
        properties = conform(resolved, kind.properties)
        stack = self.operation.stack
        return Request(
            self.operation.engine,
            stack.place,
            stack.name,
            logical_id,
            properties,
            merged_tags(stack, logical_id, self.tags, properties) if kind.taggable else {},
        )

    def _check_removal(self, old: Resource) -> None:
        try:
            self._check_policy(DELETE, old.logical_id, old.type)
        except Refused as refusal:
            kind = self.operation.types[old.type]
            raise self.operation.refusal(old.logical_id, kind, old, str(refusal)) from refusal

    def _check_policy(self, action: str, logical_id: str, type_: str) -> None:
        if not is_allowed(self.operation.stack.policy, action, logical_id, type_):
            raise Refused(
                f"Action denied by stack policy: no statement allows [{action}] for resource"
                f" [LogicalResourceId/{logical_id}]"
            )

    @staticmethod
    def _is_replaced(old: Resource, request: Request, kind: ResourceType) -> bool:
        before, after = old.properties, request.properties
        return any(
            kind.replaces(name) and before.get(name) != after.get(name)
            for name in {*before, *after} - ({"Tags"} if kind.update else set())
        )


def merged_tags(
    stack: Stack, logical_id: str, tags: Mapping[str, str], properties: Mapping[str, Any]
) -> dict[str, str]:
    """Return a resource's tags: its own over the stack's, and those that CloudFormation sets."""
    return {
        **tags,
        **{tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])},
        "aws:cloudformation:stack-name": stack.name,
        "aws:cloudformation:stack-id": stack.id,
        "aws:cloudformation:logical-id": logical_id,
    }
