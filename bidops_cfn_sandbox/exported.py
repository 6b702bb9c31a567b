"""Outputs of the other stacks: exported under the names that settings say, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from troposphere import Export as ExportName
from troposphere import Join, Output, Template

from bidops_cfn.settings.contract import Import, Kind
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Export


def export(template: Template, environment: Environment, value: Import, *parts: Any) -> None:
    """Add the output of ``value``: one export of all ``parts``, or one each where settings say so.

    A pair under one name is a comma-separated text, as list exports are.
    """
    names = [one.name for one in environment.references(value) if isinstance(one, Export)]
    values = parts if len(names) > 1 else (_joined(parts),)
    for number, (name, part) in enumerate(zip(names, values, strict=True), 1):
        _add(template, value, part, number if len(names) > 1 else "", Export=ExportName(name))


def output(template: Template, _environment: Environment, value: Import, *parts: Any) -> None:
    """Add the output of ``value`` without an export, a pair as a comma-separated text."""
    _add(template, value, _joined(parts))


def plain_export(template: Template, _environment: Environment, value: Import, *parts: Any) -> None:
    """Add the output of ``value``, exported under its own name, without the environment's."""
    _add(template, value, _joined(parts), Export=ExportName(value.output))


def _joined(parts: Sequence[Any]) -> Any:
    return Join(",", list(parts)) if len(parts) > 1 else parts[0]


def _add(template: Template, value: Import, part: Any, number: object = "", **more: Any) -> None:
    title = f"{value.output}{number}"
    template.add_output(Output(title, Value=part, Description=value.claim, **more))


# How a stack gives a value: template, environment, the value, and its parts.
Give = Callable[..., None]


def list_not_exported(environment: Environment) -> Iterator[str]:
    """Yield each value that settings do not take from one export, or a pair from two."""
    for value in environment.contract_values:
        found = environment.references(value)
        most = 2 if value.kind is Kind.ID_PAIR else 1
        if len(found) > most or not all(isinstance(one, Export) for one in found):
            yield f"{value.key}: {', '.join(one.source for one in found)}"
