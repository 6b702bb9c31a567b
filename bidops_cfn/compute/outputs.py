"""What other stacks and people may rely on (FR-050)."""

from __future__ import annotations

from typing import Any

from troposphere import Export, GetAtt, Output, Ref

from bidops_cfn import logical_ids
from bidops_cfn.logical_ids import export_name, task_family
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Service


def output(environment: Environment, name: str, value: Any, description: str = "") -> Output:
    """Return an output that is exported under the contract's name, which mostly says what it is."""
    described = {"Description": description} if description else {}
    return Output(name, Value=value, Export=Export(export_name(environment, name)), **described)


def stack_outputs(environment: Environment) -> list[Output]:
    """Return the outputs of what the stack has once."""
    return [
        output(environment, "ClusterArn", GetAtt(logical_ids.CLUSTER, "Arn")),
        output(environment, "ClusterName", Ref(logical_ids.CLUSTER)),
        output(environment, "NamespaceArn", GetAtt(logical_ids.NAMESPACE, "Arn")),
        output(environment, "NamespaceId", GetAtt(logical_ids.NAMESPACE, "Id")),
        output(environment, "NamespaceName", environment.discovery.namespace),
    ]


def service_outputs(service: Service, environment: Environment) -> list[Output]:
    """Return the outputs of one service."""
    task_definition = logical_ids.task_definition(service)
    ecs_service = logical_ids.ecs_service(service)
    return [
        output(environment, f"{ecs_service}Arn", Ref(ecs_service)),
        output(environment, f"{ecs_service}Name", GetAtt(ecs_service, "Name")),
        output(
            environment,
            f"{task_definition}Arn",
            Ref(task_definition),
            "Changes at every deployment; import the family instead",
        ),
        output(environment, f"{task_definition}Family", task_family(environment, service)),
    ]
