"""Outputs of the other stacks, under the export names that an environment's settings say."""

from __future__ import annotations

from typing import Any

from troposphere import Export, Join, Output, Template

from bidops_cfn.contract import Import
from bidops_cfn.model import Environment


def export(template: Template, environment: Environment, value: Import, *parts: Any) -> None:
    """Add the output of ``value``: one export of all ``parts``, or one each where settings say so.

    A pair under one name is a comma-separated text, as list exports are.
    """
    names = environment.export_names(value)
    values = parts if len(names) > 1 else (Join(",", list(parts)) if len(parts) > 1 else parts[0],)
    for index, (name, part) in enumerate(zip(names, values, strict=True)):
        title = value.output if len(names) == 1 else f"{value.output}{index + 1}"
        template.add_output(Output(title, Value=part, Description=value.claim, Export=Export(name)))
