"""A stack as CloudFormation describes it, and the calls that read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.wire import Json, Wire, paged


@dataclass(frozen=True, slots=True)
class StackOutput:
    """One output of a stack; ``export`` is its export name, empty when it is not exported."""

    key: str
    value: str
    export: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack, in CloudFormation's words; ``updated`` is when its last operation began."""

    id: str
    name: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: tuple[StackOutput, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    termination_protection: bool = False
    change_set_id: str = ""
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class StackResource:
    """One resource of a stack; ``physical_id`` is empty before it exists."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""


def find(wire: Wire, name: str) -> Stack | None:
    """Return the stack of a name or id; None only when AWS says that it does not exist."""
    try:
        described = wire(Call.DESCRIBE_STACKS, StackName=name)["Stacks"]
    except NotFound:
        return None
    return parse(described[0]) if described else None


def parse(described: Json) -> Stack:
    """Return a stack of ``DescribeStacks``."""
    return Stack(
        id=described["StackId"],
        name=described["StackName"],
        status=described["StackStatus"],
        reason=described.get("StackStatusReason", ""),
        parameters={
            parameter["ParameterKey"]: parameter.get("ParameterValue", "")
            for parameter in described.get("Parameters", ())
        },
        outputs=tuple(
            StackOutput(
                output["OutputKey"], output.get("OutputValue", ""), output.get("ExportName") or ""
            )
            for output in described.get("Outputs", ())
        ),
        tags={tag["Key"]: tag["Value"] for tag in described.get("Tags", ())},
        termination_protection=bool(described.get("EnableTerminationProtection")),
        change_set_id=described.get("ChangeSetId") or "",
        updated=described.get("LastUpdatedTime") or described.get("CreationTime"),
    )


def resources(wire: Wire, stack_id: str) -> Iterator[StackResource]:
    """Yield the resources of a stack."""
    for summary in paged(
        wire, Call.LIST_STACK_RESOURCES, "StackResourceSummaries", StackName=stack_id
    ):
        yield StackResource(
            logical_id=summary["LogicalResourceId"],
            physical_id=summary.get("PhysicalResourceId", ""),
            type=summary["ResourceType"],
            status=summary["ResourceStatus"],
            reason=summary.get("ResourceStatusReason", ""),
        )


def deployed_template(wire: Wire, stack_id: str) -> str:
    """Return the template of a stack, as the text that was sent."""
    body = wire(Call.GET_TEMPLATE, StackName=stack_id, TemplateStage="Original")["TemplateBody"]
    return str(body)
