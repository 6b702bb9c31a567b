"""IAM roles with their inline policies, permissions boundary and managed policies."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.models import iam_backends

from bidops_cfn_sandbox.place import Place
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceType, completed

PROPERTIES: dict[str, Tree] = {
    "AssumeRolePolicyDocument": Leaf.DOCUMENT,
    "Description": Leaf.STRING,
    "ManagedPolicyArns": STRINGS,
    "MaxSessionDuration": Leaf.INTEGER,
    "Path": Leaf.STRING,
    "PermissionsBoundary": Leaf.STRING,
    "Policies": [{"PolicyDocument": Leaf.DOCUMENT, "PolicyName": Leaf.STRING}],
    "RoleName": Leaf.STRING,
    "Tags": TAGS,
}
ROLE_NAME_LENGTH = 64
DEFAULT_SESSION_SECONDS = 3600


def _iam(place: Place) -> Any:
    return iam_backends[place.account_id][place.partition]


def _create(request: Request) -> Made:
    properties = request.properties
    name = properties.get("RoleName") or request.name(ROLE_NAME_LENGTH)
    _iam(request.place).create_role(
        name,
        json.dumps(properties["AssumeRolePolicyDocument"]),
        properties.get("Path", "/"),
        None,
        properties.get("Description", ""),
        [],
        str(properties.get("MaxSessionDuration", DEFAULT_SESSION_SECONDS)),
    )
    return completed(request, name, _update, _delete)


def _update(request: Request, physical_id: str) -> Made:
    iam, properties = _iam(request.place), request.properties
    iam.update_assume_role_policy(physical_id, json.dumps(properties["AssumeRolePolicyDocument"]))
    role = iam.get_role(physical_id)
    role.description = properties.get("Description", "")
    role.max_session_duration = properties.get("MaxSessionDuration", DEFAULT_SESSION_SECONDS)
    role.permissions_boundary_arn = None
    if "PermissionsBoundary" in properties:
        iam.put_role_permissions_boundary(physical_id, properties["PermissionsBoundary"])
    role.tags = request.tag_list
    _write_policies(request, role)
    return Made(physical_id, {"Arn": role.arn, "RoleId": role.id})


def _write_policies(request: Request, role: Any) -> None:
    iam, properties = _iam(request.place), request.properties
    role.policies.clear()
    for policy in properties.get("Policies", []):
        iam.put_role_policy(role.name, policy["PolicyName"], json.dumps(policy["PolicyDocument"]))
    for arn in list(role.managed_policies):
        iam.detach_role_policy(arn, role.name)
    for arn in properties.get("ManagedPolicyArns", []):
        iam.attach_role_policy(arn, role.name)


def _delete(request: Request, physical_id: str) -> None:
    iam = _iam(request.place)
    role = iam.get_role(physical_id)
    role.policies.clear()
    for arn in list(role.managed_policies):
        iam.detach_role_policy(arn, role.name)
    iam.delete_role(physical_id)


ROLE = ResourceType(
    "AWS::IAM::Role",
    PROPERTIES,
    _create,
    _delete,
    _update,
    required=frozenset({"AssumeRolePolicyDocument"}),
    create_only=frozenset({"Path", "RoleName"}),
    attributes=frozenset({"Arn", "RoleId"}),
    named="RoleName",
)
