"""CloudFormation over resource types of nothing: what it does with them is all that counts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name

from bidops_cfn_sandbox.cloudformation.calls import Calls
from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSets
from bidops_cfn_sandbox.cloudformation.stacks import Stacks
from bidops_cfn_sandbox.engine.engine import Engine
from bidops_cfn_sandbox.properties import TAGS, Leaf
from bidops_cfn_sandbox.resource_type import Made, Place, Request, ResourceFailed, ResourceType

PLACE = Place("111111111111", "us-east-1")


@dataclass
class World:
    """Where boxes are: made, changed and deleted by their resource type; ``log`` is the order.

    A ``stuck`` box cannot be given back its lack of a color.
    """

    boxes: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    made: int = 0
    stuck: set[str] = field(default_factory=set)

    def create(self, request: Request) -> Made:
        self._refuse(request, "create")
        self.made += 1
        name = f"{request.logical_id.lower()}-{self.made}"
        self.boxes[name] = dict(request.properties)
        self.log.append(f"create {name}")
        return Made(name, {"Arn": f"arn:box/{name}"})

    def update(self, request: Request, physical_id: str) -> Made:
        self._refuse(request, "update")
        if physical_id in self.stuck and "Color" not in request.properties:
            raise ResourceFailed(f"{physical_id} is stuck")
        self.boxes[physical_id] = dict(request.properties)
        self.log.append(f"update {physical_id}")
        return Made(physical_id, {"Arn": f"arn:box/{physical_id}"})

    def delete(self, request: Request, physical_id: str) -> None:
        self._refuse(request, "delete")
        del self.boxes[physical_id]
        self.log.append(f"delete {physical_id}")

    @staticmethod
    def _refuse(request: Request, verb: str) -> None:
        if request.properties.get("Refuse") == verb:
            raise ResourceFailed(f"no {verb} today")

    def types(self) -> dict[str, ResourceType]:
        box = ResourceType(
            "AWS::Test::Box",
            {
                "Name": Leaf.STRING,
                "Color": Leaf.STRING,
                "Size": Leaf.INTEGER,
                "Lid": {"Open": Leaf.BOOLEAN, "Labels": [{"Text": Leaf.STRING}]},
                "Refuse": Leaf.STRING,
                "Tags": TAGS,
            },
            self.create,
            self.delete,
            self.update,
            create_only=frozenset({"Name"}),
            attributes=frozenset({"Arn"}),
            named="Name",
        )
        role = ResourceType("AWS::IAM::Role", {"RoleName": Leaf.STRING}, self.create, self.delete)
        return {"AWS::Test::Box": box, "AWS::IAM::Role": role}


class Api:
    """The actions of CloudFormation, by their names in Python."""

    def __init__(self, world: World) -> None:
        self.world = world
        change_sets = ChangeSets(Stacks(PLACE, world.types(), Engine()))
        self.calls = Calls(change_sets, lambda url: url)

    def __call__(self, action: str, **parameters: Any) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self.calls, xform_name(action))(**parameters)
        return answer

    def status(self, name: str = "s") -> str:
        return str(self.stack(name)["StackStatus"])

    def stack(self, name: str = "s") -> dict[str, Any]:
        found: dict[str, Any] = self("DescribeStacks", StackName=name)["Stacks"][0]
        return found

    def change_set(
        self,
        resources: Mapping[str, Any],
        *,
        kind: str = "UPDATE",
        name: str = "c",
        stack: str = "s",
        sections: Mapping[str, Any] | None = None,
        **request: Any,
    ) -> dict[str, Any]:
        """Create a change set; return its description, with values."""
        made = self(
            "CreateChangeSet",
            StackName=stack,
            ChangeSetName=name,
            ChangeSetType=kind,
            TemplateBody=body(resources, sections),
            **request,
        )
        return self("DescribeChangeSet", ChangeSetName=made["Id"], IncludePropertyValues=True)

    def deploy(self, resources: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        """Create a change set and execute it; return its description from before."""
        described = self.change_set(resources, **options)
        assert described["Status"] == "CREATE_COMPLETE", described
        self("ExecuteChangeSet", ChangeSetName=described["ChangeSetId"])
        return described

    def began(self, operation_id: str) -> tuple[str, str]:
        """Return status and reason of the event with which an operation began."""
        first = self("DescribeEvents", OperationId=operation_id)["OperationEvents"][-1]
        return first["ResourceStatus"], first.get("ResourceStatusReason", "")

    def failures(self, name: str = "s") -> list[tuple[str, str]]:
        """Return logical id and reason of each failure, oldest first."""
        events = self("DescribeStackEvents", StackName=name)["StackEvents"]
        return [
            (event["LogicalResourceId"], event["ResourceStatusReason"])
            for event in reversed(events)
            if event["ResourceStatus"].endswith("_FAILED")
        ]


def body(resources: Mapping[str, Any], sections: Mapping[str, Any] | None = None) -> str:
    """Return a template's text."""
    return json.dumps({"Resources": resources, **(sections or {})})


def box(depends_on: Sequence[str] = (), **properties: Any) -> dict[str, Any]:
    """Return the definition of a box."""
    definition: dict[str, Any] = {"Type": "AWS::Test::Box", "Properties": properties}
    return {**definition, "DependsOn": list(depends_on)} if depends_on else definition
