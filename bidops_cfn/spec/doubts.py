"""How far what settings refer to is borne out: by its name, or by AWS's own id in the region.

Settings may refer to anything for a value of the contract. A name by which it is something else
(the value of another environment, another output, something public) is a reason to doubt; a name
that says nothing is none, and a constant has no name. What AWS has under an id of its own in each
region stands in ``regional.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from bidops_cfn.settings import texts
from bidops_cfn.settings.aws import REGIONS
from bidops_cfn.settings.contract import DEFAULT_PATTERN, Import, ImportNames, Imports, Stack
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Export, Reference, StackOutput
from bidops_cfn.settings.shapes import Dictionary, Key, Table, Text
from bidops_cfn.spec.reviewed import FOLDER, read

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
        ("environment", texts.ENVIRONMENT.pattern),
        ("stack", "|".join(Stack)),
        ("output", "[A-Za-z0-9]+"),
    ):
        mark = re.escape(f"{{{part}}}")
        text = text.replace(mark, f"(?P<{part}>{allowed})", 1).replace(mark, allowed)
    return re.compile(text)


FILE = "regional.toml"
AGENT = "aws-guardduty-agent-fargate"


def _by_region(pattern: str, what: str) -> Dictionary:
    return Dictionary(Text("|".join(REGIONS), "a region"), Text(pattern, what), allowed=what)


SHAPE = Table(
    {
        "s3_prefix_lists": Key(
            _by_region(texts.PREFIX_LIST_ID.pattern, "a prefix list id by region"),
            "The prefix lists of S3.",
        ),
        "guardduty_accounts": Key(
            _by_region(texts.ACCOUNT.pattern, "an account by region"),
            "The accounts with GuardDuty's agent.",
        ),
    }
)


@cache
def regional() -> Mapping[str, Mapping[str, str]]:
    """Return the ids by region; raises ``UsageError`` where the file is wrong."""
    return read(FILE, SHAPE)


def doubt_of_prefix_list(environment: Environment) -> str:
    """Return why the prefix list of the settings may not be S3's; empty where it is."""
    return _doubt(
        environment.region,
        "S3's prefix list",
        environment.network.s3_prefix_list_id,
        regional()["s3_prefix_lists"].get(environment.region),
    )


def doubt_of_agent(environment: Environment) -> str:
    """Return why the repository of the settings may not be GuardDuty's; empty where it is."""
    found, region = environment.security.guardduty_repository_arn, environment.region
    account = regional()["guardduty_accounts"].get(region)
    known = (
        f"arn:{environment.partition}:ecr:{region}:{account}:repository/{AGENT}"
        if account
        else None
    )
    return "" if found is None else _doubt(region, AGENT, found, known)


def is_refuted(doubt: str) -> bool:
    """Tell whether a doubt is that something is another than AWS's, and not that it is unknown."""
    return doubt.startswith("is not ")


def _doubt(region: str, what: str, found: str, known: str | None) -> str:
    if known is None:
        return f"whether it is {what} of {region} cannot be told: {FOLDER}{FILE} has none"
    return "" if found == known else f"is not {what} of {region}, which is {known}"
