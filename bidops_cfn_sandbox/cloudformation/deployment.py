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
from bidops_cfn_sandbox.resource_type import Request, ResourceType

# The actions of an update, as stack policies name them.
DELETE, MODIFY, REPLACE = "Update:Delete", "Update:Modify", "Update:Replace"


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
                self._check_policy(DELETE, logical_id, self.operation.types[old.type], old)
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
                failure.failed[logical_id] = self._cancel(logical_id, active[logical_id])
            raise

    def _cancel(self, logical_id: str, definition: Mapping[str, Any]) -> str:
        kind = self.operation.types[definition["Type"]]
        made = next((one for one in self.made if one.logical_id == logical_id), None)
        old = made or self.before[logical_id]
        verb = "UPDATE" if made is None else "CREATE"
        self.operation.cancel(logical_id, kind, old.made.physical_id, verb)
        return verb

    def clean_up(self) -> Process[None]:
        """Delete what was replaced, and what the template no longer has, newest first."""
        for resource in self.obsolete:
            yield from self.operation.delete(resource, policy="UpdateReplacePolicy")
        yield from self.operation.delete_all(
            one
            for logical_id, one in reversed(list(self.before.items()))
            if logical_id not in self.current
        )

    def restore(self, operation: Operation, skipped: frozenset[str]) -> Process[None]:
        """Restore what was updated, newest first; ``skipped`` are left as they are.

        CloudFormation calls those updated, too (API reference of ContinueUpdateRollback).
        """
        while self.updated:
            last = self.updated[-1]
            name = last.logical_id
            if name in skipped:
                operation.stack.resources[name] = last
                operation.record(name, last.type, last.made.physical_id, "UPDATE_COMPLETE")
            else:
                yield from operation.restore(last)
            self.updated.pop()

    def remove(self, operation: Operation) -> Process[None]:
        """Delete what was created, newest first."""
        made = [*reversed(self.made)]
        yield from operation.delete_all(made, self.made.remove, frozenset({"Retain"}))
        self.made.clear()

    def _bring(self, logical_id: str, definition: Mapping[str, Any]) -> Process[None]:
        kind = self.operation.types[definition["Type"]]
        old = self.before.get(logical_id)
        request = self._request(logical_id, kind, definition, old)
        if old is not None and (old.properties, old.tags) == (request.properties, request.tags):
            self.current[logical_id] = replace(old, definition=definition)
            return
        modifies = old is not None and self._modifies(old, request, kind)
        if (self.operation.engine.rehearsal.kind, kind.name) == ("hook", HOOK_TARGET):
            raise self.operation.refusal(logical_id, kind, old, hooked=True)
        if modifies and old is not None:
            self.updated.append(old)
            yield from self._make("UPDATE", request, kind, definition, old.made.physical_id)
        else:
            yield from self._make("CREATE", request, kind, definition)
            self.obsolete += [] if old is None else [old]

    def _modifies(self, old: Resource, request: Request, kind: ResourceType) -> bool:
        """Return whether a change is made in place; raise OperationFailed where it must not be."""
        before, after = old.properties, request.properties
        replaces = any(
            kind.replaces(name) and before.get(name) != after.get(name)
            for name in {*before, *after} - ({"Tags"} if kind.update else set())
        )
        self._check_policy(REPLACE if replaces else MODIFY, request.logical_id, kind, old)
        name = after.get(kind.named)
        if replaces and name is not None and before.get(kind.named) == name:
            raise self.operation.refusal(
                request.logical_id,
                kind,
                old,
                "CloudFormation cannot update a stack when a custom-named resource requires"
                f" replacing. Rename {name} and update the stack again.",
            )
        return not replaces

    def _make(
        self,
        verb: str,
        request: Request,
        kind: ResourceType,
        definition: Mapping[str, Any],
        physical_id: str = "",
    ) -> Process[None]:
        """Create or update a resource, which the stack lists from its beginning."""
        operation, name = self.operation, request.logical_id
        made = operation.make(verb, request, kind, physical_id)
        resource = Resource(
            name,
            kind.name,
            made,
            request.properties,
            request.tags,
            definition,
            f"{verb}_IN_PROGRESS",
            operation.engine.clock.now(),
        )
        operation.stack.resources[name] = resource
        if verb == "CREATE":
            self.made.append(resource)
        yield from operation.finish(verb, request, kind, made.physical_id)
        self.current[name] = replace(resource, status=f"{verb}_COMPLETE")

    def _request(
        self,
        logical_id: str,
        kind: ResourceType,
        definition: Mapping[str, Any],
        old: Resource | None,
    ) -> Request:
        try:
            resolved = self.scope.resolve(definition.get("Properties", {}))
        except ValidationError as error:
            raise self.operation.refusal(logical_id, kind, old, error.message) from error
        found = next(problems(resolved, kind.properties), None)
        if found is not None:
            what = f"Properties validation failed for resource {logical_id} ({kind.name})"
            raise self.operation.refusal(logical_id, kind, old, f"{what} with message: {found}")
        properties, stack = conform(resolved, kind.properties), self.operation.stack
        tags = merged_tags(stack, logical_id, self.tags, properties) if kind.taggable else {}
        return self.operation.request(logical_id, properties, tags)

    def _check_policy(
        self, action: str, logical_id: str, kind: ResourceType, old: Resource
    ) -> None:
        if not is_allowed(self.operation.stack.policy, action, logical_id, kind.name):
            raise self.operation.refusal(
                logical_id,
                kind,
                old,
                f"Action denied by stack policy: no statement allows [{action}] for resource"
                f" [LogicalResourceId/{logical_id}]",
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
