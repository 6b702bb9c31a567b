"""EventBridge rules on the default bus: pattern, state and targets. No event happens here."""

from __future__ import annotations

import json
from typing import Any

from moto.events.models import events_backends

from bidops_cfn_sandbox.place import Place
from bidops_cfn_sandbox.properties import TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceType, completed

PROPERTIES: dict[str, Tree] = {
    "Description": Leaf.STRING,
    "EventPattern": Leaf.DOCUMENT,
    "Name": Leaf.STRING,
    "State": Leaf.STRING,
    "Tags": TAGS,
    "Targets": [{"Arn": Leaf.STRING, "Id": Leaf.STRING}],
}
BUS = "default"


def _events(place: Place) -> Any:
    return events_backends[place.account_id][place.region]


def _create(request: Request) -> Made:
    name = request.properties.get("Name") or request.name(64)
    _put(request, name)
    return completed(request, name, _update, _delete)


def _put(request: Request, name: str) -> None:
    _events(request.place).put_rule(
        name=name,
        description=request.properties.get("Description"),
        event_bus_arn=BUS,
        event_pattern=json.dumps(request.properties["EventPattern"]),
        state=request.properties.get("State") or "ENABLED",
        tags=request.tag_list,
    )


def _update(request: Request, physical_id: str) -> Made:
    _put(request, physical_id)
    _remove_targets(request, physical_id)
    targets = [dict(one) for one in request.properties.get("Targets", [])]
    if targets:
        _events(request.place).put_targets(physical_id, BUS, targets)
    return Made(physical_id, {"Arn": request.place.arn("events", f"rule/{physical_id}")})


def _delete(request: Request, physical_id: str) -> None:
    _remove_targets(request, physical_id)
    _events(request.place).delete_rule(physical_id, BUS)


def _remove_targets(request: Request, physical_id: str) -> None:
    backend = _events(request.place)
    found, _ = backend.list_targets_by_rule(physical_id, BUS)
    if found:
        backend.remove_targets(physical_id, BUS, [one["Id"] for one in found])


EVENT_RULE = ResourceType(
    "AWS::Events::Rule",
    PROPERTIES,
    _create,
    _delete,
    _update,
    required=frozenset({"EventPattern"}),
    create_only=frozenset({"Name"}),
    attributes=frozenset({"Arn"}),
    named="Name",
)
