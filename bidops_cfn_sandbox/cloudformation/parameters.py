"""The parameters of a template: what was given, against what it declares."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bidops_cfn_sandbox.cloudformation.template import Template
from bidops_cfn_sandbox.engine.answers import ValidationError

LISTS = frozenset({"CommaDelimitedList", "List<Number>", "List<String>"})
TYPES = frozenset({"String", "Number"}) | LISTS


def submitted_parameters(
    template: Template,
    given: Sequence[Mapping[str, Any]],
    previous: Mapping[str, str],
) -> dict[str, str]:
    """Return the text value of every declared parameter.

    ``given`` are entries of the API, ``previous`` the stack's values for ``UsePreviousValue``.
    Raise ValidationError for one that is missing, undeclared or against its constraints.
    """
    declared = template.section("Parameters")
    values: dict[str, str] = {
        name: _text(declaration["Default"])
        for name, declaration in declared.items()
        if "Default" in declaration
    }
    undeclared = sorted({entry["ParameterKey"] for entry in given} - set(declared))
    if undeclared:
        raise ValidationError(f"Parameters: [{', '.join(undeclared)}] do not exist in the template")
    for entry in given:
        name = entry["ParameterKey"]
        if not entry.get("UsePreviousValue"):
            values[name] = str(entry.get("ParameterValue", ""))
        elif name in previous:
            values[name] = previous[name]
        else:
            raise ValidationError(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true"
                " for a parameter key not in the previous template"
            )
    missing = sorted(set(declared) - set(values))
    if missing:
        raise ValidationError(f"Parameters: [{', '.join(missing)}] must have values")
    for name, value in values.items():
        _check(name, value, declared[name])
    return values


def typed_parameters(template: Template, values: Mapping[str, str]) -> dict[str, Any]:
    """Return what ``Ref`` of each parameter gives: text, or a list of text for list types."""
    return {
        name: [item.strip() for item in value.split(",")]
        if template.section("Parameters")[name]["Type"] in LISTS
        else value
        for name, value in values.items()
    }


# What a declaration may say of a value, what violates it, and what CloudFormation answers then. The
# number of a text that is none is not a number, which is neither less nor greater.
CONSTRAINTS: Mapping[str, tuple[Callable[[str, Any], bool], str]] = {
    "AllowedValues": (
        lambda value, allowed: value not in map(_text, allowed),
        "Parameter '{0}' must be one of AllowedValues",
    ),
    "AllowedPattern": (
        lambda value, pattern: re.fullmatch(pattern, value) is None,
        "Parameter {0} failed to satisfy constraint: must match pattern {1}",
    ),
    "MinValue": (
        lambda value, least: _number(value) < float(least),
        "Parameter '{0}' must be a number not less than {1}",
    ),
    "MaxValue": (
        lambda value, most: _number(value) > float(most),
        "Parameter '{0}' must be a number not greater than {1}",
    ),
    "MinLength": (
        lambda value, least: len(value) < int(least),
        "Parameter '{0}' must contain at least {1} characters",
    ),
    "MaxLength": (
        lambda value, most: len(value) > int(most),
        "Parameter '{0}' must contain at most {1} characters",
    ),
}


def _check(name: str, value: str, declaration: Mapping[str, Any]) -> None:
    kind, explained = declaration["Type"], declaration.get("ConstraintDescription")
    if kind not in TYPES:
        raise ValidationError(f"The sandbox does not model the type {kind} of parameter {name}")
    said = [
        message.format(name, declaration[key])
        for key, (violates, message) in CONSTRAINTS.items()
        if key in declaration and violates(value, declaration[key])
    ]
    if kind == "Number" and math.isnan(_number(value)):
        said.insert(0, f"Parameter '{name}' must be a number.")
    if said:
        why = f"Parameter '{name}' failed to satisfy constraint: {explained}"
        raise ValidationError(why if explained else said[0])


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
