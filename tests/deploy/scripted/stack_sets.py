"""CloudFormation StackSets as the scenarios script it: one stack set, operations that take time."""

from __future__ import annotations

from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound, Rejected
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.wire import ScriptedWire, page

Json = dict[str, Any]
ARN = "arn:aws:cloudformation:us-east-1:111111111111:stackset"


class ScriptedStackSets:
    """``accounts`` are those of each unit; those that ``fail`` do, with a reason.

    An operation takes ``seconds``, one account after the other.
    """

    def __init__(self, wire: ScriptedWire, clock: VirtualClock) -> None:
        self.clock = clock
        self.found: Json | None = None
        self.accounts: dict[str, list[str]] = {}
        self.fail: dict[str, str] = {}
        self.seconds = 20.0
        self.busy = False
        self.operations: dict[str, Json] = {}
        self.instances: set[str] = set()
        wire.serve(self)

    def describe_stack_set(self, StackSetName: str, CallAs: str = "SELF") -> Json:
        if self.found is None:
            raise NotFound(
                Call.DESCRIBE_STACK_SET, f"StackSet {StackSetName} not found", "StackSetNotFound"
            )
        return {"StackSet": self.found}

    def create_stack_set(self, **given: Any) -> Json:
        kept = {k: v for k, v in given.items() if k not in ("ClientRequestToken", "CallAs")}
        identity = f"{given['StackSetName']}:0a"
        more = {"StackSetId": identity, "Status": "ACTIVE", "OrganizationalUnitIds": []}
        self.found = {**kept, **more, "StackSetARN": f"{ARN}/{identity}"}
        return {"StackSetId": identity}

    def update_stack_set(self, **given: Any) -> Json:
        self._require_free(Call.UPDATE_STACK_SET)
        assert self.found is not None
        unkept = ("OperationId", "OperationPreferences", "CallAs")
        self.found.update({k: v for k, v in given.items() if k not in unkept})
        return self._begin(given, sorted(self.instances))

    def create_stack_instances(self, **given: Any) -> Json:
        self._require_free(Call.CREATE_STACK_INSTANCES)
        assert self.found is not None
        targets = given["DeploymentTargets"]
        units = targets["OrganizationalUnitIds"]
        self.found["OrganizationalUnitIds"] = [*self.found["OrganizationalUnitIds"], *units]
        chosen = [one for unit in units for one in self.accounts.get(unit, [])]
        if "Accounts" in targets:
            assert targets["AccountFilterType"] == "INTERSECTION"
            chosen = [one for one in chosen if one in targets["Accounts"]]
        self.instances.update(chosen)
        return self._begin(given, chosen)

    def describe_stack_set_operation(
        self,
        StackSetName: str,
        OperationId: str,
        CallAs: str = "SELF",
    ) -> Json:
        if OperationId not in self.operations:
            raise NotFound(Call.DESCRIBE_STACK_SET_OPERATION, "no operation", "OperationNotFound")
        statuses = {one["Status"] for one in self._results(OperationId)}
        tolerance = self.operations[OperationId]["preferences"]["FailureToleranceCount"]
        failed = [one for one in self._results(OperationId) if one["Status"] == "FAILED"]
        status = "RUNNING" if statuses & {"PENDING", "RUNNING"} else "SUCCEEDED"
        if len(failed) > tolerance:
            status = "FAILED"
        return {"StackSetOperation": {"OperationId": OperationId, "Status": status}}

    def list_stack_set_operation_results(
        self,
        StackSetName: str,
        OperationId: str,
        CallAs: str = "SELF",
        NextToken: str = "0",
    ) -> Json:
        part, more = page(self._results(OperationId), NextToken, 2)
        return {"Summaries": part, **more}

    def list_stack_instances(
        self,
        StackSetName: str,
        CallAs: str = "SELF",
    ) -> Json:
        return {
            "Summaries": [
                {"Account": one, "Status": "OUTDATED" if one in self.fail else "CURRENT"}
                for one in sorted(self.instances)
            ]
        }

    def _require_free(self, call: Call) -> None:
        if self.busy:
            raise Rejected(call, "Another Operation is in progress", "OperationInProgressException")

    def _begin(self, given: Json, accounts: list[str]) -> Json:
        self.operations[given["OperationId"]] = {
            "accounts": accounts,
            "begun": self.clock.elapsed,
            "preferences": given["OperationPreferences"],
        }
        return {"OperationId": given["OperationId"]}

    def _results(self, identity: str) -> list[Json]:
        operation = self.operations[identity]
        share = self.seconds / max(1, len(operation["accounts"]))
        failures, found = 0, []
        for index, one in enumerate(operation["accounts"]):
            done = self.clock.elapsed - operation["begun"] >= share * (index + 1)
            if failures > operation["preferences"]["FailureToleranceCount"]:
                found.append({"Account": one, "Region": "us-east-1", "Status": "CANCELLED"})
            elif not done:
                found.append({"Account": one, "Region": "us-east-1", "Status": "RUNNING"})
            else:
                status = "FAILED" if one in self.fail else "SUCCEEDED"
                failures += status == "FAILED"
                reason = {"StatusReason": self.fail[one]} if one in self.fail else {}
                place = {"Account": one, "Region": "us-east-1", "Status": status}
                found.append({**place, **reason})
        return found
