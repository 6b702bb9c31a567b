"""Writes a plain troposphere script of a template: what one types without this project.

One statement per resource, with the library's classes and functions, so that the peer makes the
same bytes: the harness compares them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from troposphere import AWSObject, BaseAWSObject

ATTRIBUTES = ("DeletionPolicy", "DependsOn", "UpdateReplacePolicy")
FUNCTIONS = {
    "Ref": "Ref",
    "Fn::GetAtt": "GetAtt",
    "Fn::If": "If",
    "Fn::ImportValue": "ImportValue",
    "Fn::Join": "Join",
    "Fn::Select": "Select",
    "Fn::Split": "Split",
    "Fn::Sub": "Sub",
    "Fn::Not": "Not",
    "Fn::Equals": "Equals",
}


def resource_class(resource_type: str) -> type[AWSObject]:
    """Return troposphere's class of a resource type."""
    module = import_module(f"troposphere.{resource_type.split('::')[1].lower()}")
    found: type[AWSObject] = next(
        item
        for item in vars(module).values()
        if getattr(item, "resource_type", "") == resource_type
    )
    return found


def name(kind: type[BaseAWSObject]) -> str:
    """Return ``ecs.Service``."""
    return f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"


def expression(value: Any, kind: Any = None) -> str:
    """Return the expression that makes ``value``, an instance of ``kind`` if that is given."""
    if isinstance(value, list):
        item = kind[0] if isinstance(kind, list) else None
        return "[" + ", ".join(expression(each, item) for each in value) + "]"
    if not isinstance(value, dict):
        return repr(value)
    if len(value) == 1 and next(iter(value)) in FUNCTIONS:
        ((function, argument),) = value.items()
        several = isinstance(argument, list) and function != "Fn::ImportValue"
        arguments = argument if several else [argument]
        return f"{FUNCTIONS[function]}({', '.join(map(expression, arguments))})"
    if isinstance(kind, type) and issubclass(kind, BaseAWSObject):
        return f"{name(kind)}({', '.join(keywords(value, kind))})"
    return "{" + ", ".join(f"{key!r}: {expression(each)}" for key, each in value.items()) + "}"


def keywords(values: dict[str, Any], kind: type[BaseAWSObject]) -> Iterator[str]:
    """Yield ``Key=value`` for the properties of an instance of ``kind``."""
    for key, value in values.items():
        yield f"{key}={expression(value, kind.props[key][0])}"


def statements(template: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the script."""
    kinds = {key: resource_class(each["Type"]) for key, each in template["Resources"].items()}
    modules = sorted({kind.__module__.rpartition(".")[2] for kind in kinds.values()})
    helpers = sorted({*FUNCTIONS.values(), "Export", "Output", "Parameter", "Template"})
    yield f"from troposphere import {', '.join([*helpers, *modules])}"
    yield f"t = Template({template['Description']!r}, {template['Metadata']!r})"
    yield "t.set_version()"
    for key, each in template["Parameters"].items():
        yield f"t.add_parameter(Parameter({key!r}, **{each!r}))"
    for key, each in template["Conditions"].items():
        yield f"t.add_condition({key!r}, {expression(each)})"
    for key, each in template["Resources"].items():
        rest = [f"{word}={each[word]!r}" for word in ATTRIBUTES if word in each]
        arguments = [repr(key), *keywords(each.get("Properties", {}), kinds[key]), *rest]
        yield f"t.add_resource({name(kinds[key])}({', '.join(arguments)}))"
    for key, each in template["Outputs"].items():
        described = f"Description={each['Description']!r}, " if "Description" in each else ""
        export = f"Export({expression(each['Export']['Name'])})"
        yield (
            f"t.add_output(Output({key!r}, {described}"
            f"Value={expression(each['Value'])}, Export={export}))"
        )


def script(template: Path) -> str:
    """Return a script that prints the template at ``template``."""
    lines = statements(json.loads(template.read_text(encoding="utf-8")))
    return "\n".join([*lines, "print(t.to_json())", ""])


if __name__ == "__main__":
    sys.stdout.write(script(Path(sys.argv[1])))
