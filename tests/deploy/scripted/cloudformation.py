"""CloudFormation as the scenarios script it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound, Rejected
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.ecs import ScriptedEcs
from tests.deploy.scripted.play import Play
from tests.deploy.scripted.stack import ScriptedChangeSet, ScriptedStack, arn
from tests.deploy.scripted.wire import ScriptedWire

Json = dict[str, Any]
BUSY = "_IN_PROGRESS"


class ScriptedCloudFormation:
    """Stacks and change sets; how an execution plays out is up to ``play``."""

    def __init__(self, wire: ScriptedWire, clock: VirtualClock, ecs: ScriptedEcs) -> None:
        self.clock = clock
        self.stacks: list[ScriptedStack] = []
        self.change_sets: list[ScriptedChangeSet] = []
        self.exports: dict[str, str] = {}
        self.importers: dict[str, list[str]] = {}
        self.objections: list[Json] = []
        self.hooks: list[Json] = []
        self.slow_polls = 0  # how often a change set is still being created
        self.change_set_fails = ""
        self.changes: list[Json] | None = None  # instead of what the templates tell
        self.detailed_changes: list[Json] | None = None  # with IncludePropertyValues
        self.page_size = 100
        self.stale_reads = 0  # how often DescribeStacks shows the stack before the execution
        self.on_execute: Callable[[], None] | None = None
        self.play = Play(clock, ecs)
        self.bucket: dict[str, str] = {}
        self._before: Json | None = None
        self._outputs: dict[str, list[Json]] = {}
        for call in Call:
            handler = getattr(self, call.name.lower(), None)
            if handler is not None:
                wire.handlers[call] = handler

    # what a scenario looks at

    def stack(self, name: str) -> ScriptedStack | None:
        return next((s for s in self.stacks if s.name == name and not s.gone), None)

    def left_behind(self) -> list[str]:
        """What nobody executed and nobody will: change sets and empty stacks."""
        sets = [one.name for one in self.change_sets if not one.execution.startswith("EXECUTE_")]
        return sets + [
            s.name for s in self.stacks if s.status == "REVIEW_IN_PROGRESS" and not s.gone
        ]

    def add(self, stack: ScriptedStack, outputs: dict[str, str] | None = None) -> ScriptedStack:
        self.stacks.append(stack)
        self._outputs[stack.id] = [
            {"OutputKey": key, "OutputValue": value} for key, value in (outputs or {}).items()
        ]
        return stack

    def review(self, stack: ScriptedStack, name: str, execution: str = "AVAILABLE") -> str:
        """A change set of somebody else."""
        made = ScriptedChangeSet(
            arn("changeSet", name),
            name,
            stack,
            "CREATE",
            stack.template,
            {},
            {},
            "theirs",
            [],
            execution=execution,
        )
        self.change_sets.append(made)
        return made.id

    def _find(self, name: str, call: Call) -> ScriptedStack:
        for stack in self.stacks:
            if stack.id == name or (stack.name == name and not stack.gone):
                return stack
        raise NotFound(call, f"Stack with id {name} does not exist", "ValidationError")

    def _change_set(self, name: str, call: Call, stack: str = "") -> ScriptedChangeSet:
        for one in self.change_sets:
            if one.id == name or (one.name == name and stack in (one.stack.id, one.stack.name)):
                return one
        raise NotFound(call, f"ChangeSet [{name}] does not exist", "ChangeSetNotFound")

    # calls

    def describe_stacks(self, StackName: str) -> Json:  # noqa: N803 - AWS's name
        stack = self._find(StackName, Call.DESCRIBE_STACKS)
        if self._before and self.stale_reads > 0:
            self.stale_reads -= 1
            return {"Stacks": [self._before]}
        return {"Stacks": [stack.describe(self._outputs.get(stack.id, []))]}

    def describe_stack_events(self, StackName: str, NextToken: str = "0") -> Json:  # noqa: N803
        events = self._find(StackName, Call.DESCRIBE_STACK_EVENTS).events
        start = int(NextToken)
        page: Json = {"StackEvents": events[start : start + self.page_size]}
        if start + self.page_size < len(events):
            page["NextToken"] = str(start + self.page_size)
        return page

    def describe_events(self, ChangeSetName: str) -> Json:  # noqa: N803
        self._change_set(ChangeSetName, Call.DESCRIBE_EVENTS)
        return {"OperationEvents": self.objections}

    def describe_change_set_hooks(self, ChangeSetName: str) -> Json:  # noqa: N803
        self._change_set(ChangeSetName, Call.DESCRIBE_CHANGE_SET_HOOKS)
        return {"Status": "PLANNED", "Hooks": self.hooks}

    def list_stack_resources(self, StackName: str) -> Json:  # noqa: N803
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

    def get_template(self, StackName: str = "", ChangeSetName: str = "", **_: str) -> Json:  # noqa: N803
        if ChangeSetName:
            return {"TemplateBody": self._change_set(ChangeSetName, Call.GET_TEMPLATE).template}
        return {"TemplateBody": self._find(StackName, Call.GET_TEMPLATE).template}

    def get_stack_policy(self, StackName: str) -> Json:  # noqa: N803
        policy = self._find(StackName, Call.GET_STACK_POLICY).policy
        return {"StackPolicyBody": policy} if policy else {}

    def set_stack_policy(self, StackName: str, StackPolicyBody: str) -> Json:  # noqa: N803
        json.loads(StackPolicyBody)
        self._find(StackName, Call.SET_STACK_POLICY).policy = StackPolicyBody
        return {}

    def update_termination_protection(
        self,
        StackName: str,  # noqa: N803
        EnableTerminationProtection: bool,  # noqa: N803
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

    def list_imports(self, ExportName: str) -> Json:  # noqa: N803
        if ExportName not in self.importers:
            message = f"Export '{ExportName}' is not imported by any stack."
            raise Rejected(Call.LIST_IMPORTS, message, "ValidationError")
        return {"Imports": self.importers[ExportName]}

    def list_change_sets(self, StackName: str) -> Json:  # noqa: N803
        stack = self._find(StackName, Call.LIST_CHANGE_SETS)
        return {
            "Summaries": [
                {
                    "StackId": stack.id,
                    "StackName": stack.name,
                    "ChangeSetId": one.id,
                    "ChangeSetName": one.name,
                    "Status": one.status,
                    "ExecutionStatus": one.execution,
                    "Description": one.description,
                }
                for one in self.change_sets
                if one.stack is stack
            ]
        }

    def create_change_set(self, **request: Any) -> Json:
        stack = self.stack(request["StackName"])
        kind = request["ChangeSetType"]
        if stack is not None and stack.status.endswith(BUSY) and "REVIEW" not in stack.status:
            raise Rejected(
                Call.CREATE_CHANGE_SET,
                f"Stack:{stack.id} is in {stack.status} state and can not be updated.",
                "ValidationError",
            )
        if kind == "CREATE" and stack is None:
            stack = self.add(ScriptedStack(self.clock, request["StackName"], "REVIEW_IN_PROGRESS"))
        assert stack is not None
        assert (kind == "CREATE") == (stack.status == "REVIEW_IN_PROGRESS")
        for other in self.change_sets:
            if other.name == request["ClientToken"]:
                return {"Id": other.id, "StackId": stack.id}
        parameters = {
            one["ParameterKey"]: stack.parameters[one["ParameterKey"]]
            if one.get("UsePreviousValue")
            else one["ParameterValue"]
            for one in request["Parameters"]
        }
        tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        template = request.get("TemplateBody") or self.bucket[request["TemplateURL"]]
        made = ScriptedChangeSet(
            arn("changeSet", request["ChangeSetName"]),
            request["ChangeSetName"],
            stack,
            kind,
            template,
            parameters,
            tags,
            request["Description"],
            [],
            polls=self.slow_polls,
            on_failure=request.get("OnStackFailure", "ROLLBACK"),
        )
        self._work_out(made)
        self.change_sets.append(made)
        return {"Id": made.id, "StackId": stack.id}

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_: str) -> Json:  # noqa: N803
        self.bucket = {f"https://{Bucket}.s3.us-east-1.amazonaws.com/{Key}": Body.decode()}
        return {}

    def _work_out(self, made: ScriptedChangeSet) -> None:
        stack = made.stack
        made.changes = self.changes if self.changes is not None else differences(made)
        if self.change_set_fails:
            made.status, made.execution, made.reason = (
                "FAILED",
                "UNAVAILABLE",
                self.change_set_fails,
            )
        elif made.kind == "UPDATE" and not made.changes and made.tags == stack.tags:
            made.status, made.execution = "FAILED", "UNAVAILABLE"
            made.reason = (
                "The submitted information didn't contain changes. "
                "Submit different information to create a change set."
            )

    def describe_change_set(
        self,
        ChangeSetName: str,  # noqa: N803
        IncludePropertyValues: bool = False,  # noqa: N803
        NextToken: str = "0",  # noqa: N803
    ) -> Json:
        one = self._change_set(ChangeSetName, Call.DESCRIBE_CHANGE_SET)
        described: Json = {
            "ChangeSetId": one.id,
            "ChangeSetName": one.name,
            "StackId": one.stack.id,
            "StackName": one.stack.name,
            "Description": one.description,
            "Status": one.status,
            "ExecutionStatus": one.execution,
        }
        if one.polls > 0:
            one.polls -= 1
            return {**described, "Status": "CREATE_IN_PROGRESS", "ExecutionStatus": "UNAVAILABLE"}
        changes = one.changes
        if one.reason and not IncludePropertyValues:
            described["StatusReason"] = one.reason
        if IncludePropertyValues and self.detailed_changes is not None:
            changes = self.detailed_changes
            described["StatusReason"] = (
                "[WARN] --include-property-values option can return incomplete ChangeSet data "
                "because: Logical Id: BffTaskDefinition, failed property validation"
            )
        start = int(NextToken)
        described["Changes"] = changes[start : start + self.page_size]
        if start + self.page_size < len(changes):
            described["NextToken"] = str(start + self.page_size)
        return described

    def delete_change_set(self, ChangeSetName: str, StackName: str) -> Json:  # noqa: N803
        for one in list(self.change_sets):
            if ChangeSetName in (one.id, one.name) and StackName in (one.stack.id, one.stack.name):
                if one.polls > 0:
                    one.polls -= 1
                    raise Rejected(
                        Call.DELETE_CHANGE_SET, "still being created", "InvalidChangeSetStatus"
                    )
                self.change_sets.remove(one)
        return {}

    def execute_change_set(self, ChangeSetName: str, ClientRequestToken: str) -> Json:  # noqa: N803
        if self.on_execute is not None:
            self.on_execute()
        one = self._change_set(ChangeSetName, Call.EXECUTE_CHANGE_SET)
        if one.execution != "AVAILABLE":
            raise Rejected(
                Call.EXECUTE_CHANGE_SET,
                f"ChangeSet [{one.id}] cannot be executed in its status of [{one.execution}]",
                "InvalidChangeSetStatus",
            )
        self._before = one.stack.describe(self._outputs.get(one.stack.id, []))
        one.execution = "EXECUTE_IN_PROGRESS"
        one.stack.change_set_id = one.id
        self.play.execute(one, ClientRequestToken)
        return {}

    def cancel_update_stack(self, StackName: str, ClientRequestToken: str) -> Json:  # noqa: N803
        stack = self._find(StackName, Call.CANCEL_UPDATE_STACK)
        if stack.status != "UPDATE_IN_PROGRESS":
            raise Rejected(
                Call.CANCEL_UPDATE_STACK,
                "CancelUpdateStack cannot be called from current stack status",
                "ValidationError",
            )
        self.play.cancel(stack, ClientRequestToken)
        return {}

    def rollback_stack(self, StackName: str, ClientRequestToken: str, **_: str) -> Json:  # noqa: N803
        stack = self._find(StackName, Call.ROLLBACK_STACK)
        self.play.roll_back(stack, ClientRequestToken)
        return {"StackId": stack.id, "OperationId": stack.operation}

    def continue_update_rollback(
        self,
        StackName: str,  # noqa: N803
        ClientRequestToken: str,  # noqa: N803
        ResourcesToSkip: list[str] | None = None,  # noqa: N803
        **_: str,
    ) -> Json:
        stack = self._find(StackName, Call.CONTINUE_UPDATE_ROLLBACK)
        self.play.roll_back(stack, ClientRequestToken, skipped=ResourcesToSkip or [])
        return {}

    def delete_stack(self, StackName: str, ClientRequestToken: str = "", **_: str) -> Json:  # noqa: N803
        stack = self._find(StackName, Call.DELETE_STACK)
        if stack.protected:
            raise Rejected(
                Call.DELETE_STACK,
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled",
                "ValidationError",
            )
        self.play.delete(stack, ClientRequestToken)
        return {}


def differences(made: ScriptedChangeSet) -> list[Json]:
    """What changes between the stack's template and the change set's, resource by resource."""
    old = json.loads(made.stack.template)["Resources"] if made.stack.template else {}
    new = json.loads(made.template)["Resources"]
    before = made.stack.parameters
    changed = {key for key, value in made.parameters.items() if before.get(key) != value}
    found = [change("Remove", one, old[one]["Type"]) for one in sorted(set(old) - set(new))]
    renewed: set[str] = set()
    for logical_id in sorted(new, key=lambda one: (new[one]["Type"] != TASK_DEFINITION, one)):
        one = new[logical_id]
        if logical_id not in old:
            found.append(change("Add", logical_id, one["Type"]))
            continue
        text = json.dumps(one)
        touched = [key for key in sorted(changed | renewed) if f'"{key}"' in text]
        if old[logical_id] == one and not touched:
            continue
        replaced = one["Type"] == TASK_DEFINITION
        if replaced:
            renewed.add(logical_id)
        found.append(
            change(
                "Modify",
                logical_id,
                one["Type"],
                replacement="True" if replaced else "False",
                cause=touched[0] if touched else "",
            )
        )
    return found


TASK_DEFINITION = "AWS::ECS::TaskDefinition"


def change(
    action: str,
    logical_id: str,
    type_: str,
    *,
    replacement: str = "",
    cause: str = "",
    before: str = "",
    after: str = "",
    path: str = "/Properties/Thing",
    physical: str = "",
) -> Json:
    """One of the Changes of DescribeChangeSet."""
    one: Json = {"Action": action, "LogicalResourceId": logical_id, "ResourceType": type_}
    if physical:
        one["PhysicalResourceId"] = physical
    if action == "Modify":
        one["Replacement"] = replacement or "False"
        target: Json = {
            "Attribute": "Properties",
            "Name": path.split("/")[2],
            "Path": path,
            "RequiresRecreation": "Always" if replacement == "True" else "Never",
        }
        if before or after:
            target |= {"BeforeValue": before, "AfterValue": after}
        detail: Json = {
            "Target": target,
            "Evaluation": "Static",
            "ChangeSource": "DirectModification",
        }
        if cause:
            detail |= {"CausingEntity": cause, "ChangeSource": "ParameterReference"}
        one["Details"] = [detail]
    return {"Type": "Resource", "ResourceChange": one}
