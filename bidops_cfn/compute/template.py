"""The one ``Template``: every builder in turn, and its canonical text.

The text is what is committed, reviewed and sent: sorted keys, one space of indentation, a final
newline, and nothing in it that is not in the settings. It is written straight from troposphere's
objects, each seen once. The library turns them into a dict first and does so again at every level
above, and ``json`` indents in plain Python: together they take three times as long, which many
environments in one run feel (ADR 0008). The text is
``json.dumps(template.to_dict(), indent=1, sort_keys=True)`` to the byte, which tests hold it to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from json.encoder import encode_basestring_ascii
from typing import Any

from troposphere import AWSHelperFn, AWSObject, BaseAWSObject, Template

from bidops_cfn.compute.alarms import alarms, event_rules
from bidops_cfn.compute.cluster import cluster
from bidops_cfn.compute.outputs import service_outputs, stack_outputs
from bidops_cfn.compute.parameters import conditions, parameters
from bidops_cfn.compute.roles import roles
from bidops_cfn.compute.security_groups import security_groups
from bidops_cfn.compute.service_discovery import namespace, service_discovery
from bidops_cfn.compute.services import scaling
from bidops_cfn.compute.services import services as ecs_services
from bidops_cfn.compute.target_group import target_group
from bidops_cfn.compute.task_definitions import log_groups, task_definitions
from bidops_cfn.settings.contract import CONTRACT_VERSION
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES, Service


def _service_resources(
    service: Service, environment: Environment, services: Sequence[Service]
) -> Iterator[AWSObject]:
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


def _assembled(environment: Environment, services: Sequence[Service] = SERVICES) -> Template:
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
        template.add_resource(list(_service_resources(service, environment, services)))
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
    document: dict[str, Any] = _assembled(environment, services).to_dict()
    return document


def canonical(document: dict[str, Any]) -> str:
    """Return ``document`` as its one text: equal templates are equal bytes."""
    return text(document) + "\n"


def render(environment: Environment, services: Sequence[Service] = SERVICES) -> str:
    """Return the template of ``environment`` as the text that is committed and deployed."""
    return canonical(sections(_assembled(environment, services)))


def text(value: Any, line: str = "\n") -> str:
    """Return ``value``, what templates hold of JSON or objects of the libraries, as canonical text.

    ``line`` is a line break and the indentation of what ``value`` stands in. Raises what the
    objects' own validation raises.
    """
    kind = type(value)
    if kind is str:
        return encode_basestring_ascii(value)
    inner = line + " "
    if kind is dict:
        items = [
            f"{inner}{encode_basestring_ascii(key)}: {text(value[key], inner)}"
            for key in sorted(value)
        ]
        return "{" + ",".join(items) + line + "}" if items else "{}"
    if kind is list:
        items = [inner + text(item, inner) for item in value]
        return "[" + ",".join(items) + line + "]" if items else "[]"
    if kind is int or kind is bool:
        return str(value).lower()
    return text(content(value), line)


def content(value: Any) -> Any:
    """Return what an object of troposphere or awacs consists of, once it is valid."""
    if isinstance(value, BaseAWSObject):
        value._validate_props()  # what ``to_dict`` does, one level at a time
        value.validate()
        return value.resource
    return value.data if isinstance(value, AWSHelperFn) else value.JSONrepr()
