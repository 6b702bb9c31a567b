"""A template's text, sent along or put into S3: read, and its format and references checked."""

from __future__ import annotations

import graphlib
import json
import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml
from moto.core.exceptions import ServiceException
from moto.s3.exceptions import S3ClientError
from moto.s3.models import s3_backends

from bidops_cfn_sandbox.engine.answers import ValidationError
from bidops_cfn_sandbox.properties import problems
from bidops_cfn_sandbox.resource_type import Place, ResourceType

# ${Name} or ${Name.Attribute}; ${!Literal} stays as it is.
SUBSTITUTION = re.compile(r"\$\{([^!{}][^{}]*)\}")


def mentions(value: Any) -> Iterator[tuple[str, str]]:
    """Yield each name that ``value`` refers to, at any depth, and its attribute; none of a Ref."""
    if isinstance(value, list):
        for item in value:
            yield from mentions(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and isinstance(item, str):
                yield item, ""
            elif key == "Fn::GetAtt":
                yield attribute_of(item)
            elif key == "Fn::Sub":
                text, local = item if isinstance(item, list) else (item, {})
                for name in SUBSTITUTION.findall(text):
                    if name not in local:
                        logical_id, _, attribute = name.partition(".")
                        yield logical_id, attribute
                yield from mentions(local)
            else:
                yield from mentions(item)


def references(value: Any) -> Iterator[str]:
    """Yield the names that ``value`` refers to by Ref, Fn::GetAtt or Fn::Sub, at any depth."""
    return (name for name, _ in mentions(value))


def attribute_of(value: Any) -> tuple[str, str]:
    """Return logical id and attribute of an ``Fn::GetAtt``, which is a pair or ``"Id.Name"``."""
    parts = value.split(".", 1) if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) != 2:
        raise ValidationError(
            f"Template error: every Fn::GetAtt object requires two parameters, found {value!r}"
        )
    return str(parts[0]), str(parts[1])


def depends_on(resource: Mapping[str, Any]) -> list[str]:
    """Return the logical ids that a resource names in ``DependsOn``."""
    named = resource.get("DependsOn", [])
    return [named] if isinstance(named, str) else list(named)


def dependencies(resources: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the ids among ``resources`` on which each of them depends."""
    return {
        logical_id: {*depends_on(one), *references(one.get("Properties", {}))} & resources.keys()
        for logical_id, one in sorted(resources.items())
    }


def creation_order(resources: Mapping[str, Any], needs: Mapping[str, set[str]]) -> list[str]:
    """Return the logical ids so that each comes after what it depends on, as in ``needs``.

    Raise ValidationError when resources wait for each other, or for one that does not exist.
    """
    for logical_id in sorted(resources):
        missing = sorted(set(depends_on(resources[logical_id])) - set(resources))
        if missing:
            raise ValidationError(
                f"Template format error: Unresolved resource dependencies [{', '.join(missing)}]"
                " in the Resources block of the template"
            )
    try:
        graph = {one: sorted(needed) for one, needed in needs.items()}
        return list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        cycle = sorted(set(error.args[1]))
        raise ValidationError(
            f"Circular dependency between resources: [{', '.join(cycle)}]"
        ) from error


SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
    }
)
UNMODELLED_SECTIONS = frozenset({"Hooks", "Rules", "Transform"})  # legal, and not modelled here
ATTRIBUTES = frozenset(
    {
        "Condition",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdateReplacePolicy",
    }
)
UNMODELLED_ATTRIBUTES = frozenset({"CreationPolicy", "UpdatePolicy"})
MAX_BODY_BYTES = 51_200
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MOST = {"Mappings": 200, "Outputs": 200, "Parameters": 200, "Resources": 500}
NO_VALUE = object()
# What each is in the scope of an operation (``intrinsics``).
PSEUDO_PARAMETERS: Mapping[str, Callable[[Any], Any]] = {
    "AWS::AccountId": lambda scope: scope.place.account_id,
    "AWS::NoValue": lambda _scope: NO_VALUE,
    "AWS::NotificationARNs": lambda _scope: [],
    "AWS::Partition": lambda scope: scope.place.partition,
    "AWS::Region": lambda scope: scope.place.region,
    "AWS::StackId": lambda scope: scope.stack_id,
    "AWS::StackName": lambda scope: scope.stack_name,
    "AWS::URLSuffix": lambda scope: scope.place.suffix,
}


@dataclass(frozen=True)
class Template:
    """A template: its text as submitted, and its sections."""

    text: str
    body: Mapping[str, Any]

    def section(self, name: str) -> dict[str, Any]:
        """Return a section, empty when the template has none."""
        found: dict[str, Any] = self.body.get(name) or {}
        return found

    @property
    def resources(self) -> dict[str, Any]:
        """The resources by logical id."""
        return self.section("Resources")

    @cached_property
    def needs(self) -> dict[str, set[str]]:
        """The ids on which each resource depends."""
        return dependencies(self.resources)

    @cached_property
    def order(self) -> list[str]:
        """The ids in the order of their creation; raise ValidationError where there is none."""
        return creation_order(self.resources, self.needs)

    @property
    def description(self) -> str | None:
        """The template's description."""
        return self.body.get("Description")

    @property
    def needs_iam(self) -> list[str]:
        """The logical ids of IAM resources, which need a capability to be acknowledged."""
        return sorted(k for k, v in self.resources.items() if v["Type"].startswith("AWS::IAM::"))


def read_template(text: str, types: Mapping[str, ResourceType]) -> Template:
    """Return the checked template of ``text``; raise ValidationError where it cannot be used.

    What is wrong on AWS too is said in CloudFormation's words, what only the sandbox lacks is not.
    Properties are checked apart (``property_problems``): CloudFormation finds those only when it
    works on the change set.
    """
    template = Template(text, _parsed(text))
    unmodelled = sorted(set(template.body) & UNMODELLED_SECTIONS)
    if unmodelled:
        raise _not_modelled(f"the template section {', '.join(unmodelled)}")
    unknown = sorted(set(template.body) - SECTIONS)
    if unknown:
        raise _format_error(f"Invalid template property or properties [{', '.join(unknown)}]")
    if not template.resources:
        raise _format_error("At least one Resources member must be defined.")
    for section, most in MOST.items():
        number = len(template.section(section))
        if number > most:
            what = f"Number of {section.lower()}, {number}"
            raise _format_error(f"{what}, is greater than maximum allowed, {most}")
    _check_resources(template, types)
    _check_references(template)
    _check_attributes(template, types)
    template.order  # noqa: B018 - raises where resources wait for each other
    return template


def property_problems(template: Template, types: Mapping[str, ResourceType]) -> list[str]:
    """Return what the sandbox cannot represent, one line per problem with id, type and path."""
    found = []
    for logical_id, resource in sorted(template.resources.items()):
        kind, properties = types[resource["Type"]], resource.get("Properties", {})
        lines = list(problems(properties, kind.properties))
        missing = sorted(kind.required - set(properties))
        lines += [f"#: required key [{key}] not found" for key in missing]
        found += [
            f"Properties validation failed for resource {logical_id} ({kind.name}) "
            f"with message: {line}"
            for line in lines
        ]
    return found


def _parsed(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text) if text.lstrip().startswith("{") else load_yaml(text)
    except ValueError as error:
        raise _format_error(f"not well-formed: {error}") from error
    if not isinstance(body, dict):
        raise _format_error("unsupported structure.")
    return body


def _check_resources(template: Template, types: Mapping[str, ResourceType]) -> None:
    for logical_id, resource in template.resources.items():
        if not isinstance(resource, dict) or "Type" not in resource:
            raise _format_error(
                f"[/Resources/{logical_id}] Every Resources object must contain a Type member."
            )
        unmodelled = sorted(set(resource) & UNMODELLED_ATTRIBUTES)
        if unmodelled:
            raise _not_modelled(f"{', '.join(unmodelled)} of {logical_id}")
        unknown = sorted(set(resource) - ATTRIBUTES)
        if unknown:
            raise _format_error(
                f"Invalid template resource property '{unknown[0]}' of {logical_id}"
            )
    unrecognized = sorted({r["Type"] for r in template.resources.values()} - set(types))
    if unrecognized:
        ids = sorted(k for k, r in template.resources.items() if r["Type"] in unrecognized)
        raise _not_modelled(f"the resource types [{', '.join(unrecognized)}] of {', '.join(ids)}")


def _check_references(template: Template) -> None:
    known = {*template.resources, *template.section("Parameters"), *PSEUDO_PARAMETERS}
    for section in ("Resources", "Outputs"):
        missing = sorted(set(references(template.section(section))) - known)
        if missing:
            raise _format_error(
                f"Unresolved resource dependencies [{', '.join(missing)}] in the {section} block"
                " of the template"
            )


def _check_attributes(template: Template, types: Mapping[str, ResourceType]) -> None:
    for section in ("Resources", "Outputs"):
        for logical_id, attribute in mentions(template.section(section)):
            if attribute:
                kind = types[template.resources[logical_id]["Type"]]
                if attribute not in kind.attributes:
                    raise _not_modelled(f"the attribute {attribute} of {logical_id} ({kind.name})")


def _not_modelled(what: str) -> ValidationError:
    return ValidationError(f"The sandbox does not model {what}")


def _format_error(message: str) -> ValidationError:
    return ValidationError(f"Template format error: {message}")


def read_object(place: Place, url: str) -> str:
    """Return the text of the object at ``url``, with the bucket in the host or in the path."""
    parts = urllib.parse.urlsplit(url)
    path = urllib.parse.unquote(parts.path.lstrip("/"))
    bucket, dot_s3, _ = (parts.hostname or "").partition(".s3")
    key = path
    if not dot_s3:
        bucket, _, key = path.partition("/")
    try:
        found = s3_backends[place.account_id][place.partition].get_object(bucket, key)
    except (ServiceException, S3ClientError) as error:
        raise ValidationError(f"S3 error: {error}") from error
    if found is None:
        raise ValidationError(f"S3 error: The specified key does not exist: {key}")
    text: bytes = found.value
    return text.decode()


class TemplateLoader(yaml.SafeLoader):
    """A safe loader that reads ``!Ref X`` as ``{"Ref": "X"}``, and dates as text."""


def load_yaml(text: str) -> Any:
    """Return the value of a YAML template; raise ValueError when it is not YAML."""
    try:
        return yaml.load(text, Loader=TemplateLoader)  # noqa: S506 - derives from SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _short_form(loader: TemplateLoader, suffix: str, node: Any) -> dict[str, Any]:
    plain = {"mapping": "map", "scalar": "str", "sequence": "seq"}[node.id]
    untagged = type(node)(f"tag:yaml.org,2002:{plain}", node.value)
    value = loader.construct_object(untagged, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


TemplateLoader.add_multi_constructor("!", _short_form)
# AWSTemplateFormatVersion: 2010-09-09 is a version, not a date.
TemplateLoader.add_constructor("tag:yaml.org,2002:timestamp", lambda _loader, node: str(node.value))
