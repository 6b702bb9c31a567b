"""What other stacks and people may rely on (FR-050)."""

from __future__ import annotations

from typing import Any

from troposphere import Export, GetAtt, Output, Ref

from bidops_cfn import logical_ids
from bidops_cfn.exports import export_name, task_family
from bidops_cfn.model import Environment, Service


def output(environment: Environment, name: str, description: str, value: Any) -> Output:
    """Return an output that is exported under the contract's name."""
    return Output(
        name,
        Description=description,
        Value=value,
        Export=Export(export_name(environment, name)),
    )


def stack_outputs(environment: Environment) -> list[Output]:
    """Return the outputs of what the stack has once."""
    return [
        output(environment, "ClusterArn", "Cluster", GetAtt(logical_ids.CLUSTER, "Arn")),
        output(environment, "ClusterName", "Cluster", Ref(logical_ids.CLUSTER)),
        output(environment, "NamespaceArn", "Discovery", GetAtt(logical_ids.NAMESPACE, "Arn")),
        output(environment, "NamespaceId", "Discovery", GetAtt(logical_ids.NAMESPACE, "Id")),
        output(environment, "NamespaceName", "Discovery", environment.namespace),
    ]


def service_outputs(service: Service, environment: Environment) -> list[Output]:
    """Return the outputs of one service."""
    task_definition = logical_ids.task_definition(service)
    ecs_service = logical_ids.ecs_service(service)
    return [
        output(environment, f"{ecs_service}Arn", "Service", Ref(ecs_service)),
        output(environment, f"{ecs_service}Name", "Service", GetAtt(ecs_service, "Name")),
        output(
            environment,
            f"{task_definition}Arn",
            "Changes at every deployment; import the family instead",
            Ref(task_definition),
        ),
        output(
            environment,
            f"{task_definition}Family",
            "Task definition",
            task_family(environment, service),
        ),
    ]
