"""The sandbox's CloudFormation, with answers that are late, odd or not there at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bidops_cfn_sandbox.cloudformation.calls import Calls
from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSet, ChangeSets, change_set_id
from bidops_cfn_sandbox.cloudformation.execution import Goal
from bidops_cfn_sandbox.cloudformation.stack import Settings, Stack
from bidops_cfn_sandbox.cloudformation.template import Template
from bidops_cfn_sandbox.engine.answers import AwsError
from bidops_cfn_sandbox.resource_type import Place
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.ecs import ScriptedEcs
from tests.deploy.scripted.script import Script, ScriptedEngine
from tests.deploy.scripted.stack import Lag, ScriptedStack
from tests.deploy.scripted.stacks import ScriptedStacks
from tests.deploy.scripted.types import Maker
from tests.deploy.scripted.wire import ScriptedWire, page

Json = dict[str, Any]
ACCOUNT = "111111111111"


class ScriptedChangeSets(ChangeSets):
    """Change sets that say what ``changes`` says instead of what the templates tell."""

    changes: list[Json] | None = None

    def differs(self, stack: Stack, goal: Goal, changes: list[Json] | None = None) -> bool:
        return super().differs(stack, goal, changes if self.changes is None else self.changes)


class ScriptedCloudFormation(Calls):
    """The whole service, answering the wire's calls."""

    stacks: ScriptedStacks
    change_sets: ScriptedChangeSets

    def __init__(self, wire: ScriptedWire, clock: VirtualClock, ecs: ScriptedEcs) -> None:
        self.bucket: dict[str, str] = {}
        self.engine = ScriptedEngine(clock)
        self.exports: dict[str, str] = {}
        types = Maker(self.engine, ecs).types()
        place = Place(ACCOUNT, wire.region)
        stacks = ScriptedStacks(place, types, self.engine, others=self.exports)
        super().__init__(ScriptedChangeSets(stacks), self.bucket.__getitem__)
        self.importers: dict[str, list[str]] = {}
        self.objections: list[Json] = []
        self.hooks: list[Json] = []
        self.hook_results: dict[str, Json] = {}  # by the id that an event's HookInvocationId names
        self.slow_polls = 0  # how often a change set is still being created
        self.change_set_fails = ""
        self.detailed_changes: list[Json] | None = None  # with IncludePropertyValues
        self.on_execute: Callable[[], object] | None = None
        self.on_policy: list[Callable[[], None]] = []  # once, when the next policy is set
        self.page_size = 100
        self.lag = Lag()
        self._polls: dict[str, int] = {}  # that are left of a change set, by its id
        self._told: dict[str, list[Json]] = {}  # changes of a change set, by its id
        self._modes: dict[str, str] = {}
        wire.serve(self)

    @property
    def play(self) -> Script:
        return self.engine.script

    @property
    def changes(self) -> list[Json] | None:
        return self.change_sets.changes

    @changes.setter
    def changes(self, changes: list[Json] | None) -> None:
        self.change_sets.changes = changes

    def stack(self, name: str) -> ScriptedStack | None:
        found = self.stacks.find(name)
        assert found is None or isinstance(found, ScriptedStack)
        return found

    def left_behind(self) -> list[str]:
        """What is left unexecuted: change sets and empty stacks."""
        sets = [one.name for one in self.change_sets.all.values() if not one.is_executed]
        return sets + [one.name for one in self.stacks.live() if one.status == "REVIEW_IN_PROGRESS"]

    def review(self, stack: ScriptedStack, name: str, execution: str = "AVAILABLE") -> str:
        """A change set of somebody else."""
        goal = Goal(stack.template or Template("", {}), {}, Settings())
        id_, basis, now = change_set_id(stack, name), len(stack.operations), self.engine.clock.now()
        self.change_sets.all[id_] = ChangeSet(
            name, id_, "CREATE", stack, goal, "theirs", [], "CREATE_COMPLETE", execution, basis, now
        )
        return id_

    def describe_stacks(self, StackName: str = "", **_: Any) -> Json:
        stack = self.stack(StackName) or self._lately(StackName)
        (fresh,) = super().describe_stacks(stack.id)["Stacks"]
        late = stack.history.read(self.engine.clock.elapsed, self.lag, fresh)
        now = {key: fresh[key] for key in ("Outputs", "EnableTerminationProtection")}
        return {"Stacks": [late | now]}

    def _lately(self, name: str) -> ScriptedStack:
        """Return the stack of a name that is gone and still found, by a read that is late."""
        for stack in reversed(self.stacks.all.values()):
            assert isinstance(stack, ScriptedStack)
            if stack.name == name and stack.history.seen(self.engine.clock.elapsed, self.lag):
                return stack
        self.stacks.get(name)  # raises
        raise AssertionError(name)

    def describe_stack_events(self, StackName: str, NextToken: str = "0", **_: Any) -> Json:
        events = super().describe_stack_events(StackName)["StackEvents"]
        part, more = page(events, NextToken, self.page_size)
        return {"StackEvents": part, **more}

    def describe_events(self, *_: Any, ChangeSetName: str = "", **__: Any) -> Json:
        self.change_sets.get(ChangeSetName)
        return {"OperationEvents": self.objections}

    def describe_change_set_hooks(self, *names: str, **named: Any) -> Json:
        return {**super().describe_change_set_hooks(*names, **named), "Hooks": self.hooks}

    def get_hook_result(self, HookResultId: str, **_: Any) -> Json:
        if HookResultId not in self.hook_results:
            raise AwsError("HookResultNotFound", f"Hook result {HookResultId} not found")
        return {"HookResultId": HookResultId, **self.hook_results[HookResultId]}

    def set_stack_policy(self, *names: str, **named: Any) -> Json:
        super().set_stack_policy(*names, **named)
        happening, self.on_policy = self.on_policy, []
        for happen in happening:
            happen()
        return {}

    def list_imports(self, ExportName: str, **_: Any) -> Json:
        if ExportName in self.importers:
            return {"Imports": self.importers[ExportName]}
        return super().list_imports(ExportName)

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_: str) -> Json:
        self.bucket.clear()
        self.bucket[f"https://{Bucket}.s3.us-east-1.amazonaws.com/{Key}"] = Body.decode()
        return {}

    def create_change_set(self, StackName: str, ChangeSetName: str, **request: Any) -> Json:
        mode = request.pop("DeploymentMode", "")
        made = super().create_change_set(StackName, ChangeSetName, **request)
        one = self.change_sets.get(made["Id"])
        if one.id not in self._polls:
            self._polls[one.id], self._modes[one.id] = self.slow_polls, mode
            if self.changes is not None:
                self._told[one.id] = self.changes
            if self.change_set_fails:
                one.status, one.execution_status = "FAILED", "UNAVAILABLE"
                one.reason = self.change_set_fails
        return made

    def describe_change_set(
        self,
        ChangeSetName: str,
        StackName: str = "",
        IncludePropertyValues: bool = False,
        NextToken: str = "0",
        **_: Any,
    ) -> Json:
        answer = super().describe_change_set(ChangeSetName, StackName, IncludePropertyValues)
        id_ = answer["ChangeSetId"]
        if self._modes.get(id_):
            answer["DeploymentMode"] = self._modes[id_]
        if self._polls.get(id_, 0) > 0:
            self._polls[id_] -= 1
            running = {"Status": "CREATE_IN_PROGRESS", "ExecutionStatus": "UNAVAILABLE"}
            return {**answer, **running, "Changes": []}
        answer["Changes"] = self._told.get(id_, answer["Changes"])
        if IncludePropertyValues:
            answer.pop("StatusReason", None)
            if self.detailed_changes is not None:
                answer["Changes"] = self.detailed_changes
                answer["StatusReason"] = (
                    "[WARN] --include-property-values option can return incomplete ChangeSet data "
                    "because: Logical Id: BffTaskDefinition, failed property validation"
                )
        part, more = page(answer["Changes"], NextToken, self.page_size)
        return {**answer, "Changes": part, **more}

    def delete_change_set(self, ChangeSetName: str, StackName: str = "", **_: Any) -> Json:
        id_ = self.change_sets.get(ChangeSetName, StackName).id
        if self._polls.get(id_, 0) > 0:
            self._polls[id_] -= 1
            raise AwsError("InvalidChangeSetStatus", "still being created")
        return super().delete_change_set(id_)

    def execute_change_set(self, ChangeSetName: str, *named: Any, **request: Any) -> Json:
        if self.on_execute is not None:
            self.on_execute()
        return super().execute_change_set(ChangeSetName, *named, **request)
