"""What changes between two templates and parameters, as DescribeChangeSet says it."""

from __future__ import annotations

import json
from typing import Any

from tests.deploy.scripted.stack import ScriptedChangeSet, read

Json = dict[str, Any]


def differences(made: ScriptedChangeSet) -> list[Json]:
    """What changes between the stack's template and the change set's, resource by resource."""
    old = read(made.stack.template)["Resources"] if made.stack.template else {}
    new = read(made.template)["Resources"]
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


def beyond_resources(made: ScriptedChangeSet) -> bool:
    """Tell whether tags or outputs change: DescribeChangeSet lists neither among the changes."""
    old, new = (
        read(text).get("Outputs", {}) if text else {}
        for text in (made.stack.template, made.template)
    )
    return made.tags != made.stack.tags or old != new


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
