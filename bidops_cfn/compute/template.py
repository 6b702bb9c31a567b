"""The one ``Template``: parameters, every builder in turn, outputs, and its canonical text.

Parameters are what changes without a review, the image and the desired count of each service.
Everything else is baked in, so that the security team reads values. Outputs are what other stacks
and people may rely on (FR-050).

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

from troposphere import (
    AWSHelperFn,
    AWSObject,
    BaseAWSObject,
    Equals,
    Export,
    GetAtt,
    Not,
    Output,
    Parameter,
    Ref,
    Template,
)

from bidops_cfn import logical_ids
from bidops_cfn.compute.alarms import alarms, event_rules
from bidops_cfn.compute.cluster import cluster
from bidops_cfn.compute.roles import roles
from bidops_cfn.compute.security_groups import security_groups
from bidops_cfn.compute.service_discovery import namespace, service_discovery
from bidops_cfn.compute.services import scaling
from bidops_cfn.compute.services import services as ecs_services
from bidops_cfn.compute.target_group import target_group
from bidops_cfn.compute.task_definitions import log_groups, task_definitions
from bidops_cfn.logical_ids import export_name, task_family
from bidops_cfn.settings.contract import CONTRACT_VERSION
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import MAX_TASKS, SERVICES, Service


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


# A tag, a digest or both, as they follow the repository's URI; a digest decides, and the tag beside
# it says what was chosen. An image that moves under an unchanged reference would mean "no changes",
# and nothing would roll out.
IMAGE_PATTERN = (
    r"^(:(?!latest$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$"
)


def parameters(service: Service, environment: Environment) -> list[Parameter]:
    """Return the service's parameters; the image has no default."""
    return [
        Parameter(
            logical_ids.image(service),
            Type="String",
            Description=f"Image of {service.name}: :TAG, @sha256:DIGEST, or both",
            AllowedPattern=IMAGE_PATTERN,
            ConstraintDescription=":TAG but latest, @sha256: and 64 hexadecimal digits, or both",
        ),
        Parameter(
            logical_ids.desired_count(service),
            Type="Number",
            Description=f"Tasks of {service.name}; 0 leaves the running count alone",
            Default=environment.services[service.name].desired_count,
            MinValue=0,
            MaxValue=MAX_TASKS,
        ),
    ]


def conditions(service: Service) -> dict[str, AWSHelperFn]:
    """Return the condition that tells whether a desired count is given."""
    given = Not(Equals(Ref(logical_ids.desired_count(service)), "0"))
    return {logical_ids.desired_count_given(service): given}


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
