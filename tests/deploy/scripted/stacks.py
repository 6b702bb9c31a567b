"""CloudFormation's stacks, exports and operations, as the scenarios script them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound, Rejected
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.ecs import ScriptedEcs
from tests.deploy.scripted.play import Play
from tests.deploy.scripted.stack import Lag, ScriptedStack

Json = dict[str, Any]


class ScriptedStacks:
    """Stacks; how an operation on one plays out is up to ``play``."""

    def __init__(self, clock: VirtualClock, ecs: ScriptedEcs) -> None:
        self.clock = clock
        self.play = Play(clock, ecs)
        self.stacks: list[ScriptedStack] = []
        self.exports: dict[str, str] = {}
        self.importers: dict[str, list[str]] = {}
        self.page_size = 100
        self.stale_reads = 0  # how often DescribeStacks shows the stack before the execution
        self.lag = Lag()
        self.on_policy: list[Callable[[], None]] = []  # once, when the next policy is set
        self.outputs: dict[str, list[Json]] = {}
        self.before: Json | None = None

    def stack(self, name: str) -> ScriptedStack | None:
        return next((s for s in self.stacks if s.name == name and not s.gone), None)

    def add(self, stack: ScriptedStack, outputs: dict[str, str] | None = None) -> ScriptedStack:
        self.stacks.append(stack)
        self.outputs[stack.id] = [
            {"OutputKey": key, "OutputValue": value} for key, value in (outputs or {}).items()
        ]
        return stack

    def _find(self, name: str, call: Call) -> ScriptedStack:
        for stack in self.stacks:
            if stack.id == name or (stack.name == name and not stack.gone):
                return stack
        raise NotFound(call, f"Stack with id {name} does not exist", "ValidationError")

    def describe_stacks(self, StackName: str) -> Json:
        try:
            stack = self._find(StackName, Call.DESCRIBE_STACKS)
        except NotFound:
            stack = self._lately(StackName)
        if self.before and self.stale_reads > 0:
            self.stale_reads -= 1
            return {"Stacks": [self.before]}
        outputs = self.outputs.get(stack.id, [])
        late = stack.history.read(self.clock.elapsed, self.lag, stack.describe(outputs))
        protected = {"EnableTerminationProtection": stack.protected}
        return {"Stacks": [{**late, "Outputs": list(outputs), **protected}]}

    def _lately(self, name: str) -> ScriptedStack:
        """Return the stack of a name that is gone and still found, by a read that is late."""
        for stack in reversed(self.stacks):
            if stack.name == name and stack.history.seen(self.clock.elapsed, self.lag):
                return stack
        raise NotFound(
            Call.DESCRIBE_STACKS, f"Stack with id {name} does not exist", "ValidationError"
        )

    def describe_stack_events(self, StackName: str, NextToken: str = "0") -> Json:
        events = self._find(StackName, Call.DESCRIBE_STACK_EVENTS).events
        start = int(NextToken)
        page: Json = {"StackEvents": events[start : start + self.page_size]}
        if start + self.page_size < len(events):
            page["NextToken"] = str(start + self.page_size)
        return page

    def list_stack_resources(self, StackName: str) -> Json:
        stack = self._find(StackName, Call.LIST_STACK_RESOURCES)
        return {
            "StackResourceSummaries": [
                {
                    "LogicalResourceId": logical_id,
                    "PhysicalResourceId": one.physical_id,
                    "ResourceType": one.type,
                    "ResourceStatus": one.status,
                    "ResourceStatusReason": one.reason,
                    "LastUpdatedTimestamp": self.clock.now(),
                }
                for logical_id, one in stack.resources.items()
            ]
        }

    def get_stack_policy(self, StackName: str) -> Json:
        policy = self._find(StackName, Call.GET_STACK_POLICY).policy
        return {"StackPolicyBody": policy} if policy else {}

    def set_stack_policy(self, StackName: str, StackPolicyBody: str) -> Json:
        json.loads(StackPolicyBody)
        self._find(StackName, Call.SET_STACK_POLICY).policy = StackPolicyBody
        happening, self.on_policy = self.on_policy, []
        for happen in happening:
            happen()
        return {}

    def update_termination_protection(
        self,
        StackName: str,
        EnableTerminationProtection: bool,
    ) -> Json:
        stack = self._find(StackName, Call.UPDATE_TERMINATION_PROTECTION)
        stack.protected = EnableTerminationProtection
        return {"StackId": stack.id}

    def list_exports(self) -> Json:
        return {
            "Exports": [
                {"ExportingStackId": "other", "Name": name, "Value": value}
                for name, value in self.exports.items()
            ]
        }

    def list_imports(self, ExportName: str) -> Json:
        if ExportName not in self.importers:
            message = f"Export '{ExportName}' is not imported by any stack."
            raise Rejected(Call.LIST_IMPORTS, message, "ValidationError")
        return {"Imports": self.importers[ExportName]}

    def cancel_update_stack(self, StackName: str, ClientRequestToken: str) -> Json:
        stack = self._find(StackName, Call.CANCEL_UPDATE_STACK)
        if stack.status != "UPDATE_IN_PROGRESS":
            raise Rejected(
                Call.CANCEL_UPDATE_STACK,
                "CancelUpdateStack cannot be called from current stack status",
                "ValidationError",
            )
        self.play.cancel(stack, ClientRequestToken)
        return {}

    def rollback_stack(self, StackName: str, ClientRequestToken: str, **_: str) -> Json:
        stack = self._find(StackName, Call.ROLLBACK_STACK)
        self.play.roll_back(stack, ClientRequestToken)
        return {"StackId": stack.id, "OperationId": stack.operation}

    def continue_update_rollback(
        self,
        StackName: str,
        ClientRequestToken: str,
        ResourcesToSkip: list[str] | None = None,
        **_: str,
    ) -> Json:
        stack = self._find(StackName, Call.CONTINUE_UPDATE_ROLLBACK)
        self.play.roll_back(stack, ClientRequestToken, skipped=ResourcesToSkip or [])
        return {}

    def delete_stack(self, StackName: str, ClientRequestToken: str = "", **_: str) -> Json:
        stack = self._find(StackName, Call.DELETE_STACK)
        if stack.protected:
            raise Rejected(
                Call.DELETE_STACK,
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled",
                "ValidationError",
            )
        self.play.delete(stack, ClientRequestToken)
        return {}
