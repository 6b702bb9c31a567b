"""The parameters of a template: what was given, against what it declares."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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


def _check(name: str, value: str, declaration: Mapping[str, Any]) -> None:
    kind = declaration["Type"]
    if kind not in TYPES:
        raise ValidationError(f"The sandbox does not model the type {kind} of parameter {name}")
    explained = declaration.get("ConstraintDescription")
    for violated, message in _constraints(name, value, declaration):
        if violated:
            raise ValidationError(
                f"Parameter '{name}' failed to satisfy constraint: {explained}"
                if explained
                else message
            )


def _constraints(name: str, value: str, declaration: Mapping[str, Any]) -> list[tuple[bool, str]]:
    number = _number(value)
    allowed = [_text(item) for item in declaration.get("AllowedValues", [value])]
    pattern = declaration.get("AllowedPattern", "(?s).*")
    return [
        (
            declaration["Type"] == "Number" and number is None,
            f"Parameter '{name}' must be a number.",
        ),
        (value not in allowed, f"Parameter '{name}' must be one of AllowedValues"),
        (
            re.fullmatch(pattern, value) is None,
            f"Parameter {name} failed to satisfy constraint: must match pattern {pattern}",
        ),
        (
            number is not None and number < float(declaration.get("MinValue", number)),
            f"Parameter '{name}' must be a number not less than {declaration.get('MinValue')}",
        ),
        (
            number is not None and number > float(declaration.get("MaxValue", number)),
            f"Parameter '{name}' must be a number not greater than {declaration.get('MaxValue')}",
        ),
        (
            len(value) < int(declaration.get("MinLength", 0)),
            f"Parameter '{name}' must contain at least {declaration.get('MinLength')} characters",
        ),
        (
            len(value) > int(declaration.get("MaxLength", len(value))),
            f"Parameter '{name}' must contain at most {declaration.get('MaxLength')} characters",
        ),
    ]


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
