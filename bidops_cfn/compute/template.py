"""The one ``Template``: every builder in turn, and its canonical text.

The text is what is committed, reviewed and sent: sorted keys, one space of indentation, a final
newline, and nothing in it that is not in the settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from troposphere import AWSObject, Template

from bidops_cfn.compute.alarms import alarms
from bidops_cfn.compute.canonical import text
from bidops_cfn.compute.cluster import cluster
from bidops_cfn.compute.events import event_rules
from bidops_cfn.compute.log_groups import log_groups
from bidops_cfn.compute.outputs import service_outputs, stack_outputs
from bidops_cfn.compute.parameters import conditions, parameters
from bidops_cfn.compute.roles import roles
from bidops_cfn.compute.scaling import scaling
from bidops_cfn.compute.security_groups import security_groups
from bidops_cfn.compute.service_discovery import namespace, service_discovery
from bidops_cfn.compute.services import services as ecs_services
from bidops_cfn.compute.target_group import target_group
from bidops_cfn.compute.task_definitions import task_definitions
from bidops_cfn.settings.contract import CONTRACT_VERSION
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES, Service


def service_resources(
    service: Service, environment: Environment, services: Sequence[Service]
) -> Iterator[AWSObject]:
    """Yield every resource of one service among ``services``."""
    callers = [other for other in services if other.name in service.callers]
    callees = [other for other in services if service.name in other.callers]
    yield from security_groups(service, environment, callers)
    yield from log_groups(service, environment)
    yield from roles(service, environment)
    yield from task_definitions(service, environment, callees)
    yield from target_group(service, environment)
    yield from service_discovery(service)
    yield from ecs_services(service, environment, callers, callees)
    yield from scaling(service, environment)
    yield from alarms(service, environment)


def assembled(environment: Environment, services: Sequence[Service] = SERVICES) -> Template:
    """Return the template of ``environment``, every resource in it."""
    template = Template(
        Description=f"ECS compute stack of BidOps AI, environment {environment.name}",
        Metadata={
            "BidopsCfn": {"ContractVersion": CONTRACT_VERSION, "Environment": environment.name}
        },
    )
    template.set_version("2010-09-09")
    template.add_resource(cluster(environment))
    template.add_resource(namespace(environment))
    template.add_output(stack_outputs(environment))
    for service in services:
        for parameter in parameters(service, environment):
            template.add_parameter(parameter)
        for name, condition in conditions(service).items():
            template.add_condition(name, condition)
        template.add_resource(list(service_resources(service, environment, services)))
        template.add_output(service_outputs(service, environment))
    template.add_resource(event_rules(environment, services))
    return template


def sections(template: Template) -> dict[str, Any]:
    """Return the sections of ``template`` that we use, with the objects that stand in them."""
    used = {
        "AWSTemplateFormatVersion": template.version,
        "Conditions": template.conditions,
        "Description": template.description,
        "Metadata": template.metadata,
        "Outputs": template.outputs,
        "Parameters": template.parameters,
        "Resources": template.resources,
    }
    return {name: section for name, section in used.items() if section}


def build(environment: Environment, services: Sequence[Service] = SERVICES) -> dict[str, Any]:
    """Return the template of ``environment`` as a dict that ``json`` can write."""
    document: dict[str, Any] = assembled(environment, services).to_dict()
    return document


def canonical(document: dict[str, Any]) -> str:
    """Return ``document`` as its one text: equal templates are equal bytes."""
    return text(document) + "\n"


def render(environment: Environment, services: Sequence[Service] = SERVICES) -> str:
    """Return the template of ``environment`` as the text that is committed and deployed."""
    return canonical(sections(assembled(environment, services)))
