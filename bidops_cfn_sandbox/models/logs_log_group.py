"""CloudWatch Logs groups: name, retention and key."""

from __future__ import annotations

from typing import Any

from moto.logs.models import logs_backends

from bidops_cfn_sandbox.place import Place
from bidops_cfn_sandbox.properties import TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceType, completed

PROPERTIES: dict[str, Tree] = {
    "KmsKeyId": Leaf.STRING,
    "LogGroupName": Leaf.STRING,
    "RetentionInDays": Leaf.INTEGER,
    "Tags": TAGS,
}


def _logs(place: Place) -> Any:
    return logs_backends[place.account_id][place.region]


def _create(request: Request) -> Made:
    name = request.properties.get("LogGroupName") or request.name()
    _logs(request.place).create_log_group(name, {})
    return completed(request, name, _update, _delete)


def _update(request: Request, physical_id: str) -> Made:
    group = _logs(request.place).groups[physical_id]
    group.set_retention_policy(request.properties.get("RetentionInDays"))
    group.kms_key_id = request.properties.get("KmsKeyId")
    _logs(request.place).tag_resource(group.arn, dict(request.tags))
    return Made(physical_id, {"Arn": request.place.arn("logs", f"log-group:{physical_id}:*")})


def _delete(request: Request, physical_id: str) -> None:
    _logs(request.place).delete_log_group(physical_id)


LOG_GROUP = ResourceType(
    "AWS::Logs::LogGroup",
    PROPERTIES,
    _create,
    _delete,
    _update,
    create_only=frozenset({"LogGroupName"}),
    attributes=frozenset({"Arn"}),
    named="LogGroupName",
)
