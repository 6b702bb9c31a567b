"""CloudFormation's drift detection: what differs, how long it takes, and how it fails."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bidops_cfn.deploy.calls import Call
from tests.deploy.scripted.wire import page

if TYPE_CHECKING:
    from tests.deploy.scripted.world import World

Json = dict[str, Any]
IDS = "b78ac9b0-dec1-11e7-a451-503a3example"


def reverted(
    logical_id: str,
    type_: str,
    *properties: tuple[str, str | None, str | None, str | None],
    status: str = "MODIFIED",
    **more: Any,
) -> Json:
    """A change of a drift-aware change set: of each property the path, and its value as deployed,
    as it is live, and in the template; None where there is none."""
    described: Json = {
        "Action": "Add" if status == "DELETED" else "Modify",
        "LogicalResourceId": logical_id,
        "ResourceType": type_,
        "Replacement": "False",
        "ResourceDriftStatus": status,
        "Details": [
            {
                "Target": {
                    "Attribute": "Properties",
                    "Name": path.split("/")[0],
                    "Path": f"/Properties/{path}",
                    "RequiresRecreation": "Never",
                    "BeforeValueFrom": "ACTUAL_STATE",
                    "AfterValueFrom": "TEMPLATE",
                    "Drift": {
                        key: value
                        for key, value in (("PreviousValue", was), ("ActualValue", live))
                        if value is not None
                    },
                    **({"BeforeValue": live} if live is not None else {}),
                    **({"AfterValue": after} if after is not None else {}),
                },
                "Evaluation": "Static",
                "ChangeSource": "NoModification",
            }
            for path, was, live, after in properties
        ],
        **more,
    }
    return {"Type": "Resource", "ResourceChange": described}


class ScriptedDrift:
    """Detection in a world's stack: every resource is in sync but for those that ``drifts`` hold.

    ``drifts`` are by logical id, as ``DescribeStackResourceDrifts`` says them; ``silent`` are the
    resources that it does not list, ``old`` those of which only an earlier detection tells.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.drifts: dict[str, Json] = {}
        self.silent: set[str] = set()
        self.old: set[str] = set()
        self.seconds = 9.0
        self.failure: str | None = None
        self.says = ""  # of the stack, where it is not what its resources say
        self.page = 100
        self.began: datetime | None = None
        self.over = False
        world.wire.serve(self)
        for call, add in (
            (Call.DESCRIBE_STACKS, self._add_to_stacks),
            (Call.LIST_STACK_RESOURCES, self._add_to_resources),
        ):
            world.wire.handlers[call] = self._wrap(world.wire.handlers[call], add)

    def modify(self, logical_id: str, *differences: tuple[str, str, str, str]) -> None:
        """Let a resource differ: path, kind of difference, deployed and live value of each."""
        self.drifts[logical_id] = {
            "StackResourceDriftStatus": "MODIFIED",
            "PropertyDifferences": [
                {
                    "PropertyPath": path,
                    "DifferenceType": kind,
                    "ExpectedValue": expected,
                    "ActualValue": actual,
                }
                for path, kind, expected, actual in differences
            ],
        }

    def detected(self) -> None:
        """Let a detection have been done before."""
        self.began, self.over = self.world.clock.now(), True

    @property
    def names(self) -> Iterable[str]:
        return [one for one in self.world.stack.resources if one not in self.silent]

    def detect_stack_drift(self, StackName: str) -> Json:
        assert StackName == self.world.stack.id
        self.began, self.over = self.world.clock.now(), False
        self.world.clock.after(self.seconds, self._end)
        return {"StackDriftDetectionId": IDS}

    def _end(self) -> None:
        self.over = True

    def describe_stack_drift_detection_status(self, StackDriftDetectionId: str) -> Json:
        assert StackDriftDetectionId == IDS
        assert self.began is not None
        status = "DETECTION_IN_PROGRESS"
        if self.over:
            status = "DETECTION_COMPLETE" if self.failure is None else "DETECTION_FAILED"
        described = {
            "StackId": self.world.stack.id,
            "StackDriftDetectionId": StackDriftDetectionId,
            "DetectionStatus": status,
            "DriftedStackResourceCount": len(self.drifts),
            "Timestamp": self.began,
        }
        if self.over:
            described["StackDriftStatus"] = self.says or self._judge()
        return described | ({"DetectionStatusReason": self.failure} if self.failure else {})

    def _judge(self) -> str:
        found = {one["StackResourceDriftStatus"] for one in self.drifts.values()}
        if found & {"MODIFIED", "DELETED"}:
            return "DRIFTED"
        return "UNKNOWN" if "UNKNOWN" in found else "IN_SYNC"

    def describe_stack_resource_drifts(self, StackName: str, NextToken: str = "0") -> Json:
        assert self.began is not None
        stack = self.world.stack
        assert StackName == stack.id
        listed = [
            {
                "StackId": stack.id,
                "LogicalResourceId": one,
                "PhysicalResourceId": stack.physical_id(one),
                "ResourceType": stack.resources[one].type,
                "StackResourceDriftStatus": "IN_SYNC",
                "Timestamp": self.began - timedelta(days=one in self.old),
                **self.drifts.get(one, {}),
            }
            for one in self.names
        ]
        part, more = page(listed, NextToken, self.page)
        return {"StackResourceDrifts": part, **more}

    def _wrap(self, handler: Any, add: Any) -> Any:
        def handle(**parameters: Any) -> Json:
            answer: Json = handler(**parameters)
            if self.over:
                add(answer)
            return answer

        return handle

    def _add_to_stacks(self, answer: Json) -> None:
        for one in answer["Stacks"]:
            one["DriftInformation"] = {
                "StackDriftStatus": self._judge(),
                "LastCheckTimestamp": self.began,
            }

    def _add_to_resources(self, answer: Json) -> None:
        names = set(self.names)
        for one in answer["StackResourceSummaries"]:
            name = one["LogicalResourceId"]
            known = self.drifts.get(name, {}).get("StackResourceDriftStatus", "IN_SYNC")
            status = known if name in names and known != "UNKNOWN" else "NOT_CHECKED"
            one["DriftInformation"] = {"StackResourceDriftStatus": status}
