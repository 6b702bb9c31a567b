"""A change of a change set, in the words of DescribeChangeSet."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


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


REPLACEMENT = change("Modify", "BffService", "AWS::ECS::Service", replacement="True")
