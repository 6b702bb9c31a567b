"""What a deployment has to know of a template: its size, digest, capabilities, imports, exports.

Pure functions of the text or of the parsed template; no template is made here. A deployed template
may be of any author: JSON, or YAML with CloudFormation's short forms.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from bidops_cfn.facts.document import nodes
from bidops_cfn.settings.references import Export, StackOutput, read_expression

Json = dict[str, Any]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
BODY_LIMIT = 51_200  # bytes in a request
OBJECT_LIMIT = 1_048_576  # bytes in S3

ALARM = "AWS::CloudWatch::Alarm"
SERVICE = "AWS::ECS::Service"
TASK_DEFINITION = "AWS::ECS::TaskDefinition"
SCALABLE_TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
DESIRED_COUNT = "DesiredCount"  # of a service, which its scaling sets while it runs
LEAVE_ALONE = "0"  # as the count of a service: that which runs

NAMES_OF_IAM = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}


def compute_digest(text: str) -> str:
    """Return the SHA-256 of a template's text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def prepare_body(text: str) -> str:
    """Return the text to send: as reviewed where it fits a request, else without white space."""
    if len(text.encode()) <= BODY_LIMIT:
        return text
    return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)


class TemplateUnreadable(Exception):
    """A template's text is neither JSON nor YAML of a template; the text says why."""


def is_same_template(one: str, other: str) -> bool:
    """Tell whether two texts are the same template, whatever their form and white space."""
    if one == other:
        return True
    try:
        return parse_template(one) == parse_template(other)
    except TemplateUnreadable:
        return False


def parse_template(text: str | None) -> Json:
    """Return a template's text as a dict; an empty one for no text.

    Raises ``TemplateUnreadable``.
    """
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = _parse_yaml(text)
    if not isinstance(found, dict):
        raise TemplateUnreadable("it is not an object")
    return found


def _parse_yaml(text: str) -> Json:
    # Hardly any deployed template is YAML.
    from bidops_cfn.check import template_file  # noqa: PLC0415 - half a second, for cfn-lint

    read = template_file.parse(text)
    if not isinstance(read, template_file.Template):
        raise TemplateUnreadable(f"line {read.line}: {read.message}")
    found: Json = json.loads(json.dumps(read.plain, default=str))
    return found


def get_resources(template: Json) -> Mapping[str, Json]:
    """Return the resources of a template by logical id."""
    found: Mapping[str, Json] = template.get("Resources", {})
    return found


def find_capabilities(template: Json) -> tuple[str, ...]:
    """Return only the capabilities that the template needs."""
    named = [
        NAMES_OF_IAM.get(one["Type"]) in one.get("Properties", {})
        for one in get_resources(template).values()
        if one.get("Type", "").startswith("AWS::IAM::")
    ]
    needed = ["CAPABILITY_AUTO_EXPAND"] if template.get("Transform") else []
    if named:
        needed.append("CAPABILITY_NAMED_IAM" if any(named) else "CAPABILITY_IAM")
    return tuple(needed)


def find_stack_references(template: Json) -> tuple[Export | StackOutput, ...]:
    """Return every literal reference of the template to another stack, exports first."""
    mappings = (node for node in nodes(template) if isinstance(node, dict))
    found = {one for node in mappings if (one := read_expression(node)) is not None}
    return tuple(sorted(found, key=lambda one: (isinstance(one, StackOutput), one.source)))


def find_exports(template: Json) -> Mapping[str, Json]:
    """Return the value expression of every export whose name is a literal, by export name."""
    return {
        output["Export"]["Name"]: output["Value"]
        for output in template.get("Outputs", {}).values()
        if isinstance(output.get("Export", {}).get("Name"), str)
    }


def list_hidden_parameters(template: Json) -> frozenset[str]:
    """Return the names of parameters whose values are not shown (``NoEcho``)."""
    return frozenset(
        name
        for name, parameter in template.get("Parameters", {}).items()
        if str(parameter.get("NoEcho", "")).lower() == "true"
    )


def find_references(value: object) -> frozenset[str]:
    """Return the logical ids that an expression refers to, by ``Ref``, ``GetAtt`` or ``Sub``."""
    mappings = (node for node in nodes(value) if isinstance(node, dict))
    return frozenset(name for node in mappings for name in _list_names(node))


def _list_names(expression: Json) -> Iterator[str]:
    for key, inner in expression.items():
        if key == "Ref" and isinstance(inner, str):
            yield inner
        elif key == "Fn::GetAtt":
            yield inner.split(".")[0] if isinstance(inner, str) else inner[0]
        elif key == "Fn::Sub":
            text = inner if isinstance(inner, str) else inner[0]
            for part in text.split("${")[1:]:
                yield part.split("}")[0].split(".")[0]


def find_resources_of_type(template: Json, type_: str) -> tuple[str, ...]:
    """Return the logical ids of the resources of a type."""
    return tuple(
        logical_id
        for logical_id, resource in get_resources(template).items()
        if resource.get("Type") == type_
    )


def find_scaled_services(template: Json) -> frozenset[str]:
    """Return the logical ids of the services whose desired count is scaling's to set."""
    targets = find_resources_of_type(template, SCALABLE_TARGET)
    named = find_references([get_resources(template)[one] for one in targets])
    return named.intersection(find_resources_of_type(template, SERVICE))
