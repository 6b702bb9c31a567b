"""The table ``[imports]``: where the values of other stacks come from (``references``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bidops_cfn.frozen import frozen
from bidops_cfn.settings import contract, texts
from bidops_cfn.settings.contract import Import, ImportNames, Imports, Kind, Stack
from bidops_cfn.settings.problem import Problem, shown, span
from bidops_cfn.settings.references import Reference, parse_setting
from bidops_cfn.settings.shapes import Array, Dictionary, Key, Shape, Table, Text

STACKS_OUTPUT = Table(
    {
        "stack": Key(texts.STACK_NAME, "The stack that has the output."),
        "output": Key(texts.STACK_OUTPUT, "The output's name in that stack; it needs no export."),
        "region": Key(
            Text("[a-z]{2}(-[a-z]+)+-[0-9]", "a region, such as us-east-1"),
            "The stack's region, where it is not ours.",
            optional=True,
        ),
        "role_arn": Key(
            texts.ROLE_ARN,
            "The role that may describe the stack, for a stack of another account.",
            optional=True,
        ),
    }
)


@frozen
class ReferenceShape:
    """An export's name, a stack output or a constant; an array of ``least`` to ``most`` of them.

    ``constant`` is the form of a constant, ``part`` that of one in an array. Without an array
    (``most`` is 1) one reference is all there is.
    """

    constant: Text
    part: Text
    least: int = 1
    most: int = 1

    @property
    def allowed(self) -> str:
        output, value = '{ stack = "STACK", output = "OUTPUT" }', '{ value = "VALUE" }'
        forms = f"{texts.EXPORT.allowed}; {output}; or {value} with {self.constant.allowed}"
        if self.most == 1:
            return forms
        return f"{forms}; or an array of {span(self.least, self.most)} of these, one for each"

    def check(self, value: object, path: str) -> Iterator[Problem]:
        """Yield the problems of ``value`` as the form that its type and its keys suggest."""
        if isinstance(value, list) and self.most > 1:
            yield from self._several.check(value, path)
        elif isinstance(value, str):
            for problem in texts.EXPORT.check(value, path):
                found = "a string" if self.constant.private else problem.found
                yield Problem(path, found, self.allowed)
        elif isinstance(value, dict) and value:
            yield from (self._table if "value" in value else STACKS_OUTPUT).check(value, path)
        else:
            yield Problem(path, shown(value), self.allowed)

    def read(self, value: Any) -> tuple[Reference, ...]:
        return parse_setting(value)

    def json_schema(self) -> dict[str, object]:
        forms: tuple[Shape, ...] = (texts.EXPORT, STACKS_OUTPUT, self._table)
        several = (self._several,) if self.most > 1 else ()
        return {"oneOf": [one.json_schema() for one in (*forms, *several)]}

    @property
    def _several(self) -> Array:
        return Array(ReferenceShape(self.part, self.part), self.least, self.most)

    @property
    def _table(self) -> Table:
        return Table({"value": Key(self.constant, "The value itself.")})


CONSTANTS = {
    "VpcId": texts.VPC_ID,
    "PublicAlbArn": texts.LOAD_BALANCER_ARN,
    "HttpsListenerArn": texts.LISTENER_ARN,
    "KnowledgeBaseBucketName": texts.BUCKET,
}


def _reference_shape(value: Import) -> ReferenceShape:
    if value.kind is Kind.ID_PAIR:
        return ReferenceShape(texts.SUBNET_IDS, texts.SUBNET_ID, 2, 2)
    if value.most > 1:
        return ReferenceShape(texts.GROUP_ID, texts.GROUP_ID, 1, value.most)
    if value.stack is Stack.SECURITY:
        return ReferenceShape(texts.SECURITY_ARN, texts.SECURITY_ARN)
    if value.kind is Kind.URI:
        return ReferenceShape(texts.REPOSITORY_URI, texts.REPOSITORY_URI)
    constant = CONSTANTS.get(value.output, texts.GROUP_ID)
    return ReferenceShape(constant, constant)


ALLOWED_REFERENCES = "a table of references by output"


def import_names(
    pattern: str = contract.DEFAULT_PATTERN, **stacks: Mapping[str, Any]
) -> ImportNames:
    """Return the table as it is used; ``stacks`` are its tables of references."""
    exceptions = {
        f"{stack}.{output}": references
        for stack, outputs in stacks.items()
        for output, references in outputs.items()
    }
    return ImportNames(pattern, exceptions)


def _references_to(stack: Stack) -> Table | Dictionary:
    if stack is Stack.SECURITY:  # whose outputs settings name
        return Dictionary(
            texts.OUTPUT, _reference_shape(contract.secret_import("")), allowed=ALLOWED_REFERENCES
        )
    values = [member.value for member in Imports if member.value.stack is stack]
    return Table(
        {
            one.output: Key(_reference_shape(one), f"Where {one.output} comes from.", optional=True)
            for one in values
        },
        allowed=ALLOWED_REFERENCES,
    )


IMPORTS = Table(
    {
        "pattern": Key(
            Text(
                r"(?=.*\{output\})([A-Za-z0-9:-]|\{(environment|stack|output)\})+",
                "letters, digits, hyphens, {environment}, {stack}, and {output}, which is needed",
            ),
            "How the other stacks name their exports.",
            contract.DEFAULT_PATTERN,
        ),
        **{
            stack.value: Key(
                _references_to(stack),
                f"Values of {stack.title} that come from elsewhere than the pattern says.",
                optional=True,
                own=True,
            )
            for stack in Stack
        },
    },
    kind=import_names,
)
