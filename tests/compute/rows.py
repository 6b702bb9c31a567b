"""Rows of what a resource has to say at paths below its properties.

``<env>``, ``<title>``, ``<name>`` and ``<port>`` stand for the environment's name and each
service's title, name and port.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES, Service

ABSENT = "absent"
CONTAINER = "ContainerDefinitions.0."
KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
Says = dict[str, Any]


def ref(name: str) -> Says:
    return {"Ref": name}


def attr(name: str, attribute: str) -> Says:
    return {"Fn::GetAtt": [name, attribute]}


def imported(name: str) -> Says:
    return {"Fn::ImportValue": f"bidopsai-<env>-{name}"}


def half(index: int, pair: str) -> Says:
    return {"Fn::Select": [index, {"Fn::Split": [",", imported(f"network-{pair}")]}]}


def row(logical_id: str, says: Says, *marks: pytest.MarkDecorator, of: str = "") -> Any:
    return pytest.param(logical_id, says, marks=marks, id=f"{logical_id} {of}".strip())


def at(found: Any, path: str) -> Any:
    """What stands at a path of names and indices, ABSENT for nothing."""
    for step in path.split("."):
        if isinstance(found, list):
            found = found[int(step)]
        elif step in found:
            found = found[step]
        else:
            return ABSENT
    return found


def check(document: Says, environment: Environment, logical_id: str, says: Says) -> None:
    """Check a row for the resource, or for that of each service."""
    for service in SERVICES if "<" in logical_id else SERVICES[:1]:
        words = {"<env>": environment.name, "<title>": service.title, "<name>": service.name}
        text = json.dumps([logical_id, says]).replace('"<port>"', str(service.port))
        for mark_, word in words.items():
            text = text.replace(mark_, word)
        name, wanted = json.loads(text)
        resource = document["Resources"][name]
        whole = {
            **resource["Properties"],
            **{k: v for k, v in resource.items() if k != "Properties"},
        }
        assert {path: at(whole, path) for path in wanted} == wanted


LOAD_BALANCER = [
    {
        "Name": "LoadBalancer",
        "Value": {
            "Fn::Select": [1, {"Fn::Split": ["loadbalancer/", imported("network-PublicAlbArn")]}]
        },
    },
    {"Name": "TargetGroup", "Value": attr("BffTargetGroup", "TargetGroupFullName")},
]
SERVICE = [
    {"Name": "ClusterName", "Value": ref("Cluster")},
    {"Name": "ServiceName", "Value": attr("<title>Service", "Name")},
]


def scaled(noun: str, metric: str, percent: int) -> Says:
    """What the policy says that follows the average of ``metric``."""
    return {
        "PolicyType": "TargetTrackingScaling",
        "PolicyName": f"<name>-{noun}",
        "ScalingTargetId": ref("<title>ScalableTarget"),
        "TargetTrackingScalingPolicyConfiguration": {
            "PredefinedMetricSpecification": {"PredefinedMetricType": metric},
            "TargetValue": percent,
            "ScaleInCooldown": 300,
            "ScaleOutCooldown": 300,
        },
    }


def watched(
    namespace: str, metric: str, on: object, how: tuple[str, int], bad: tuple[str, object, str]
) -> Says:
    """What an alarm says: a metric, its statistic and minutes, and what is bad."""
    compare, threshold, missing = bad
    return {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": on,
        "Statistic": how[0],
        "Period": 60,
        "EvaluationPeriods": how[1],
        "ComparisonOperator": f"{compare}Threshold",
        "Threshold": threshold,
        "TreatMissingData": missing,
        "AlarmName": ABSENT,
    }


def depends_on(service: Service, *more: str) -> list[str]:
    """What a service waits for: capacity, ``more``, and the rule of each flow between services."""
    title = service.title
    called = (f"{title}To{one.title}Egress" for one in SERVICES if service.name in one.callers)
    calling = (f"{title}From{one.title}Ingress" for one in SERVICES if one.name in service.callers)
    return sorted(["ClusterCapacity", *more, *called, *calling])


def variables(document: Says, title: str) -> Says:
    task = document["Resources"][f"{title}TaskDefinition"]["Properties"]
    return {one["Name"]: one["Value"] for one in task["ContainerDefinitions"][0]["Environment"]}
