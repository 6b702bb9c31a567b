"""Resolve intrinsic functions and conditions of a template against what exists by now."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bidops_cfn_sandbox.cloudformation.template import (
    NO_VALUE,
    PSEUDO_PARAMETERS,
    SUBSTITUTION,
    Template,
    attribute_of,
)
from bidops_cfn_sandbox.engine.answers import ValidationError
from bidops_cfn_sandbox.resource_type import Made, Place

# What a change set shows for a value that is only known after the change; AWS's own words.
KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"

# The resource of a logical id; None while it does not exist yet.
Lookup = Callable[[str], Made | None]
# The outputs of a stack by its name, region and account (empty: where we are); None for no stack.
FindOutputs = Callable[[str, str, str], Mapping[str, str] | None]


@dataclass(frozen=True)
class Scope:
    """What the names in a template mean during one operation.

    ``imported`` collects the export names that were looked up; an output that is read is not
    among them, since nothing keeps its stack from changing it.
    """

    template: Template
    place: Place
    stack_name: str
    stack_id: str
    parameters: Mapping[str, Any]
    exports: Mapping[str, str]
    lookup: Lookup
    find_outputs: FindOutputs
    imported: set[str] = field(default_factory=set)

    def resolve(self, value: Any) -> Any:
        """Return ``value`` without intrinsic functions; parts that are AWS::NoValue vanish."""
        if isinstance(value, list):
            items = [self.resolve(item) for item in value]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            function = FUNCTIONS.get(name)
            if function is not None:
                return function(self, argument)
            if name.startswith("Fn::"):
                raise ValidationError(f"The sandbox does not model {name}")
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def condition(self, name: str) -> bool:
        """Return whether condition ``name`` of the template holds."""
        conditions = self.template.section("Conditions")
        if name not in conditions:
            raise ValidationError(f"Template format error: Unresolved condition {name}")
        return self.holds(conditions[name])

    def holds(self, expression: Any) -> bool:
        """Return whether a condition expression holds."""
        name, argument = next(iter(expression.items()))
        if name == "Condition":
            return self.condition(argument)
        if name == "Fn::Equals":
            left, right = (self.resolve(side) for side in argument)
            return str(left) == str(right)
        if name == "Fn::Not":
            return not self.holds(argument[0])
        if name in ("Fn::And", "Fn::Or"):
            join = all if name == "Fn::And" else any
            return join(self.holds(part) for part in argument)
        raise ValidationError(f"The sandbox does not model the condition {name}")

    def is_active(self, item: Mapping[str, Any]) -> bool:
        """Return whether the condition of a resource or an output, if it has one, holds."""
        return "Condition" not in item or self.condition(item["Condition"])

    def active_resources(self) -> dict[str, Any]:
        """Return the resources whose condition holds."""
        return {k: r for k, r in self.template.resources.items() if self.is_active(r)}

    def outputs(self) -> list[dict[str, str]]:
        """Return the outputs as ``DescribeStacks`` shows them."""
        found = []
        for key, output in self.template.section("Outputs").items():
            if not self.is_active(output):
                continue
            row = {"OutputKey": key, "OutputValue": str(self.resolve(output["Value"]))}
            if "Description" in output:
                row["Description"] = output["Description"]
            if "Export" in output:
                row["ExportName"] = str(self.resolve(output["Export"]["Name"]))
            found.append(row)
        return found


def _ref(scope: Scope, name: str) -> Any:
    if name in scope.parameters:
        return scope.parameters[name]
    if name in PSEUDO_PARAMETERS:
        return PSEUDO_PARAMETERS[name](scope)
    made = scope.lookup(name)
    return KNOWN_AFTER_APPLY if made is None else made.physical_id


def _get_att(scope: Scope, argument: Any) -> Any:
    logical_id, attribute = attribute_of(argument)
    made = scope.lookup(logical_id)
    return KNOWN_AFTER_APPLY if made is None else made.attributes[attribute]


def _select(scope: Scope, argument: Any) -> Any:
    index, items = int(scope.resolve(argument[0])), scope.resolve(argument[1])
    if index < len(items):
        return items[index]
    if items == [KNOWN_AFTER_APPLY]:
        return KNOWN_AFTER_APPLY
    raise _error(f"Fn::Select cannot select nonexistent value at index {index}")


def _sub(scope: Scope, argument: Any) -> str:
    text, local = argument if isinstance(argument, list) else (argument, {})

    def value_of(name: str) -> Any:
        if name in local:
            return scope.resolve(local[name])
        return _get_att(scope, name) if "." in name else _ref(scope, name)

    replaced = SUBSTITUTION.sub(lambda match: str(value_of(match.group(1))), text)
    return replaced.replace("${!", "${")


def _import_value(scope: Scope, argument: Any) -> str:
    name = str(scope.resolve(argument))
    if name not in scope.exports:
        raise ValidationError(f"No export named {name} found")
    scope.imported.add(name)
    return scope.exports[name]


def _get_stack_output(scope: Scope, argument: Any) -> str:
    given = {name: str(scope.resolve(value)) for name, value in argument.items()}
    unknown = sorted(given.keys() - {"StackName", "OutputName", "Region", "RoleArn"})
    missing = sorted({"StackName", "OutputName"} - given.keys())
    if unknown or missing:
        wrong = f"unknown {', '.join(unknown)}" if unknown else f"without {', '.join(missing)}"
        raise _error(f"Fn::GetStackOutput {wrong}")
    account = given.get("RoleArn", "").split(":")[4:5]
    outputs = scope.find_outputs(given["StackName"], given.get("Region", ""), "".join(account))
    stack, name = f"Fn::GetStackOutput: Stack [{given['StackName']}]", given["OutputName"]
    if outputs is None:
        raise _error(f"{stack} does not exist")
    if name not in outputs:
        raise _error(f"{stack} has no output {name}")
    return outputs[name]


def _find_in_map(scope: Scope, argument: Any) -> Any:
    name, first, second = (scope.resolve(part) for part in argument)
    try:
        return scope.template.section("Mappings")[name][first][second]
    except KeyError as error:
        raise _error(f"Unable to get mapping for {name}::{first}::{second}") from error


def _error(message: str) -> ValidationError:
    return ValidationError(f"Template error: {message}")


FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Ref": _ref,
    "Fn::Base64": lambda scope, text: b64encode(str(scope.resolve(text)).encode()).decode(),
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": lambda scope, region: [
        f"{scope.resolve(region) or scope.place.region}{zone}" for zone in "abc"
    ],
    "Fn::GetAtt": _get_att,
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::If": lambda scope, one: scope.resolve(one[1 if scope.condition(one[0]) else 2]),
    "Fn::ImportValue": _import_value,
    "Fn::Join": lambda scope, one: str(one[0]).join(map(str, scope.resolve(one[1]))),
    "Fn::Select": _select,
    "Fn::Split": lambda scope, one: str(scope.resolve(one[1])).split(one[0]),
    "Fn::Sub": _sub,
    "Fn::ToJsonString": lambda scope, argument: json.dumps(scope.resolve(argument)),
}
