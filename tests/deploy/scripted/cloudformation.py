"""CloudFormation's change sets, as the scenarios script them, beside its stacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound, Rejected
from tests.deploy.scripted.changes import beyond_resources, differences
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.ecs import ScriptedEcs
from tests.deploy.scripted.stack import BUSY, ScriptedChangeSet, ScriptedStack, arn
from tests.deploy.scripted.stacks import ScriptedStacks
from tests.deploy.scripted.wire import ScriptedWire

Json = dict[str, Any]


class ScriptedCloudFormation(ScriptedStacks):
    """The whole service, answering the wire's calls."""

    def __init__(self, wire: ScriptedWire, clock: VirtualClock, ecs: ScriptedEcs) -> None:
        super().__init__(clock, ecs)
        self.change_sets: list[ScriptedChangeSet] = []
        self.objections: list[Json] = []
        self.hooks: list[Json] = []
        self.hook_results: dict[str, Json] = {}  # by the id that an event's HookInvocationId names
        self.slow_polls = 0  # how often a change set is still being created
        self.change_set_fails = ""
        self.changes: list[Json] | None = None  # instead of what the templates tell
        self.detailed_changes: list[Json] | None = None  # with IncludePropertyValues
        self.on_execute: Callable[[], None] | None = None
        self.bucket: dict[str, str] = {}
        wire.serve(self)

    def left_behind(self) -> list[str]:
        """What is left unexecuted: change sets and empty stacks."""
        sets = [one.name for one in self.change_sets if not one.execution.startswith("EXECUTE_")]
        return sets + [
            s.name for s in self.stacks if s.status == "REVIEW_IN_PROGRESS" and not s.gone
        ]

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

    def _change_set(self, name: str, call: Call, stack: str = "") -> ScriptedChangeSet:
        for one in self.change_sets:
            if one.id == name or (one.name == name and stack in (one.stack.id, one.stack.name)):
                return one
        raise NotFound(call, f"ChangeSet [{name}] does not exist", "ChangeSetNotFound")

    def describe_events(self, ChangeSetName: str) -> Json:
        self._change_set(ChangeSetName, Call.DESCRIBE_EVENTS)
        return {"OperationEvents": self.objections}

    def describe_change_set_hooks(self, ChangeSetName: str) -> Json:
        self._change_set(ChangeSetName, Call.DESCRIBE_CHANGE_SET_HOOKS)
        return {"Status": "PLANNED", "Hooks": self.hooks}

    def get_hook_result(self, HookResultId: str) -> Json:
        if HookResultId not in self.hook_results:
            message = f"Hook result {HookResultId} not found"
            raise NotFound(Call.DESCRIBE_EVENTS, message, "HookResultNotFound")
        return {"HookResultId": HookResultId, **self.hook_results[HookResultId]}

    def get_template(self, StackName: str = "", ChangeSetName: str = "", **_: str) -> Json:
        if ChangeSetName:
            return {"TemplateBody": self._change_set(ChangeSetName, Call.GET_TEMPLATE).template}
        return {"TemplateBody": self._find(StackName, Call.GET_TEMPLATE).template}

    def list_change_sets(self, StackName: str) -> Json:
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
            mode=request.get("DeploymentMode", ""),
        )
        self._work_out(made)
        self.change_sets.append(made)
        return {"Id": made.id, "StackId": stack.id}

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_: str) -> Json:
        self.bucket = {f"https://{Bucket}.s3.us-east-1.amazonaws.com/{Key}": Body.decode()}
        return {}

    def _work_out(self, made: ScriptedChangeSet) -> None:
        made.changes = self.changes if self.changes is not None else differences(made)
        if self.change_set_fails:
            made.status, made.execution, made.reason = (
                "FAILED",
                "UNAVAILABLE",
                self.change_set_fails,
            )
        elif made.kind == "UPDATE" and not made.changes and not beyond_resources(made):
            made.status, made.execution = "FAILED", "UNAVAILABLE"
            made.reason = (
                "The submitted information didn't contain changes. "
                "Submit different information to create a change set."
            )

    def describe_change_set(
        self,
        ChangeSetName: str,
        IncludePropertyValues: bool = False,
        NextToken: str = "0",
        StackName: str = "",
    ) -> Json:
        one = self._change_set(ChangeSetName, Call.DESCRIBE_CHANGE_SET, StackName)
        described: Json = {
            "ChangeSetId": one.id,
            "ChangeSetName": one.name,
            "StackId": one.stack.id,
            "StackName": one.stack.name,
            "Description": one.description,
            "Status": one.status,
            "ExecutionStatus": one.execution,
            **({"DeploymentMode": one.mode} if one.mode else {}),
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

    def delete_change_set(self, ChangeSetName: str, StackName: str) -> Json:
        for one in list(self.change_sets):
            if ChangeSetName in (one.id, one.name) and StackName in (one.stack.id, one.stack.name):
                if one.polls > 0:
                    one.polls -= 1
                    raise Rejected(
                        Call.DELETE_CHANGE_SET, "still being created", "InvalidChangeSetStatus"
                    )
                self.change_sets.remove(one)
        return {}

    def execute_change_set(self, ChangeSetName: str, ClientRequestToken: str) -> Json:
        if self.on_execute is not None:
            self.on_execute()
        one = self._change_set(ChangeSetName, Call.EXECUTE_CHANGE_SET)
        if one.execution != "AVAILABLE":
            raise Rejected(
                Call.EXECUTE_CHANGE_SET,
                f"ChangeSet [{one.id}] cannot be executed in its status of [{one.execution}]",
                "InvalidChangeSetStatus",
            )
        self.before = one.stack.describe(self.outputs.get(one.stack.id, []))
        one.execution = "EXECUTE_IN_PROGRESS"
        one.stack.change_set_id = one.id
        self.play.execute(one, ClientRequestToken)
        return {}
