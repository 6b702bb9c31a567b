"""What the stack exports for others to rely on (FR-050), by the output's name.

A service's output begins with the service's title.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bidops_cfn.frozen import frozen
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part


@frozen
class Reference:
    """What plays ``part``: an attribute of it, or what Ref gives where there is none."""

    part: Part
    attribute: str = ""


Value = Reference | Callable[[Environment, Service], str]

OF_STACK: Mapping[str, Value] = {
    "ClusterArn": Reference(Part.CLUSTER, "Arn"),
    "ClusterName": Reference(Part.CLUSTER),
    "NamespaceArn": Reference(Part.NAMESPACE, "Arn"),
    "NamespaceId": Reference(Part.NAMESPACE, "Id"),
    "NamespaceName": lambda environment, _: environment.discovery.namespace,
}
OF_SERVICE: Mapping[str, Value] = {
    "ServiceArn": Reference(Part.SERVICE),
    "ServiceName": Reference(Part.SERVICE, "Name"),
    "TaskDefinitionArn": Reference(Part.TASK_DEFINITION),
    "TaskDefinitionFamily": lambda environment, service: (
        f"bidopsai-{environment.name}-{service.name}"
    ),
}
