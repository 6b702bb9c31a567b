"""How far the name of an export or an output bears out what settings take it for.

Settings may refer to anything for a value of the contract. A name by which it is something else
(the value of another environment, another output, something public) is a reason to doubt; a name
that says nothing is none, and a constant has no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bidops_cfn.settings.contract import DEFAULT_PATTERN, Import, ImportNames, Imports, Stack
from bidops_cfn.settings.references import Constant, Export, Reference, StackOutput

OPEN = re.compile(r"public|internet|dmz|world|0-0-0-0|igw", re.IGNORECASE)
KINDS = re.compile(r"(Ids?|Arns?|Uris?|Names?)$")
PARTS = ("environment", "stack", "output")


def is_plain(environment: str, names: ImportNames, value: Import, reference: Reference) -> bool:
    """Tell whether ``reference`` is the export that the pattern alone makes of ``value``.

    A pattern that names environment, stack and output is only another spelling; one that does not
    may lead to exports of other stacks.
    """
    whole = all(f"{{{part}}}" in names.pattern for part in PARTS)
    return whole and reference == Export(names.exported(environment, value))


def doubts(environment: str, names: ImportNames, value: Import) -> tuple[str, ...]:
    """Return why what settings take for ``value`` may be something else."""
    found = [
        f"{value.key} is taken from {taken(one)}, which by its name is {what}"
        for one in names.of(environment, value)
        if (what := _by_its_name(environment, names, value, one))
    ]
    return tuple(found)


def taken(reference: Reference) -> str:
    """Return where a value comes from: an export by its name alone."""
    return reference.name if isinstance(reference, Export) else reference.source


def _name(reference: Reference) -> str:
    """Return the name that says what a reference leads to; a stack's stands before an output's."""
    if isinstance(reference, Constant):
        return ""
    if isinstance(reference, Export):
        return reference.name
    return f"{reference.stack}-{reference.output}"


def _by_its_name(environment: str, names: ImportNames, value: Import, one: Reference) -> str:
    export = _name(one)
    for pattern in dict.fromkeys((names.pattern, DEFAULT_PATTERN)):
        if "{stack}" not in pattern:
            continue
        match = _reader(pattern).fullmatch(export)
        if match is None:
            continue
        found = match.groupdict()
        if found.get("environment", environment) != environment:
            return f"an export of {found['environment']}"
        stack, output = Stack(found["stack"]), found["output"]
        if stack is not value.stack or not _akin(value, output):
            return f"{stack.title}'s {output}"
    other = next(_others(value, export), "")
    if other:
        return other
    last = one.output if isinstance(one, StackOutput) else export
    return "open" if OPEN.search(last) and not OPEN.search(value.output) else ""


def _others(value: Import, export: str) -> Iterator[str]:
    """Yield the other values of the contract whose name stands in ``export``."""
    if value.output.lower() not in export.lower():
        for member in Imports:
            if member.value.output.lower() in export.lower():
                yield f"{member.value.stack.title}'s {member.value.output}"


def _akin(value: Import, output: str) -> bool:
    """Tell whether ``output`` may be the value under a like name, or one of its halves."""
    stem = KINDS.sub("", value.output).lower()
    taken = {member.value.output for member in Imports} - {value.output}
    return output not in taken and output.lower().startswith(stem)


def _reader(pattern: str) -> re.Pattern[str]:
    text = re.escape(pattern)
    for part, allowed in (
        ("environment", "[a-z][a-z0-9-]{0,15}"),
        ("stack", "|".join(Stack)),
        ("output", "[A-Za-z0-9]+"),
    ):
        mark = re.escape(f"{{{part}}}")
        text = text.replace(mark, f"(?P<{part}>{allowed})", 1).replace(mark, allowed)
    return re.compile(text)
