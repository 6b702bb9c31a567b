"""YAML templates, with CloudFormation's short forms of the intrinsic functions."""

from __future__ import annotations

from typing import Any

import yaml


class TemplateLoader(yaml.SafeLoader):
    """A safe loader that reads ``!Ref X`` as ``{"Ref": "X"}``, and dates as text."""


def load_yaml(text: str) -> Any:
    """Return the value of a YAML template; raise ValueError when it is not YAML."""
    try:
        return yaml.load(text, Loader=TemplateLoader)  # noqa: S506 - derives from SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _short_form(loader: TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise yaml.constructor.ConstructorError(problem=f"!{suffix} has no value")
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


TemplateLoader.add_multi_constructor("!", _short_form)


def _text(_loader: TemplateLoader, node: yaml.Node) -> str:
    # AWSTemplateFormatVersion: 2010-09-09 is a version, not a date.
    return str(node.value)


TemplateLoader.add_constructor("tag:yaml.org,2002:timestamp", _text)
