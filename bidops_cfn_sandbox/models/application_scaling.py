"""Application Auto Scaling: scalable targets, and policies with the alarms that they bring."""

from __future__ import annotations

import copy
from typing import Any

from bidops_cfn_sandbox.models.table import Model, Row, backend_of, passed
from bidops_cfn_sandbox.properties import Leaf, Tree
from bidops_cfn_sandbox.resource_type import Made, Place, Request, ResourceFailed, ResourceType

TRACKING: dict[str, Tree] = {
    "DisableScaleIn": Leaf.BOOLEAN,
    "PredefinedMetricSpecification": {
        "PredefinedMetricType": Leaf.STRING,
        "ResourceLabel": Leaf.STRING,
    },
    "ScaleInCooldown": Leaf.INTEGER,
    "ScaleOutCooldown": Leaf.INTEGER,
    "TargetValue": Leaf.NUMBER,
}
POLICY_PROPERTIES: dict[str, Tree] = {
    "PolicyName": Leaf.STRING,
    "PolicyType": Leaf.STRING,
    "ResourceId": Leaf.STRING,
    "ScalableDimension": Leaf.STRING,
    "ScalingTargetId": Leaf.STRING,
    "ServiceNamespace": Leaf.STRING,
    "TargetTrackingScalingPolicyConfiguration": TRACKING,
}
ROLE = (
    "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_ECSService"
)
# Scaling in waits until the metric is a tenth below the target.
SCALE_IN_SHARE = 0.9


def _scaling(place: Place) -> Any:
    return backend_of(place, "applicationautoscaling")


def _target_of(request: Request) -> tuple[str, str, str]:
    properties = request.properties
    if "ScalingTargetId" in properties:
        resource_id, dimension, namespace = properties["ScalingTargetId"].split("|")
    else:
        resource_id = properties["ResourceId"]
        dimension, namespace = properties["ScalableDimension"], properties["ServiceNamespace"]
    if not _scaling(request.place).describe_scalable_targets(namespace, [resource_id], dimension):
        raise ResourceFailed(
            f"No scalable target found for service namespace: {namespace}, resource ID:"
            f" {resource_id}, scalable dimension: {dimension}"
        )
    return resource_id, dimension, namespace


def _put_policy(request: Request) -> Made:
    resource_id, dimension, namespace = _target_of(request)
    name, properties = request.properties["PolicyName"], request.properties
    if properties["PolicyType"] != "TargetTrackingScaling":
        raise ResourceFailed("The sandbox represents policies of type TargetTrackingScaling only")
    scaling = _scaling(request.place)
    if any(
        (policy.policy_name, policy.resource_id) == (name, resource_id)
        for policy in scaling.policies.values()
    ):
        scaling.delete_scaling_policy(name, namespace, resource_id, dimension)
    tracking = copy.deepcopy(properties["TargetTrackingScalingPolicyConfiguration"])
    policy = scaling.put_scaling_policy(
        name, namespace, resource_id, dimension, tracking, "TargetTrackingScaling"
    )
    for alarm in policy.alarms:
        above = alarm.comparison_operator == "GreaterThanThreshold"
        alarm.threshold = tracking["TargetValue"] * (1 if above else SCALE_IN_SHARE)
    return Made(policy.policy_arn, {"Arn": policy.policy_arn})


def _update_policy(request: Request, physical_id: str) -> Made:
    _put_policy(request)
    for policy in _scaling(request.place).policies.values():
        if policy.policy_name == request.properties["PolicyName"]:
            # An update keeps the policy: its ARN is what CloudFormation knows it by.
            policy.policy_arn = physical_id
    return Made(physical_id, {"Arn": physical_id})


def _delete_policy(request: Request, physical_id: str) -> None:
    scaling = _scaling(request.place)
    for policy in list(scaling.policies.values()):
        if policy.policy_arn == physical_id:
            scaling.delete_scaling_policy(
                policy.policy_name,
                policy.service_namespace,
                policy.resource_id,
                policy.scalable_dimension,
            )


def _refuse_target(request: Request, physical_id: str | None) -> None:  # noqa: ARG001 - one signature
    if request.properties["MinCapacity"] > request.properties["MaxCapacity"]:
        raise ResourceFailed("Maximum capacity cannot be less than minimum capacity")


def _write_target(request: Request, target: Any) -> None:
    role = f"arn:{request.place.partition}:iam::{request.place.account_id}:{ROLE}"
    target.role_arn = request.properties.get("RoleARN", role)


def _id(target: Any) -> str:
    return f"{target.resource_id}|{target.scalable_dimension}|{target.service_namespace}"


def _delete_target(request: Request, physical_id: str) -> None:
    resource_id, dimension, namespace = physical_id.split("|")
    _scaling(request.place).deregister_scalable_target(namespace, resource_id, dimension)


SCALABLE_TARGET = Model(
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "applicationautoscaling",
    {
        "MaxCapacity": Row(Leaf.INTEGER, "max_capacity", required=True),
        "MinCapacity": Row(Leaf.INTEGER, "min_capacity", required=True),
        "ResourceId": passed(Leaf.STRING, "r_id", required=True),
        "RoleARN": Row(Leaf.STRING),
        "ScalableDimension": passed(Leaf.STRING, "dimension", required=True),
        "ServiceNamespace": passed(Leaf.STRING, "namespace", required=True),
    },
    "register_scalable_target",
    _delete_target,
    attributes={"Id": _id},
    id=_id,
    refuse=_refuse_target,
    write=_write_target,
    puts=True,
    more={
        "role_arn": "",
        "suspended_state": {
            "DynamicScalingInSuspended": False,
            "DynamicScalingOutSuspended": False,
            "ScheduledScalingSuspended": False,
        },
    },
)

SCALING_POLICY = ResourceType(
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    POLICY_PROPERTIES,
    _put_policy,
    _delete_policy,
    _update_policy,
    required=frozenset({"PolicyName", "PolicyType", "TargetTrackingScalingPolicyConfiguration"}),
    create_only=frozenset(
        {"PolicyName", "ResourceId", "ScalableDimension", "ScalingTargetId", "ServiceNamespace"}
    ),
    attributes=frozenset({"Arn"}),
)
