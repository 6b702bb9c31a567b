"""References: how the template comes by a value of another stack.

::

    "shared-vpc"                                  an export        Fn::ImportValue
    { stack = "NetworkStack", output = "VpcId" }  a stack output   Fn::GetStackOutput
    { value = "vpc-0a1b2c3d" }                    a constant       the value itself

An export that is imported cannot be changed or deleted by its producer. An output that is read is
not locked: CloudFormation resolves it at a create or an update, and tells neither side of a change.
``locks`` says which is which.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from bidops_cfn.frozen import frozen

IMPORT = "Fn::ImportValue"
STACK_OUTPUT = "Fn::GetStackOutput"
# Keys of the settings -> arguments of the function, in AWS's order.
ARGUMENTS = {
    "stack": "StackName",
    "output": "OutputName",
    "region": "Region",
    "role_arn": "RoleArn",
}


@frozen
class Export:
    """An export of this account and region; its producer cannot change it while we import it."""

    locks: ClassVar[bool] = True
    name: str

    @property
    def expression(self) -> object:
        return {IMPORT: self.name}

    @property
    def source(self) -> str:
        return f"export {self.name}"

    @property
    def setting(self) -> object:
        return self.name


@frozen
class StackOutput:
    """An output of another stack, with or without an export; ``region`` and ``role_arn`` if set.

    ``role_arn`` is a role that may describe the stack, for a stack of another account.
    """

    locks: ClassVar[bool] = False
    stack: str
    output: str
    region: str = ""
    role_arn: str = ""

    @property
    def expression(self) -> object:
        return {STACK_OUTPUT: {ARGUMENTS[key]: value for key, value in self._given().items()}}

    @property
    def source(self) -> str:
        region = f" in {self.region}" if self.region else ""
        return f"output {self.output} of {self.stack}{region}" + (
            f" by {self.role_arn}" if self.role_arn else ""
        )

    @property
    def setting(self) -> object:
        return self._given()

    def _given(self) -> Mapping[str, str]:
        return {key: getattr(self, key) for key in ARGUMENTS if getattr(self, key)}


@frozen
class Constant:
    """A value that the settings hold themselves, and that a review of them has seen."""

    locks: ClassVar[bool] = False
    value: str

    @property
    def expression(self) -> object:
        return self.value

    @property
    def source(self) -> str:
        return f"constant {self.value}"

    @property
    def setting(self) -> object:
        return {"value": self.value}


# Each has an ``expression``, which stands in the template, a ``source``, where the value comes from
# as people read it, and a ``setting``, by which a settings file refers to it.
Reference = Export | StackOutput | Constant


def parse_setting(setting: Any) -> tuple[Reference, ...]:
    """Return what one checked value of ``[imports]`` refers to, or an array of such values.

    A constant of several values with commas between them is as many constants.
    """
    if isinstance(setting, list):
        return tuple(one for item in setting for one in parse_setting(item))
    if isinstance(setting, str):
        return (Export(setting),)
    if "value" in setting:
        return tuple(Constant(value.strip()) for value in setting["value"].split(","))
    return (StackOutput(**setting),)


def read_expression(value: object) -> Export | StackOutput | None:
    """Return the reference that an expression of a template is; None for anything else.

    A function whose arguments are not literal refers to what nothing here can tell: None.
    """
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    ((function, argument),) = value.items()
    if function == IMPORT and isinstance(argument, str):
        return Export(argument)
    if function != STACK_OUTPUT or not isinstance(argument, Mapping):
        return None
    known = {name: key for key, name in ARGUMENTS.items()}
    given = {known[name]: text for name, text in argument.items() if name in known}
    literal = all(isinstance(text, str) and text for text in given.values())
    if not literal or len(given) < len(argument) or not {"stack", "output"} <= given.keys():
        return None
    return StackOutput(**given)


def shorten(reference: Reference) -> str:
    """Return eight letters and digits that stand for ``reference``, for a logical id."""
    text = json.dumps(reference.setting, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
